// Event — a flag that many wait for (promise P2), after Python's threading.Event.

import { blockingOf, type Engine, mustBeDone, refusalError, type Settled } from "./engine.js"
import { operation } from "./operation.js"
import type { BlockOptions, WaitOptions } from "./wait-options.js"

export class Event {
  readonly #engine: Engine

  /** @internal */
  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Has it refused in messages, and as an item: it stays where it is, and others open it by its name. */
  get [Symbol.toStringTag](): string {
    return "Event"
  }

  get name(): string {
    return this.#engine.name
  }

  /** Sets the flag and wakes all who wait. */
  async set(): Promise<void> {
    mustBeDone(this.name, await this.#engine.run(operation("set", this.#engine.owner)))
  }

  /** Clears the flag. Who waited when it was set has been woken all the same. */
  async clear(): Promise<void> {
    mustBeDone(this.name, await this.#engine.run(operation("clear", this.#engine.owner)))
  }

  async isSet(): Promise<boolean> {
    return mustBeDone(this.name, await this.#engine.run(operation("value", this.#engine.owner))).value === 1
  }

  /** Waits for the flag; false when it was not set in time. @throws {CancelledError} */
  async wait(options: WaitOptions = {}): Promise<boolean> {
    return this.#answer(await this.#engine.perform(operation("wait", this.#engine.owner), options))
  }

  /** The same with the thread blocked. @throws {MayNotBlockError} */
  waitSync(options: BlockOptions = {}): boolean {
    return this.#answer(blockingOf(this.#engine).perform(operation("wait", this.#engine.owner), options))
  }

  /** Sets the flag at once. @throws {MayNotBlockError} where that takes a message */
  setSync(): void {
    mustBeDone(this.name, blockingOf(this.#engine).run(operation("set", this.#engine.owner)))
  }

  #answer({ outcome }: Settled): boolean {
    if (outcome.type === "done") return true
    if (outcome.type === "refused" && outcome.why === "timed-out") return false
    throw refusalError(this.name, outcome.type === "refused" ? outcome.why : "unknown")
  }
}
