// Queue — items from some to others, in order, with a limit (promises P3, P4, P5), after Python's queue and multiprocessing.JoinableQueue.

import { BadOptionError, QueueEmptyError, QueueFullError, TooLargeError, TooManyReleasesError } from "../errors.js"
import { blockingOf, type Engine, type Got, mustBeDone, refusalError, type Settled } from "./engine.js"
import { decodeItem, encodeItem } from "./item-codec.js"
import { operation, type Outcome } from "./operation.js"
import { DROP } from "./rules/queue-rules.js"
import { allowedMs, type BlockOptions, type WaitOptions } from "./wait-options.js"

/** How a queue is made; all who open a name must say the same. */
export interface QueueOptions {
  /** The most items it holds. @default 64 */
  readonly capacity?: number
  /** In what order items leave: first in first out, last in first out, or the lowest priority number first. @default "fifo" */
  readonly order?: "fifo" | "lifo" | "priority"
  /**
   * What becomes of items that a consumer has taken, and not called `taskDone` for, when it dies: they count as done, or go back to
   * the front. With `"requeue"` each item needs its `taskDone`. @default "forget"
   */
  readonly unfinished?: "forget" | "requeue"
  /** The most bytes of one item. @default 1024 */
  readonly itemBytes?: number
}

/** How an item is put. */
export interface PutOptions extends WaitOptions {
  /** For a queue in order of priority, a whole number; lower goes first. @default 0 */
  readonly priority?: number
}

/** How a queue is closed. */
export interface CloseOptions {
  /**
   * What becomes of the items that are in it: they can still be taken, or are dropped and count as done, as with `shutdown(immediate=True)`
   * in Python. What was taken before is still to be finished. @default "keep"
   */
  readonly rest?: "keep" | "drop"
}

/** The most items that one change of a queue puts or takes. */
const MANY = 1024

export class Queue<T = unknown> {
  readonly capacity: number
  readonly #engine: Engine

  /** @internal */
  constructor(engine: Engine, capacity: number) {
    this.#engine = engine
    this.capacity = capacity
  }

  /** Has it refused in messages, and as an item: it stays where it is, and others open it by its name. */
  get [Symbol.toStringTag](): string {
    return "Queue"
  }

  get name(): string {
    return this.#engine.name
  }

  /** Puts an item in, waiting for room. @throws {QueueFullError} when there was none in time; ClosedError, TooLargeError, UnencodableError */
  async put(item: T, options: PutOptions = {}): Promise<void> {
    const { outcome } = await this.#engine.put(this.#put("put", options), encodeItem(item), options)
    if (isTooFull(outcome)) throw new QueueFullError(this.name, this.capacity, await this.#engine.report())
    mustBeDone(this.name, outcome)
  }

  /** Puts an item in if there is room; says whether it did. @throws {ClosedError} TooLargeError, UnencodableError */
  async tryPut(item: T, options: Pick<PutOptions, "priority"> = {}): Promise<boolean> {
    return this.#wasTried(await this.#engine.put(this.#put("try-put", options), encodeItem(item), {}))
  }

  /** Puts an item in with the thread blocked. Errors as of put, and MayNotBlockError */
  putSync(item: T, options: BlockOptions & Pick<PutOptions, "priority"> = {}): void {
    const { outcome } = blockingOf(this.#engine).put(this.#put("put", options), encodeItem(item), options)
    if (isTooFull(outcome)) throw new QueueFullError(this.name, this.capacity, this.#engine.reportNow())
    mustBeDone(this.name, outcome)
  }

  /** The same as tryPut at once. @throws {MayNotBlockError} where that takes a message */
  tryPutSync(item: T, options: Pick<PutOptions, "priority"> = {}): boolean {
    return this.#wasTried(blockingOf(this.#engine).put(this.#put("try-put", options), encodeItem(item), {}))
  }

  /** Takes the next item, waiting for one. @throws {QueueEmptyError} when there was none in time; ClosedError when there will be none */
  async get(options: WaitOptions = {}): Promise<T> {
    return this.#got(await this.#engine.get(operation("get", this.#engine.owner), options))
  }

  /** Takes the next item if there is one. @throws {ClosedError} when there will be none */
  async tryGet(): Promise<T | undefined> {
    const got = await this.#engine.get(operation("try-get", this.#engine.owner), {})
    return isRefused(got.outcome, "empty") ? undefined : this.#got(got)
  }

  /** Takes the next item with the thread blocked. Errors as of get, and MayNotBlockError */
  getSync(options: BlockOptions = {}): T {
    return this.#got(blockingOf(this.#engine).get(operation("get", this.#engine.owner), options))
  }

  /** The same as tryGet at once. @throws {MayNotBlockError} where that takes a message */
  tryGetSync(): T | undefined {
    const got = blockingOf(this.#engine).get(operation("try-get", this.#engine.owner), {})
    return isRefused(got.outcome, "empty") ? undefined : this.#got(got)
  }

  /**
   * Puts items in, in their order, waiting for room; in shared memory as many at a time as there is room for. Gives how many went in: fewer
   * than all when there was no room for the next in time, or it was closed in between. Others' items may come in between.
   * @throws {ClosedError} when none went in; TooLargeError, UnencodableError: before any goes in
   */
  async putMany(items: Iterable<T>, options: PutOptions = {}): Promise<number> {
    const rest = this.#encodeAll(items)
    const dueAt = performance.now() + allowedMs(this.name, options)
    const asked = this.#put("put", options)
    for (let put = 0; put < rest.length;) {
      const now = this.#engine.many?.putNow(rest.slice(put, put + MANY)) ?? 0
      put += now
      if (now > 0) continue
      const wait = { ...options, timeoutMs: Math.max(0, dueAt - performance.now()) }
      const { outcome } = await this.#engine.put(asked, rest[put] as Uint8Array, wait)
      if (this.#stopsAt(put, outcome)) return put
      put++
    }
    return rest.length
  }

  /** The same with the thread blocked. @throws {MayNotBlockError} besides */
  putManySync(items: Iterable<T>, options: BlockOptions & Pick<PutOptions, "priority"> = {}): number {
    const rest = this.#encodeAll(items)
    const dueAt = performance.now() + allowedMs(this.name, options)
    const asked = this.#put("put", options)
    const blocking = blockingOf(this.#engine)
    for (let put = 0; put < rest.length;) {
      const now = this.#engine.many?.putNow(rest.slice(put, put + MANY)) ?? 0
      put += now
      if (now > 0) continue
      const { outcome } = blocking.put(asked, rest[put] as Uint8Array, { timeoutMs: Math.max(0, dueAt - performance.now()) })
      if (this.#stopsAt(put, outcome)) return put
      put++
    }
    return rest.length
  }

  /**
   * Takes as many items as there are, at most so many; waits for the first if there is none. In shared memory all are taken at once. Each needs
   * its `taskDone`. Errors as of get.
   */
  async getMany(atMost: number, options: WaitOptions = {}): Promise<T[]> {
    const most = wholeMost(atMost)
    allowedMs(this.name, options)
    const now = this.#takeNow(most)
    if (now.length > 0) return now
    const items: T[] = [await this.get(options)]
    if (this.#engine.many !== undefined) return most > 1 ? [...items, ...this.#takeNow(most - 1)] : items
    while (items.length < most) {
      const got = await this.#engine.get(operation("try-get", this.#engine.owner), {})
      if (got.outcome.type === "refused") break
      items.push(this.#got(got))
    }
    return items
  }

  /** The same with the thread blocked. @throws {MayNotBlockError} besides */
  getManySync(atMost: number, options: BlockOptions = {}): T[] {
    const most = wholeMost(atMost)
    const now = this.#takeNow(most)
    if (now.length > 0) return now
    const first = this.getSync(options)
    return most > 1 ? [first, ...this.#takeNow(most - 1)] : [first]
  }

  /** Says that an item that was taken has been dealt with. @throws {TooManyReleasesError} when there is none left */
  async taskDone(): Promise<void> {
    const outcome = await this.#engine.run(operation("task-done", this.#engine.owner))
    if (isRefused(outcome, "too-many"))
      throw new TooManyReleasesError(this.name, "taskDone() was called more often than items were taken")
    mustBeDone(this.name, outcome)
  }

  /** Waits until each item that was put has been dealt with; false when they were not in time. @throws {CancelledError} */
  async join(options: WaitOptions = {}): Promise<boolean> {
    const { outcome } = await this.#engine.perform(operation("join", this.#engine.owner), options)
    if (isRefused(outcome, "timed-out")) return false
    mustBeDone(this.name, outcome)
    return true
  }

  /** How many items are in it. */
  size(): Promise<number> {
    return this.#value("size")
  }

  /** How many items have been put and not dealt with. */
  unfinished(): Promise<number> {
    return this.#value("unfinished")
  }

  /**
   * Lets nothing more in: who puts, or waits to, gets ClosedError. What is in can still be taken, or is dropped if asked for; after that
   * `get` throws ClosedError. With options it gives how many items were dropped. May be called again, also to drop what was kept.
   */
  close(): Promise<void>
  close(options: CloseOptions): Promise<number>
  async close({ rest = "keep" }: CloseOptions = {}): Promise<unknown> {
    if (rest !== "keep" && rest !== ("drop" as string)) throw new BadOptionError("rest", '"keep" or "drop"', rest)
    const asked = operation("close", this.#engine.owner, { amount: rest === "drop" ? DROP : 0 })
    return mustBeDone(this.name, await this.#engine.run(asked)).value
  }

  /** Whether it has been closed. There may be items in it still. */
  async isClosed(): Promise<boolean> {
    return (await this.#value("closed")) === 1
  }

  /** The items until it is closed and empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const got = await this.#engine.get(operation("get", this.#engine.owner), {})
      if (isRefused(got.outcome, "closed")) return
      yield this.#got(got)
    }
  }

  async #value(what: string): Promise<number> {
    return mustBeDone(this.name, await this.#engine.run(operation(what, this.#engine.owner))).value
  }

  #takeNow(most: number): T[] {
    return (this.#engine.many?.takeNow(most) ?? []).map((bytes) => decodeItem(bytes) as T)
  }

  #encodeAll(items: Iterable<T>): Uint8Array[] {
    return Array.from(items, (item) => {
      const bytes = encodeItem(item)
      const { itemBytes } = this.#engine
      if (bytes.length > itemBytes) throw new TooLargeError(this.name, bytes.length, itemBytes)
      return bytes
    })
  }

  /** Whether the items from this one on are not put. */
  #stopsAt(put: number, outcome: Outcome): boolean {
    if (isTooFull(outcome) || (put > 0 && isRefused(outcome, "closed"))) return true
    mustBeDone(this.name, outcome)
    return false
  }

  #put(type: string, { priority = 0 }: Pick<PutOptions, "priority">): ReturnType<typeof operation> {
    if (!Number.isInteger(priority) || Math.abs(priority) > 0x7fff_ffff)
      throw new BadOptionError("priority", "a whole number of 32 bits", priority)
    return operation(type, this.#engine.owner, { amount: priority })
  }

  #wasTried({ outcome }: Settled): boolean {
    if (isTooFull(outcome)) return false
    mustBeDone(this.name, outcome)
    return true
  }

  #got({ outcome, bytes }: Got): T {
    if (outcome.type === "done" && bytes !== undefined) return decodeItem(bytes) as T
    if (isRefused(outcome, "timed-out") || isRefused(outcome, "empty")) throw new QueueEmptyError(this.name)
    throw refusalError(this.name, outcome.type === "refused" ? outcome.why : "unknown")
  }
}

function wholeMost(atMost: number): number {
  if (!Number.isSafeInteger(atMost) || atMost < 1) throw new BadOptionError("atMost", "a whole number, 1 or more", atMost)
  return Math.min(atMost, MANY)
}

function isTooFull(outcome: Outcome): boolean {
  return isRefused(outcome, "timed-out") || isRefused(outcome, "full")
}

function isRefused(outcome: Outcome, why: (Outcome & { type: "refused" })["why"]): boolean {
  return outcome.type === "refused" && outcome.why === why
}
