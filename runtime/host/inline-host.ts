// InlineHost — runs actors on this thread's own event loop.

import { ActorCell, type CellParts, type LifeListener } from "../actor/actor-cell.js"
import type { ActorRef } from "../actor/actor-ref.js"
import type { BooksView } from "../actor/books.js"
import type { Next } from "../actor/entrance.js"
import type { ExitReason } from "../actor/exit-reason.js"
import type { Status } from "../actor/status.js"
import type { Surroundings } from "../actor/surroundings.js"
import { threadId } from "node:worker_threads"
import type { ActorHost, HostedActor, HostSpec } from "./actor-host.js"
import type { HostRuntime } from "./host-runtime.js"

export class InlineHost implements ActorHost {
  readonly placement = "inline"
  readonly #runtime: HostRuntime

  constructor(runtime: HostRuntime) {
    this.#runtime = runtime
  }

  create(spec: HostSpec, listener: LifeListener): HostedActor {
    return this.#runtime.addCell(spec, (parts, around) => new InlineActor(parts, around, { listener, runtime: this.#runtime }))
  }
}

/** A cell that is its own host: one object, for there may be a million. */
class InlineActor extends ActorCell implements HostedActor {
  readonly #runtime: HostRuntime

  constructor(parts: CellParts, around: Surroundings, of: { listener: LifeListener; runtime: HostRuntime }) {
    super(parts, around, of.listener)
    this.#runtime = of.runtime
  }

  get placement(): "inline" {
    return "inline"
  }

  get pid(): number {
    return process.pid
  }

  get threadId(): number {
    return threadId
  }

  get pulse(): undefined {
    return undefined
  }

  get status(): Status {
    return this.life?.status ?? "starting"
  }

  forceKill(): void {
    this.kill()
  }

  override dispose(reason: ExitReason, next?: Next): void {
    super.dispose(reason, next)
    this.#runtime.removeCell(this)
  }

  makeRef(): ActorRef {
    return this.around.refOf(this)
  }

  count(): Promise<BooksView> {
    return Promise.resolve({ ...this.books.view(), inFlight: this.inFlight })
  }
}
