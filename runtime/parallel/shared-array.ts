// SharedArray — numbers in memory that several threads or processes see (promise P7), after Python's multiprocessing.Array.
// A writer makes the version odd while it changes them and even again when it is done: a reader that meets an odd version, or another
// one afterwards, reads again; one that stays odd without a writer was left by a writer that died (promise P4).

import { BadOptionError, PoisonedError } from "../errors.js"
import type { Engine } from "./engine.js"
import { ReentrantLock } from "./reentrant-lock.js"
import { at } from "./shared-memory/fault-points.js"
import type { WaitOptions } from "./wait-options.js"

const TYPES = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const

/** The constructor of any typed array. */
export type NumbersType = (typeof TYPES)[number]
/** A typed array of that type. */
export type Numbers<T extends NumbersType = NumbersType> = InstanceType<T>
/** One of its elements. */
export type Element<T extends NumbersType> = Numbers<T>[number]

/** The number that stands for a type in a plan. @throws {BadOptionError} */
export function typeNumber(Type: NumbersType): number {
  const n = TYPES.indexOf(Type)
  if (n < 0) throw new BadOptionError("type", "the class of a typed array", Type)
  return n
}

/** Where an array lies: its version in the first eight bytes, its elements after them. */
export interface Region {
  readonly memory: ArrayBufferLike
  readonly at: number
  readonly length: number
}

export const REGION_HEADER_BYTES = 8

export class SharedArray<T extends NumbersType = NumbersType> {
  /** The elements themselves. Reading or writing here takes no lock: it is for parts that one thread alone works on, and for Atomics. */
  readonly view: Numbers<T>
  /** What `write` and `update` hold meanwhile; reentrant. */
  readonly lock: ReentrantLock
  readonly #version: Int32Array

  /** @internal */
  constructor(engine: Engine, Type: T, { memory, at, length }: Region) {
    this.lock = new ReentrantLock(engine)
    this.#version = new Int32Array(memory, at, 1)
    // The declared constructors name ArrayBuffer alone; shared memory will do as well.
    this.view = new Type(memory as unknown as ArrayBuffer, at + REGION_HEADER_BYTES, length) as Numbers<T>
  }

  get name(): string {
    return this.lock.name
  }

  get length(): number {
    return this.view.length
  }

  /** Whether a writer died in the middle of a `write`, and none has been completed since. Certain only for who holds the lock. */
  get halfWritten(): boolean {
    return (Atomics.load(this.#version, 0) & 1) === 1
  }

  /**
   * Changes elements under the lock. `change` is synchronous; it is told whether the writer before died in the middle, and then has
   * to put all of it in order. When it throws, the array counts as half written. Options and errors are those of `lock.acquire`.
   */
  async write<R>(change: (view: Numbers<T>, halfWritten: boolean) => R, options: WaitOptions = {}): Promise<R> {
    await using _lease = await this.lock.acquire(options)
    return this.#write(change)
  }

  /** The same with the thread blocked. @throws {MayNotBlockError} */
  writeSync<R>(change: (view: Numbers<T>, halfWritten: boolean) => R, options: Pick<WaitOptions, "timeoutMs"> = {}): R {
    using _lease = this.lock.acquireSync(options)
    return this.#write(change)
  }

  /** Replaces one element by what is made of it, under the lock; gives the new one. */
  update(index: number, change: (old: Element<T>) => Element<T>, options: WaitOptions = {}): Promise<Element<T>> {
    this.#mustHave(index)
    return this.write((view) => {
      const made = change(view[index] as Element<T>)
      view[index] = made
      return made
    }, options)
  }

  /**
   * A copy that no writer had a half of. It waits for no lock while writers are quick.
   * @throws {PoisonedError} when a writer died in the middle; WaitTimedOutError, CancelledError
   */
  async snapshot(options: WaitOptions = {}): Promise<Numbers<T>> {
    for (let tries = 0; tries < 8; tries++) {
      const version = Atomics.load(this.#version, 0)
      if ((version & 1) === 1) continue
      const copy = this.view.slice() as Numbers<T>
      // An exchange, for a load could be done before the copy is.
      if (Atomics.compareExchange(this.#version, 0, version, version) === version) return copy
    }
    await using _lease = await this.lock.acquire(options)
    if (this.halfWritten) throw new PoisonedError(this.name, "who wrote it died, or threw, in the middle")
    return this.view.slice() as Numbers<T>
  }

  #write<R>(change: (view: Numbers<T>, halfWritten: boolean) => R): R {
    const wasHalf = this.halfWritten
    const version = Atomics.load(this.#version, 0) | 1
    Atomics.store(this.#version, 0, version)
    at("write", "begun")
    const made = change(this.view, wasHalf)
    at("write", "half-written")
    Atomics.store(this.#version, 0, (version + 1) | 0)
    at("write", "committed")
    return made
  }

  #mustHave(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.length)
      throw new BadOptionError("index", `a whole number from 0 to ${String(this.length - 1)}`, index)
  }
}
