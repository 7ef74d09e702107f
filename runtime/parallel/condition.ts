// Condition — waiting under a lock until another holder of it notifies (promise P2), after Python's threading.Condition.

import { CancelledError, NotHeldError } from "../errors.js"
import { blockingOf, type Engine, mustBeDone, refusalError, type Settled } from "./engine.js"
import { type Operation, operation, type Outcome } from "./operation.js"
import { allowedMs, type BlockOptions, type WaitOptions } from "./wait-options.js"

/** Made by `lock.condition()`. All of it is for who holds the lock; a reentrant one is let go of entirely, and got back as deep. */
export class Condition {
  readonly #engine: Engine
  readonly #number: number

  /** @internal */
  constructor(engine: Engine, number: number) {
    this.#engine = engine
    this.#number = number
  }

  /** Has it refused in messages, and as an item: it stays where it is, and others open it by its name. */
  get [Symbol.toStringTag](): string {
    return "Condition"
  }

  /**
   * Lets go of the lock, waits to be notified, and gets the lock back. Gives false when it was not notified in time; the lock is held
   * again in any case, also when it throws CancelledError. @throws {NotHeldError} without the lock; PoisonedError
   */
  async wait(options: WaitOptions = {}): Promise<boolean> {
    return this.#answer(await this.#engine.perform(this.#wait(), options), options)
  }

  /** The same with the thread blocked. @throws {MayNotBlockError} */
  waitSync(options: BlockOptions = {}): boolean {
    return this.#answer(blockingOf(this.#engine).perform(this.#wait(), options), options)
  }

  /** Waits until the predicate holds, which is looked at under the lock. Gives what it gave last, when it was not true in time. */
  async waitFor(predicate: () => boolean | Promise<boolean>, options: WaitOptions = {}): Promise<boolean> {
    const dueAt = performance.now() + allowedMs(this.#engine.name, options)
    for (;;) {
      if (await predicate()) return true
      const timeoutMs = dueAt - performance.now()
      if (timeoutMs <= 0) return false
      await this.wait({ ...options, timeoutMs })
    }
  }

  /** Wakes so many of those who wait, those who came first; says how many. @throws {NotHeldError} without the lock */
  async notify(count = 1): Promise<number> {
    return this.#notified(await this.#engine.run(this.#notify(count)))
  }

  /** The same at once. @throws {MayNotBlockError} where that takes a message */
  notifySync(count = 1): number {
    return this.#notified(blockingOf(this.#engine).run(this.#notify(count)))
  }

  /** Wakes all who wait; says how many. @throws {NotHeldError} without the lock */
  notifyAll(): Promise<number> {
    return this.notify(0x7fff_ffff)
  }

  #wait(): Operation {
    return operation("wait", this.#engine.owner, { amount: this.#number })
  }

  #notify(count: number): Operation {
    return operation("notify", this.#engine.owner, { ticket: count, amount: this.#number })
  }

  #answer({ outcome, gaveUp }: Settled, { signal }: WaitOptions): boolean {
    const { name } = this.#engine
    if (outcome.type !== "done") throw refusalOf(name, outcome)
    if (gaveUp === "aborted") throw new CancelledError(name, signal?.reason)
    return gaveUp === undefined
  }

  #notified(outcome: Outcome): number {
    if (outcome.type === "refused") throw refusalOf(this.#engine.name, outcome)
    return mustBeDone(this.#engine.name, outcome).value
  }
}

function refusalOf(name: string, outcome: Outcome): Error {
  const why = outcome.type === "refused" ? outcome.why : "unknown"
  return why === "not-held" ? new NotHeldError(name, "a condition needs its lock") : refusalError(name, why)
}
