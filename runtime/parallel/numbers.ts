// Numbers — the elements of a shared array, wherever they are, and the types they may have.

import { BadOptionError } from "../errors.js"
import type { LockLease } from "./lease.js"
import { TYPED_ARRAYS } from "./typed-arrays.js"

/** The constructor of any typed array. */
export type NumbersType = (typeof TYPED_ARRAYS)[number]
/** A typed array of that type. */
export type Numbers<T extends NumbersType = NumbersType> = InstanceType<T>
/** One of its elements. */
export type Element<T extends NumbersType> = Numbers<T>[number]

/** The number that stands for a type in a plan. @throws {BadOptionError} */
export function typeNumber(Type: NumbersType): number {
  const n = TYPED_ARRAYS.indexOf(Type)
  if (n < 0) throw new BadOptionError("type", "the class of a typed array", Type)
  return n
}

/** The type that a number stands for. */
export function typeOf(number: number): NumbersType | undefined {
  return TYPED_ARRAYS[number]
}

/** Whether elements of a type can be added to in one step. */
export function isWhole(Type: NumbersType): boolean {
  return Type !== Float32Array && Type !== Float64Array && Type !== Uint8ClampedArray
}

/** What a writer does: it is given the elements, and told whether the writer before died in the middle. */
export type Change<T extends NumbersType, R> = (numbers: Numbers<T>, halfWritten: boolean) => R

/** Keeps the elements of one array. Those who write hold the array's lock. */
export interface NumberStore<T extends NumbersType = NumbersType> {
  /** Whether there is a view. */
  readonly inMemory: boolean
  /** The memory itself. @throws {UnavailableError} where there is none to be seen */
  readonly view: Numbers<T>
  /** Whether a writer died in the middle. */
  readonly isHalfWritten: boolean
  /** A copy of some elements. */
  read(from: number, to: number): Promise<Numbers<T>>
  /** A copy that no writer had a half of; undefined when there is none without the lock. */
  readWhole(): Promise<Numbers<T> | undefined>
  /** Changes those from `from` to `to`. */
  write<R>(change: Change<T, R>, how: { readonly from: number; readonly to: number; readonly lease: LockLease }): Promise<R>
  /** The same at once, and all. @throws {MayNotBlockError} where that takes a message */
  writeNow<R>(change: Change<T, R>): R
  /** Sets one element without the lock. */
  set(index: number, value: Element<T>): Promise<void>
  /** Adds to one element of a whole type in one step, without the lock; gives what it was before. */
  add(index: number, by: Element<T>): Promise<Element<T>>
}
