// Lease — what an acquire gives: the right to what it protects, until it is released.
// `await using lease = await lock.acquire()` releases it at the end of the block, also when something is thrown.

import { codeOf, NotHeldError } from "../errors.js"
import { blockingOf, type Engine, mustBeDone } from "./engine.js"
import type { Operation, Outcome } from "./operation.js"

export class Lease implements Disposable, AsyncDisposable {
  /** Whether the one who held it before died while it did: what it protects may be half changed (promise P4). */
  readonly ownerDied: boolean
  /** Goes up with each lease of one primitive: whoever is handed it with a request can refuse requests of earlier holders. */
  readonly fence: number
  /** @internal */
  readonly ticket: number
  protected readonly engine: Engine
  #held = true

  constructor(engine: Engine, granted: Outcome & { type: "done" }) {
    this.engine = engine
    this.ticket = granted.ticket
    this.ownerDied = granted.value !== 0
    this.fence = granted.fence
  }

  /** Has it refused in messages, and as an item: it stays where it is. */
  get [Symbol.toStringTag](): string {
    return "Lease"
  }

  /** Whether it has not been released. */
  get held(): boolean {
    return this.#held
  }

  /** Gives it back. @throws {NotHeldError} when it has been given back */
  async release(): Promise<void> {
    const given = this.#giveBack()
    mustBeDone(this.engine.name, await this.engine.run(given))
  }

  /** Gives it back at once. @throws {NotHeldError} when it has been given back; MayNotBlockError where that takes a message */
  releaseSync(): void {
    const blocking = blockingOf(this.engine)
    mustBeDone(this.engine.name, blocking.run(this.#giveBack()))
  }

  /** As release does, at the end of a block with `using`; where that takes a message, the block does not wait for it. */
  [Symbol.dispose](): void {
    if (!this.#held) return
    if (this.engine.blocking !== undefined) return this.releaseSync()
    // The block it ends waits for nothing, so nobody can be told by an error; unheard, one would end the program.
    this.release().catch((error: unknown) => {
      const { message } = error as Error
      process.emitWarning(`the lease of ${this.engine.name} could not be given back: ${message}`, {
        type: "LeaseWarning",
        code: codeOf(error) ?? "",
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#held) await this.release()
  }

  protected end(what: string): Operation {
    if (!this.#held) throw new NotHeldError(this.engine.name, "this lease has been released")
    this.#held = false
    return { type: what, owner: this.engine.owner, ticket: this.ticket, amount: 1, slot: 0 }
  }

  #giveBack(): Operation {
    return this.end("release")
  }
}

/** The lease of a lock. */
export class LockLease extends Lease {
  /**
   * Gives it back and says that what it protects is not in order: whoever waits, or comes later, gets ERR_POISONED until `reset`.
   * @throws {NotHeldError}
   */
  async poison(): Promise<void> {
    mustBeDone(this.engine.name, await this.engine.run(this.end("poison")))
  }
}
