// SharedArray — numbers that several threads, processes or programs have in common (promise P7), after Python's multiprocessing.Array.
// Where they are is its store's business: in memory that all see, or with a keeper, who is asked for them.

import { BadOptionError, PoisonedError } from "../errors.js"
import type { Engine } from "./engine.js"
import { type Change, type Element, isWhole, type NumberStore, type Numbers, type NumbersType } from "./numbers.js"
import { ReentrantLock } from "./reentrant-lock.js"
import type { BlockOptions, WaitOptions } from "./wait-options.js"

export class SharedArray<T extends NumbersType = NumbersType> {
  /** What `write` and `update` hold meanwhile; reentrant. */
  readonly lock: ReentrantLock
  readonly length: number
  readonly #numbers: NumberStore<T>
  readonly #isWhole: boolean

  /** @internal */
  constructor(engine: Engine, Type: T, length: number) {
    this.lock = new ReentrantLock(engine)
    this.length = length
    this.#numbers = engine.numbers(Type, length)
    this.#isWhole = isWhole(Type)
  }

  /** Has it refused in messages, and as an item: it stays where it is, and others open it by its name. */
  get [Symbol.toStringTag](): string {
    return "SharedArray"
  }

  get name(): string {
    return this.lock.name
  }

  /** Whether its elements lie in memory that can be seen here, so that there is a `view`. */
  get inMemory(): boolean {
    return this.#numbers.inMemory
  }

  /**
   * The elements themselves. Reading or writing here takes no lock: it is for parts that one thread alone works on, and for Atomics.
   * @throws {UnavailableError} where a keeper has them: use `read`, `write`, `update`, `increase` and `snapshot` there
   */
  get view(): Numbers<T> {
    return this.#numbers.view
  }

  /**
   * Whether a writer died in the middle of a `write`, and none has been completed since. Certain only for who holds the lock. Never with a
   * keeper, where a `write` is done as a whole.
   */
  get halfWritten(): boolean {
    return this.#numbers.isHalfWritten
  }

  /** A copy of the elements from one to before another, without the lock: a writer may be in the middle of them. @throws {BadOptionError} */
  async read(from = 0, to = this.length): Promise<Numbers<T>> {
    this.#mustBeIn("from", from, this.length)
    this.#mustBeIn("to", to, this.length)
    return this.#numbers.read(from, Math.max(from, to))
  }

  /**
   * Changes elements under the lock. `change` is synchronous; it is told whether the writer before died in the middle, and then has
   * to put all of it in order. When it throws, the array counts as half written; with a keeper, nothing of it is written. Options and errors are
   * those of `lock.acquire`, and ERR_NOT_HELD when a keeper has given the lock to somebody else meanwhile.
   */
  async write<R>(change: Change<T, R>, options: WaitOptions = {}): Promise<R> {
    return this.#write(change, { from: 0, to: this.length, options })
  }

  /** The same with the thread blocked. @throws {MayNotBlockError} */
  writeSync<R>(change: Change<T, R>, options: BlockOptions = {}): R {
    using _lease = this.lock.acquireSync(options)
    return this.#numbers.writeNow(change)
  }

  /** Replaces one element by what is made of it, under the lock; gives the new one. @throws {BadOptionError} besides, for an index that is none */
  async update(index: number, change: (old: Element<T>) => Element<T>, options: WaitOptions = {}): Promise<Element<T>> {
    this.#mustHave(index)
    // What is written in memory is all of it, and from a keeper comes the one element.
    const make = (numbers: Numbers<T>): Element<T> => {
      const at = numbers.length === this.length ? index : 0
      const made = change(numbers[at] as Element<T>)
      numbers[at] = made
      return numbers[at]
    }
    return this.#write(make, { from: index, to: index + 1, options })
  }

  /** Adds to one element, and gives what it was before: in one step and without the lock where it is a whole number, else under the lock. */
  async increase(index: number, by: Element<T>, options: WaitOptions = {}): Promise<Element<T>> {
    this.#mustHave(index)
    if (this.#isWhole) return this.#numbers.add(index, by)
    let before: Element<T> | undefined
    await this.update(index, (old) => ((before = old) as number) + (by as number), options)
    return before as Element<T>
  }

  /**
   * A copy that no writer had a half of. It waits for no lock while writers are quick.
   * @throws {PoisonedError} when a writer died in the middle; WaitTimedOutError, CancelledError
   */
  async snapshot(options: WaitOptions = {}): Promise<Numbers<T>> {
    const copy = await this.#numbers.readWhole()
    if (copy !== undefined) return copy
    await using _lease = await this.lock.acquire(options)
    if (this.halfWritten) throw new PoisonedError(this.name, "who wrote it died, or threw, in the middle")
    return await this.#numbers.read(0, this.length)
  }

  /** @internal Sets one element without the lock. */
  set(index: number, value: Element<T>): Promise<void> {
    return this.#numbers.set(index, value)
  }

  async #write<R>(change: Change<T, R>, how: { from: number; to: number; options: WaitOptions }): Promise<R> {
    const lease = await this.lock.acquire(how.options)
    let made: R
    try {
      made = await this.#numbers.write(change, { from: how.from, to: how.to, lease })
    } catch (error) {
      // Of two errors the first one says more.
      await lease.release().catch(() => undefined)
      throw error
    }
    await lease.release()
    return made
  }

  #mustHave(index: number): void {
    this.#mustBeIn("index", index, this.length - 1)
  }

  #mustBeIn(option: string, value: number, most: number): void {
    if (!Number.isInteger(value) || value < 0 || value > most)
      throw new BadOptionError(option, `a whole number from 0 to ${String(most)}`, value)
  }
}
