// SharedValue — one number that several threads, processes or programs have in common (promise P7), after Python's multiprocessing.Value.

import { MayNotBlockError } from "../errors.js"
import { isWhole, type Element, type Numbers, type NumbersType } from "./numbers.js"
import type { SharedArray } from "./shared-array.js"
import type { WaitOptions } from "./wait-options.js"

/** Element types on which Atomics work. */
export type AtomicType = Exclude<NumbersType, Float32ArrayConstructor | Float64ArrayConstructor | Uint8ClampedArrayConstructor>

export class SharedValue<T extends NumbersType = NumbersType> {
  readonly #array: SharedArray<T>
  /** Undefined where a keeper has it. */
  readonly #view: Numbers<T> | undefined
  readonly #isAtomic: boolean

  /** @internal */
  constructor(array: SharedArray<T>, Type: T) {
    this.#array = array
    this.#view = array.inMemory ? array.view : undefined
    this.#isAtomic = isWhole(Type)
  }

  /** Has it refused in messages, and as an item: it stays where it is, and others open it by its name. */
  get [Symbol.toStringTag](): string {
    return "SharedValue"
  }

  get name(): string {
    return this.#array.name
  }

  /** The value now; whole numbers are read atomically. @throws {MayNotBlockError} where a keeper has it: use `read` there */
  get(): Element<T> {
    const view = this.#mustSee("read()")
    return (this.#isAtomic ? Atomics.load(view as Int32Array, 0) : view[0]) as Element<T>
  }

  /** Sets it at once, without the lock. @throws {MayNotBlockError} where a keeper has it: use `replace` there */
  set(value: Element<T>): void {
    const view = this.#mustSee("replace(value)")
    if (this.#isAtomic) Atomics.store(view as Int32Array, 0, value as number)
    else view[0] = value
  }

  /**
   * Adds to a whole number in one step, without the lock; gives the value before. For other types use `update`.
   * @throws {MayNotBlockError} where a keeper has it: use `increase` there
   */
  add(this: SharedValue<AtomicType & T>, by: Element<T>): Element<T> {
    return Atomics.add(this.#mustSee("increase(by)") as Int32Array, 0, by as number)
  }

  /** The value now, wherever it is. */
  async read(): Promise<Element<T>> {
    return (await this.#array.read(0, 1))[0] as Element<T>
  }

  /** Sets it without the lock, wherever it is. */
  replace(value: Element<T>): Promise<void> {
    return this.#array.set(0, value)
  }

  /** Adds to it, wherever it is, and gives what it was before: in one step where it is a whole number, else under the lock. */
  increase(by: Element<T>, options: WaitOptions = {}): Promise<Element<T>> {
    return this.#array.increase(0, by, options)
  }

  /** Replaces it by what is made of it, under the lock; gives the new one. Options and errors are those of `lock.acquire`. */
  update(change: (old: Element<T>) => Element<T>, options: WaitOptions = {}): Promise<Element<T>> {
    return this.#array.update(0, change, options)
  }

  #mustSee(instead: string): Numbers<T> {
    if (this.#view === undefined)
      throw new MayNotBlockError(this.name, `a keeper has it, and its answer is a message: use ${instead}`)
    return this.#view
  }
}
