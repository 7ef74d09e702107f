// KeptData — the elements of an array in the hands of its keeper, who changes them only as a whole.

import { isWhole, type NumbersType, typeOf } from "../parallel/numbers.js"
import type { Plan } from "../parallel/kinds.js"

/** The most bytes of one array: each snapshot of it is a message. */
export const KEPT_BYTES = 16 * 2 ** 20

/** Where a plan says what elements there are: see plans.ts. */
const TYPE = 2
const LENGTH = 3

export class KeptData {
  readonly #Type: NumbersType
  readonly #bytes: Uint8Array

  private constructor(Type: NumbersType, length: number) {
    this.#Type = Type
    this.#bytes = new Uint8Array(length * Type.BYTES_PER_ELEMENT)
  }

  /** Zeros, as a plan says. Undefined when it is more than a keeper keeps. @throws {RangeError} for a plan that no array can have */
  static of({ config }: Plan): KeptData | undefined {
    const Type = typeOf(config[TYPE] ?? -1)
    const length = config[LENGTH] ?? 0
    if (Type === undefined || length < 1) throw new RangeError("an array has a type and a length")
    return length * Type.BYTES_PER_ELEMENT > KEPT_BYTES ? undefined : new KeptData(Type, length)
  }

  /** A copy of some elements; undefined when there are none such. */
  read(from: number, to: number): Uint8Array | undefined {
    const size = this.#Type.BYTES_PER_ELEMENT
    return this.#has(from * size, (to - from) * size) ? this.#bytes.slice(from * size, to * size) : undefined
  }

  /** Sets elements from one on; whether there are such. */
  write(at: number, bytes: Uint8Array): boolean {
    const start = at * this.#Type.BYTES_PER_ELEMENT
    if (bytes.length % this.#Type.BYTES_PER_ELEMENT !== 0 || !this.#has(start, bytes.length)) return false
    this.#bytes.set(bytes, start)
    return true
  }

  /** Adds to one element, and gives what it was before; undefined when there is none such, or it is not of a whole type. */
  add(at: number, by: Uint8Array): Uint8Array | undefined {
    const size = this.#Type.BYTES_PER_ELEMENT
    if (!isWhole(this.#Type) || by.length !== size || !this.#has(at * size, size)) return undefined
    const before = this.#bytes.slice(at * size, (at + 1) * size)
    // The declared type is one that has Atomics; it stands for all of them.
    const element = new (this.#Type as Int32ArrayConstructor)(this.#bytes.buffer, at * size, 1)
    Atomics.add(element, 0, new (this.#Type as Int32ArrayConstructor)(by.slice().buffer)[0] as number)
    return before
  }

  #has(start: number, length: number): boolean {
    return start >= 0 && length >= 0 && start + length <= this.#bytes.length
  }
}
