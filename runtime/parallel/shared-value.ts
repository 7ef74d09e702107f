// SharedValue — one number that several threads or processes see (promise P7), after Python's multiprocessing.Value.

import type { Element, NumbersType, SharedArray } from "./shared-array.js"
import type { WaitOptions } from "./wait-options.js"

/** Element types on which Atomics work. */
export type AtomicType = Exclude<NumbersType, Float32ArrayConstructor | Float64ArrayConstructor | Uint8ClampedArrayConstructor>

export class SharedValue<T extends NumbersType = NumbersType> {
  readonly #array: SharedArray<T>

  /** @internal */
  constructor(array: SharedArray<T>) {
    this.#array = array
  }

  get name(): string {
    return this.#array.name
  }

  /** The value now; whole numbers are read atomically. */
  get(): Element<T> {
    const { view } = this.#array
    return (isAtomic(view) ? Atomics.load(view as Int32Array, 0) : view[0]) as Element<T>
  }

  /** Sets it at once, without the lock. */
  set(value: Element<T>): void {
    const { view } = this.#array
    if (isAtomic(view)) Atomics.store(view as Int32Array, 0, value as number)
    else view[0] = value
  }

  /** Adds to a whole number in one step, without the lock; gives the value before. For other types use `update`. */
  add(this: SharedValue<AtomicType & T>, by: Element<T>): Element<T> {
    return Atomics.add(this.#array.view as Int32Array, 0, by as number)
  }

  /** Replaces it by what is made of it, under the lock; gives the new one. Options and errors are those of `lock.acquire`. */
  update(change: (old: Element<T>) => Element<T>, options: WaitOptions = {}): Promise<Element<T>> {
    return this.#array.update(0, change, options)
  }
}

function isAtomic(view: object): boolean {
  return !(view instanceof Float32Array || view instanceof Float64Array || view instanceof Uint8ClampedArray)
}
