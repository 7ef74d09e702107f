// MemoryNumbers — the elements of an array in memory that its users see themselves.
// A writer makes the version odd while it changes them and even again when it is done: a reader that meets an odd version, or another
// one afterwards, reads again; one that stays odd without a writer was left by a writer that died (promise P4).

import type { Change, Element, NumberStore, Numbers, NumbersType } from "./numbers.js"
import { isWhole } from "./numbers.js"
import { at } from "./shared-memory/fault-points.js"

/** Where an array lies: its version in the first eight bytes, its elements after them. */
export interface Region {
  readonly memory: ArrayBufferLike
  readonly at: number
  readonly length: number
}

export const REGION_HEADER_BYTES = 8
const TRIES = 8

export class MemoryNumbers<T extends NumbersType> implements NumberStore<T> {
  readonly inMemory = true
  readonly view: Numbers<T>
  readonly #isAtomic: boolean
  readonly #version: Int32Array

  constructor(Type: T, { memory, at, length }: Region) {
    this.#isAtomic = isWhole(Type)
    this.#version = new Int32Array(memory, at, 1)
    // The declared constructors name ArrayBuffer alone; shared memory will do as well.
    this.view = new Type(memory as unknown as ArrayBuffer, at + REGION_HEADER_BYTES, length) as Numbers<T>
  }

  get isHalfWritten(): boolean {
    return (Atomics.load(this.#version, 0) & 1) === 1
  }

  read(from: number, to: number): Promise<Numbers<T>> {
    return Promise.resolve(this.view.slice(from, to) as Numbers<T>)
  }

  readWhole(): Promise<Numbers<T> | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      const version = Atomics.load(this.#version, 0)
      if ((version & 1) === 1) continue
      const copy = this.view.slice() as Numbers<T>
      // An exchange, for a load could be done before the copy is.
      if (Atomics.compareExchange(this.#version, 0, version, version) === version) return Promise.resolve(copy)
    }
    return Promise.resolve(undefined)
  }

  // Without an await: what the change throws is in the promise even so.
  // eslint-disable-next-line @typescript-eslint/require-await
  async write<R>(change: Change<T, R>): Promise<R> {
    return this.writeNow(change)
  }

  writeNow<R>(change: Change<T, R>): R {
    const wasHalf = this.isHalfWritten
    const version = Atomics.load(this.#version, 0) | 1
    Atomics.store(this.#version, 0, version)
    at("write", "begun")
    const made = change(this.view, wasHalf)
    at("write", "half-written")
    Atomics.store(this.#version, 0, (version + 1) | 0)
    at("write", "committed")
    return made
  }

  set(index: number, value: Element<T>): Promise<void> {
    if (this.#isAtomic) Atomics.store(this.view as Int32Array, index, value as number)
    else this.view[index] = value
    return Promise.resolve()
  }

  add(index: number, by: Element<T>): Promise<Element<T>> {
    return Promise.resolve(Atomics.add(this.view as Int32Array, index, by as number))
  }
}
