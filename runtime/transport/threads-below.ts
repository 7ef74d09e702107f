// ThreadsBelow — the threads that were started here: what is kept for each (Backlog), and the ways between them (Switchboard).
// Owns what is told to one of them of its ways. The routes to them, and what is relayed, are Router's.

import type { DeadLetter } from "../actor/delivery.js"
import type { Passed } from "../actor/thread-books.js"
import type { HostId } from "../ids.js"
import type { Codec } from "../wire/codec.js"
import type { Envelope, RefusalReason, Refused } from "../wire/envelope.js"
import type { Frame } from "../wire/frame.js"
import { Backlog, type ThreadWay } from "./backlog.js"
import type { Fate } from "./outstanding.js"
import type { Routes } from "./routes.js"
import { Switchboard } from "./switchboard.js"

/** What a host is told of a way between two threads. */
export interface WayNotice {
  readonly way: number
}

/** What a thread tells its owner of one. */
export interface WayReport extends WayNotice {
  readonly host: HostId
}

export interface ThreadsBelowParts {
  readonly routes: Routes
  readonly codec: Codec
  /** @throws {UndecodableError} */
  readonly decode: (frame: Frame) => readonly Envelope[]
  readonly refuse: (from: HostId, refused: Refused) => void
  readonly deadLetter: (letter: DeadLetter) => void
  /** Tells a host itself. */
  readonly tell: (host: HostId, request: string, input: unknown) => void
}

export class ThreadsBelow {
  readonly #parts: ThreadsBelowParts
  readonly #backlogs = new Map<HostId, Backlog>()
  readonly #switchboard: Switchboard

  constructor(parts: ThreadsBelowParts) {
    this.#parts = parts
    this.#switchboard = new Switchboard({
      tell: (host, request, way) => {
        parts.tell(host, request, { way } satisfies WayNotice)
        // In a frame of its own: a thread reads the next one only when it has done what this one says.
        parts.routes.to(host).outbox.flush()
      },
      late: (host, unread) => this.#backlogs.get(host)?.late(unread),
    })
  }

  /** A thread is launched: the way to it. */
  attach(host: HostId, incarnation: number, way: ThreadWay): void {
    let backlog = this.#backlogs.get(host)
    if (backlog === undefined) {
      const { codec, decode, refuse, deadLetter } = this.#parts
      const beside = (): ReturnType<Switchboard["intakeOf"]> => this.#switchboard.intakeOf(host)
      backlog = new Backlog({ host, codec, decode, refuse, deadLetter, beside })
      this.#backlogs.set(host, backlog)
    }
    backlog.launched(incarnation, way)
    this.#switchboard.launched(host, (value, transfer) => way.transport.hand(value, transfer))
    this.#parts.routes.attach(host, backlog)
  }

  /** The actor of a host started here is ready: what waited in its mailbox comes first, what is new after it. */
  ready(host: HostId): void {
    this.#backlogs.get(host)?.ready()
    this.#switchboard.ready(host)
    this.#parts.routes.ready(host)
  }

  /** What was counted of the messages that went to a thread. */
  passed(host: HostId): Passed | undefined {
    return this.#backlogs.get(host)?.passed
  }

  /** A host started here is gone: what its actor had not begun is kept for the next incarnation of a thread. Returns whether it is. */
  keep(host: HostId, begun: Fate["begun"]): boolean {
    const beside = this.#switchboard.died(host)
    return this.#backlogs.get(host)?.died(begun, beside) === true
  }

  /** A host started here has ended for good: what waits for it is given back. */
  detach(host: HostId): void {
    this.#backlogs.get(host)?.end()
    this.#backlogs.delete(host)
    this.#parts.routes.detach(host)
  }

  /** Takes another host's frame for a thread. Returns whether there is such a thread, and why the frame cannot be sent if so. */
  relay(frame: Frame, bytes: Uint8Array): { readonly refused: RefusalReason | undefined } | undefined {
    const { routes } = this.#parts
    const [from, to] = [routes.childAbove(frame.from), routes.childAbove(frame.to)]
    if (from !== undefined && to !== undefined) this.#switchboard.passed(from, to)
    const backlog = this.#backlogs.get(frame.to)
    return backlog === undefined ? undefined : { refused: backlog.relay(frame, new Uint8Array(bytes)) }
  }

  begins({ host, way }: WayReport): void {
    this.#switchboard.begins(host, way)
  }

  rests({ host, way }: WayReport): void {
    this.#switchboard.rests(host, way)
  }

  read({ host, way }: WayReport): void {
    this.#switchboard.read(host, way)
  }
}
