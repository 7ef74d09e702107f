// InlineHost — runs actors on this thread's own event loop.

import type { ActorCell } from "../actor/actor-cell.js"
import type { BooksView } from "../actor/books.js"
import type { ExitReason } from "../actor/exit-reason.js"
import type { Status } from "../actor/status.js"
import type { ActorId } from "../ids.js"
import { threadId } from "node:worker_threads"
import type { ActorHost, Ended, HostedActor, HostSpec } from "./actor-host.js"
import type { HostRuntime } from "./host-runtime.js"

export class InlineHost implements ActorHost {
  readonly placement = "inline"
  readonly #runtime: HostRuntime

  constructor(runtime: HostRuntime) {
    this.#runtime = runtime
  }

  create(spec: HostSpec, ended: Ended): HostedActor {
    const cell = this.#runtime.addCell(spec, (_, end) => ended(end))
    return new InlineActor(cell, this.#runtime)
  }
}

class InlineActor implements HostedActor {
  readonly placement = "inline"
  readonly pid = process.pid
  readonly threadId = threadId
  readonly pulse = undefined
  readonly #cell: ActorCell
  readonly #runtime: HostRuntime

  constructor(cell: ActorCell, runtime: HostRuntime) {
    this.#cell = cell
    this.#runtime = runtime
  }

  get id(): ActorId {
    return this.#cell.id
  }

  get target(): ActorCell {
    return this.#cell
  }

  get status(): Status {
    return this.#cell.life?.status ?? "starting"
  }

  start(): Promise<void> {
    return this.#cell.start()
  }

  drain(): void {
    this.#cell.drain()
  }

  stop(reason: ExitReason, next: "final" | "restarting"): void {
    this.#cell.stop(reason, next)
  }

  cancel(): void {
    this.#cell.cancel()
  }

  kill(): void {
    this.#cell.kill()
  }

  forceKill(): void {
    this.#cell.kill()
  }

  dispose(reason: ExitReason): void {
    this.#cell.dispose(reason)
    this.#runtime.removeCell(this.#cell)
  }

  books(): Promise<BooksView> {
    const { inFlight } = this.#cell
    return Promise.resolve({ ...this.#cell.books.view(), inFlight })
  }
}
