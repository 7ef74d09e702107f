// RemoteActor — an actor with a host of its own, a thread or a process, seen from the host that started it.
// Owns the host's life: launch, readiness, end. What is common to both kinds is here; how to launch and end one is a subclass's.
// V1  A start settles once: ready, failed, or the host ended before it was ready.
// V2  `ended` is called once per life that was ready, after the thread or process is verified to be gone.
// V3  The end of a host settles what had gone to it before its supervisor is told; what waits goes to the next incarnation.

import { type BooksView, OwnersBooks } from "../actor/books.js"
import type { Target } from "../actor/delivery.js"
import type { ExitReason } from "../actor/exit-reason.js"
import { EMPTY_LEDGER, type LedgerView } from "../actor/ledger.js"
import type { Status } from "../actor/status.js"
import type { Placement } from "../actor/surroundings.js"
import { StartFailedError } from "../errors.js"
import { actorId, type ActorId, type HostId } from "../ids.js"
import type { Sent } from "../transport/route.js"
import type { Posted } from "../transport/router.js"
import type { Transport } from "../transport/transport.js"
import { decodeError, type WireError } from "../wire/error-codec.js"
import type { Ended, HostedActor, HostSpec } from "./actor-host.js"
import type { HostRuntime } from "./host-runtime.js"

/** What a host tells its owner. */
export type HostReport =
  | { readonly type: "ready"; readonly host: HostId; readonly pid: number; readonly threadId: number }
  | { readonly type: "start-failed"; readonly host: HostId; readonly stage: string; readonly error: WireError }
  | { readonly type: "status"; readonly host: HostId; readonly status: Status }
  | {
      readonly type: "ended"
      readonly host: HostId
      readonly reason: ExitReason
      readonly thrown: WireError | undefined
      readonly lastMessage: string | undefined
    }

/** What the owner tells a host. */
export interface StopRequest {
  readonly reason: ExitReason
  readonly next: "final" | "restarting"
}

export abstract class RemoteActor implements HostedActor {
  abstract readonly placement: Placement
  readonly id: ActorId
  readonly host: HostId
  readonly spec: HostSpec
  readonly target: Target
  protected readonly runtime: HostRuntime
  pid = 0
  threadId = 0
  /** Which life of the host this is; 0 before the first. */
  incarnation = 0
  #status: Status = "starting"
  #start: { resolve: () => void; reject: (error: Error) => void } | undefined
  #report: (HostReport & { type: "ended" }) | undefined
  #alive = false
  #killed = false
  readonly #books: OwnersBooks
  readonly #ended: Ended

  constructor(runtime: HostRuntime, made: { host: HostId; spec: HostSpec; ended: Ended }) {
    this.runtime = runtime
    this.host = made.host
    this.#books = new OwnersBooks(runtime.asker)
    this.spec = made.spec
    this.#ended = made.ended
    this.id = actorId(made.host, 0)
    this.target = runtime.router.target(this.id, made.spec.name ?? this.id)
    runtime.addRemote(this.host, this)
  }

  get status(): Status {
    return this.#status
  }

  get name(): string {
    return this.spec.name ?? this.id
  }

  async start(): Promise<void> {
    this.#status = "starting"
    this.#report = undefined
    this.#killed = false
    this.incarnation++
    this.runtime.router.routes.expect(this.host, this.incarnation)
    const ready = new Promise<void>((resolve, reject) => {
      this.#start = { resolve, reject }
    })
    ready.catch(() => undefined)
    try {
      this.#alive = true
      await this.launch()
      const transport = this.transport()
      if (transport !== undefined) this.runtime.router.routes.attach(this.host, transport)
    } catch (error) {
      this.#alive = false
      throw new StartFailedError(this.name, "host", error)
    }
    await ready
    this.#status = "running"
    this.runtime.router.routes.ready(this.host)
  }

  drain(): void {
    this.runtime.tellHost(this.host, "drain", undefined)
  }

  stop(reason: ExitReason, next: "final" | "restarting"): void {
    if (this.#status === "starting") return this.kill()
    this.#status = "stopping"
    this.runtime.tellHost(this.host, "stop", { reason, next } satisfies StopRequest)
  }

  cancel(): void {
    this.runtime.tellHost(this.host, "cancel", undefined)
  }

  kill(): void {
    if (!this.#alive) return
    this.#killed = true
    this.terminate("firm")
  }

  forceKill(): void {
    if (!this.#alive) return
    this.#killed = true
    this.terminate("hard")
  }

  dispose(): void {
    this.runtime.router.routes.detach(this.host)
    this.runtime.removeRemote(this.host)
  }

  books(): Promise<BooksView> {
    return Promise.resolve(this.#books.view(this.#posted(), this.#alive ? this.ledger() : EMPTY_LEDGER))
  }

  /** Takes what another host had sent to an incarnation that died. */
  reportSent(asker: string, sent: Sent): void {
    this.#books.report({ asker, ...sent })
  }

  /** Takes a report of the host. */
  report(report: HostReport): void {
    switch (report.type) {
      case "ready":
        this.pid = report.pid
        this.threadId = report.threadId
        this.#start?.resolve()
        this.#start = undefined
        break
      case "start-failed":
        this.#start?.reject(new StartFailedError(this.name, report.stage, decodeError(report.error)))
        this.#start = undefined
        this.terminate("firm")
        break
      case "status":
        this.#status = report.status
        break
      case "ended":
        this.#report = report
        this.#status = "stopping"
        this.finish()
        break
    }
  }

  /** Starts the thread or process; resolves when it runs, which is before the actor is ready. */
  protected abstract launch(): Promise<void>
  /** The way to it while it runs; undefined when the router's own way is meant. */
  protected abstract transport(): Transport | undefined
  /** What its ledger says. */
  protected abstract ledger(): LedgerView
  /** Ends it from outside. */
  protected abstract terminate(how: "firm" | "hard"): void
  /** The actor ended in order: the host will exit by itself, or is ended. */
  protected abstract finish(): void

  /** The subclass says that the thread or process is verified to be gone, and what is known of why. */
  protected gone(observed: ExitReason): void {
    if (!this.#alive) return
    this.#alive = false
    this.#status = "stopped"
    const report = this.#report
    const reason: ExitReason =
      this.#killed && report === undefined ? { type: "killed", known: observed.known } : (report?.reason ?? observed)
    const ledger = this.ledger()
    this.#books.close(this.incarnation, this.#posted(), ledger)
    this.runtime.hostDown(this.host, reason, { incarnation: this.incarnation, begun: ledger.begun })
    const starting = this.#start
    this.#start = undefined
    if (starting !== undefined) {
      starting.reject(new StartFailedError(this.name, "host", new Error(`its ${this.placement} ended: ${reason.type}`)))
      return
    }
    this.#ended({
      reason,
      thrown: report?.thrown === undefined ? undefined : decodeError(report.thrown),
      lastMessage: report?.lastMessage,
    })
  }

  #posted(): Posted {
    return this.runtime.router.posted(this.host)
  }
}
