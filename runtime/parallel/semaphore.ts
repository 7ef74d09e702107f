// Semaphore — so many permits, given in the order they were asked for (promises P2, P3, P4), after Python's threading.Semaphore.

import { BadOptionError, TooManyReleasesError, WaitTimedOutError } from "../errors.js"
import { blockingOf, type Engine, mustBeDone, refusalError } from "./engine.js"
import { Lease } from "./lease.js"
import { type Operation, operation, type Outcome } from "./operation.js"
import type { BlockOptions, WaitOptions } from "./wait-options.js"

/** Anyone may release, also without having acquired: that makes a permit more. The permits of who dies come back. */
export class Semaphore {
  readonly #engine: Engine
  readonly #acquire: Operation
  readonly #try: Operation

  /** @internal */
  constructor(engine: Engine) {
    this.#engine = engine
    this.#acquire = operation("acquire", engine.owner, { amount: 1 })
    this.#try = operation("acquire", engine.owner)
  }

  /** Has it refused in messages, and as an item: it stays where it is, and others open it by its name. */
  get [Symbol.toStringTag](): string {
    return "Semaphore"
  }

  get name(): string {
    return this.#engine.name
  }

  /** Waits for a permit without blocking the event loop. @throws {WaitTimedOutError} CancelledError */
  async acquire(options: WaitOptions = {}): Promise<Lease> {
    const { outcome } = await this.#engine.perform(this.#acquire, options)
    if (outcome.type === "done") return new Lease(this.#engine, outcome)
    if (outcome.type === "refused" && outcome.why === "timed-out")
      throw new WaitTimedOutError(this.name, options.timeoutMs ?? 0, await this.#engine.report())
    throw refusalError(this.name, outcome.type === "refused" ? outcome.why : "unknown")
  }

  /** Waits with the thread blocked. @throws {WaitTimedOutError} MayNotBlockError */
  acquireSync(options: BlockOptions = {}): Lease {
    const { outcome } = blockingOf(this.#engine).perform(this.#acquire, options)
    if (outcome.type === "done") return new Lease(this.#engine, outcome)
    if (outcome.type === "refused" && outcome.why === "timed-out")
      throw new WaitTimedOutError(this.name, options.timeoutMs ?? 0, this.#engine.reportNow())
    throw refusalError(this.name, outcome.type === "refused" ? outcome.why : "unknown")
  }

  /** Takes a permit if there is one. */
  async tryAcquire(): Promise<Lease | undefined> {
    return this.#leaseOf(await this.#engine.run(this.#try))
  }

  /** The same at once. @throws {MayNotBlockError} where that takes a message */
  tryAcquireSync(): Lease | undefined {
    return this.#leaseOf(blockingOf(this.#engine).run(this.#try))
  }

  /** Gives permits. @throws {BadOptionError} unless it is a whole number above 0; TooManyReleasesError */
  async release(permits = 1): Promise<void> {
    this.#released(await this.#engine.run(this.#release(permits)))
  }

  /** The same at once. @throws {MayNotBlockError} where that takes a message */
  releaseSync(permits = 1): void {
    this.#released(blockingOf(this.#engine).run(this.#release(permits)))
  }

  /** How many permits are free. */
  async value(): Promise<number> {
    return mustBeDone(this.name, await this.#engine.run(operation("value", this.#engine.owner))).value
  }

  #release(permits: number): Operation {
    if (!Number.isSafeInteger(permits) || permits < 1) throw new BadOptionError("permits", "a whole number, 1 or more", permits)
    return operation("release", this.#engine.owner, { amount: permits })
  }

  #released(outcome: Outcome): void {
    if (outcome.type === "refused" && outcome.why === "too-many")
      throw new TooManyReleasesError(this.name, "more permits were given back than it started with")
    mustBeDone(this.name, outcome)
  }

  #leaseOf(outcome: Outcome): Lease | undefined {
    if (outcome.type === "done") return new Lease(this.#engine, outcome)
    if (outcome.type === "refused" && outcome.why !== "busy") throw refusalError(this.name, outcome.why)
    return undefined
  }
}
