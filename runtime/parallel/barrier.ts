// Barrier — parties that wait until all of them are there (promise P2), after Python's threading.Barrier.

import { BrokenBarrierError } from "../errors.js"
import { blockingOf, type Engine, mustBeDone, refusalError, type Settled } from "./engine.js"
import { operation } from "./operation.js"
import type { BlockOptions, WaitOptions } from "./wait-options.js"

/** A party that gives up, is cancelled or dies while it waits breaks it for all. */
export class Barrier {
  readonly parties: number
  readonly #engine: Engine

  /** @internal */
  constructor(engine: Engine, parties: number) {
    this.#engine = engine
    this.parties = parties
  }

  /** Has it refused in messages, and as an item: it stays where it is, and others open it by its name. */
  get [Symbol.toStringTag](): string {
    return "Barrier"
  }

  get name(): string {
    return this.#engine.name
  }

  /** Waits for the others; gives each party another number, from 0 in the order they came. @throws {BrokenBarrierError} CancelledError */
  async wait(options: WaitOptions = {}): Promise<number> {
    return this.#answer(await this.#engine.perform(operation("wait", this.#engine.owner), options))
  }

  /** The same with the thread blocked. @throws {BrokenBarrierError} MayNotBlockError */
  waitSync(options: BlockOptions = {}): number {
    return this.#answer(blockingOf(this.#engine).perform(operation("wait", this.#engine.owner), options))
  }

  /** Breaks it: who waits, or comes later, gets ERR_BROKEN_BARRIER until `reset`. */
  async abort(): Promise<void> {
    await this.#ask("abort")
  }

  /** Makes it whole and empty; who waits now gets ERR_BROKEN_BARRIER. */
  async reset(): Promise<void> {
    await this.#ask("reset")
  }

  async isBroken(): Promise<boolean> {
    return (await this.#ask("broken")) === 1
  }

  /** How many wait now. */
  waiting(): Promise<number> {
    return this.#ask("waiting")
  }

  async #ask(what: string): Promise<number> {
    return mustBeDone(this.name, await this.#engine.run(operation(what, this.#engine.owner))).value
  }

  #answer({ outcome }: Settled): number {
    if (outcome.type === "done") return outcome.value
    const why = outcome.type === "refused" ? outcome.why : "unknown"
    throw why === "broken" ? new BrokenBarrierError(this.name) : refusalError(this.name, why)
  }
}
