// Lock — one holder at a time, in the order they came (promises P1, P3, P4), after Python's threading.Lock.

import { WaitTimedOutError } from "../errors.js"
import { Condition } from "./condition.js"
import { blockingOf, type Engine, mustBeDone, refusalError, type Settled } from "./engine.js"
import { LockLease } from "./lease.js"
import { type Operation, operation } from "./operation.js"
import type { BlockOptions, WaitOptions } from "./wait-options.js"

/** How a lock is made; all who open a name must say the same. */
export interface LockOptions {
  /** What follows when its holder dies: the next one is told (`lease.ownerDied`), or nobody gets it until `reset`. @default "tell" */
  readonly onOwnerDied?: "tell" | "poison"
}

/** Not reentrant: who holds it and acquires it again waits for itself. */
export class Lock {
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
    return "Lock"
  }

  /** The name it was opened by, or a made-up one. */
  get name(): string {
    return this.#engine.name
  }

  /**
   * Waits for it without blocking the event loop.
   * @throws {WaitTimedOutError} who holds it, and the circle of waits if there is one; PoisonedError, CancelledError
   */
  async acquire(options: WaitOptions = {}): Promise<LockLease> {
    const settled = await this.#engine.perform(this.#acquire, options)
    if (settled.outcome.type === "done") return new LockLease(this.#engine, settled.outcome)
    throw await failure(
      settled,
      this.name,
      async () => new WaitTimedOutError(this.name, options.timeoutMs ?? 0, await this.#engine.report()),
    )
  }

  /** Takes it if it is free. @throws {PoisonedError} */
  async tryAcquire(): Promise<LockLease | undefined> {
    return this.#leaseOf(await this.#engine.run(this.#try))
  }

  /** Waits for it with the thread blocked. Errors as of acquire, and MayNotBlockError on the main thread and where messages are needed. */
  acquireSync(options: BlockOptions = {}): LockLease {
    const settled = blockingOf(this.#engine).perform(this.#acquire, options)
    if (settled.outcome.type === "done") return new LockLease(this.#engine, settled.outcome)
    if (settled.outcome.type === "refused" && settled.outcome.why === "timed-out")
      throw new WaitTimedOutError(this.name, options.timeoutMs ?? 0, this.#engine.reportNow())
    throw refusalError(this.name, settled.outcome.type === "refused" ? settled.outcome.why : "unknown")
  }

  /** Takes it if it is free, without a message or a turn of the loop. @throws {PoisonedError} MayNotBlockError where messages are needed */
  tryAcquireSync(): LockLease | undefined {
    return this.#leaseOf(blockingOf(this.#engine).run(this.#try))
  }

  /** Releases it whoever holds it; of a reentrant lock one level, by its owner alone. @throws {NotHeldError} */
  async release(): Promise<void> {
    mustBeDone(this.name, await this.#engine.run(operation("release", this.#engine.owner)))
  }

  /** Whether somebody holds it. */
  async locked(): Promise<boolean> {
    return mustBeDone(this.name, await this.#engine.run(operation("locked", this.#engine.owner))).value === 1
  }

  /** Says that what it protects is in order again after it was poisoned. */
  async reset(): Promise<void> {
    mustBeDone(this.name, await this.#engine.run(operation("reset", this.#engine.owner)))
  }

  /** A condition on this lock; several are told apart by their number. @default 0 */
  condition(number = 0): Condition {
    return new Condition(this.#engine, number)
  }

  #leaseOf(outcome: Settled["outcome"]): LockLease | undefined {
    if (outcome.type === "done") return new LockLease(this.#engine, outcome)
    if (outcome.type === "refused" && outcome.why !== "busy") throw refusalError(this.name, outcome.why)
    return undefined
  }
}

/** The error of what was not granted. */
async function failure({ outcome }: Settled, name: string, late: () => Promise<Error>): Promise<Error> {
  if (outcome.type === "refused" && outcome.why === "timed-out") return late()
  return refusalError(name, outcome.type === "refused" ? outcome.why : "unknown")
}
