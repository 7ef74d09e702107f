// Ground — memory in which primitives lie, for all who have it: the threads of one process, or of several.
// Owns the layout of its first part, the member number of this thread and the names of its parties. What is in a block is block.ts's
// business; where the memory comes from, who may be a member and how one wakes another is that of its two kinds.
// R1  A member number belongs to one thread until that thread is gone and all it held has been taken back.

import { NoRoomError } from "../../errors.js"
import { PARTY_BITS } from "../state.js"

/** Offsets in the memory are in units of so many bytes. */
export const UNIT = 64
export const MEMBERS = 128
export const BLOCKS = 65_536

/** Where in its first words the next free unit stands. */
export const NEXT = 1
/** Two words for each member; what they hold is up to the kind of ground. */
export const MEMBERS_AT = 16
const NAMED_PARTIES = 16
const NAME_BYTES = 32
const NAMES_AT = 8192
const TABLE_AT = NAMES_AT + MEMBERS * NAMED_PARTIES * NAME_BYTES
/** Where blocks begin, in bytes. */
export const HEAP_AT = TABLE_AT + BLOCKS * 4

/** Some of its memory. */
export interface Extent {
  readonly memory: ArrayBufferLike
  /** Bytes from the start of `memory`. */
  readonly at: number
}

/** A word on which waiters sleep. */
export interface WakeWord {
  readonly words: Int32Array
  readonly index: number
  /** What it was when the waiter last looked at the state. */
  readonly seen: number
}

/** What ends a sleep besides the word. */
export interface Until {
  /** On the clock of performance.now(). */
  readonly dueAt: number
  readonly signal: AbortSignal | undefined
}

export abstract class Ground {
  /** Offsets of blocks in units, 0 for none yet. */
  readonly table: Int32Array
  protected readonly words: Int32Array
  readonly #names: Uint8Array
  readonly #parties = new Map<string, number>()
  /** Numbers of parties that have ended. */
  readonly #free: number[] = []
  #next = 1
  #member = 0

  protected constructor(memory: ArrayBufferLike) {
    this.words = new Int32Array(memory, 0, NAMES_AT / 4)
    this.#names = new Uint8Array(memory, NAMES_AT, TABLE_AT - NAMES_AT)
    this.table = new Int32Array(memory, TABLE_AT, BLOCKS)
  }

  /** This thread's number. @throws {NoRoomError} */
  get member(): number {
    if (this.#member === 0) this.#member = this.join()
    return this.#member
  }

  /** The number of a party of this thread: whoever says that name here is the same one. Parties without a name share one. */
  owner(name: string | undefined): number {
    if (name === undefined) return this.member << PARTY_BITS
    let owner = this.#parties.get(name)
    if (owner === undefined) this.#parties.set(name, (owner = this.addParty(name)))
    return owner
  }

  /** Another party of this thread, whatever its name. @throws {NoRoomError} */
  addParty(name: string): number {
    const { member } = this
    const party = this.#free.pop() ?? this.#next++
    if (party >>> PARTY_BITS !== 0) throw new NoRoomError("shared memory", `${String(party - 1)} parties of a thread is the most`)
    if (party < NAMED_PARTIES) {
      const at = (member * NAMED_PARTIES + party) * NAME_BYTES
      this.#names.fill(0, at, at + NAME_BYTES)
      this.#names.set(Buffer.from(name).subarray(0, NAME_BYTES), at)
    }
    return (member << PARTY_BITS) | party
  }

  /** It has nothing any more, and its number may be another's. */
  removeParty(owner: number): void {
    this.#free.push(owner & ((1 << PARTY_BITS) - 1))
  }

  /** What a party is called in messages. */
  nameOf(owner: number): string {
    const member = owner >>> PARTY_BITS
    const party = owner & ((1 << PARTY_BITS) - 1)
    const where = this.placeOf(member)
    if (party === 0) return where
    if (party >= NAMED_PARTIES) return `party ${String(party)} of ${where}`
    const at = (member * NAMED_PARTIES + party) * NAME_BYTES
    // A copy: a decoder takes no shared memory.
    const name = Buffer.from(this.#names.slice(at, at + NAME_BYTES))
    const end = name.indexOf(0)
    return name.subarray(0, end < 0 ? NAME_BYTES : end).toString()
  }

  /** Address space for so many bytes, zeroed; the offset in units. @throws {NoRoomError} */
  abstract allocate(bytes: number): number
  /** Makes sure that a part of it may be written to. @throws {NoRoomError} */
  abstract commit(offset: number, bytes: number): void

  /** What was allocated and cannot be had after all is free again, unless somebody has allocated more since; nothing else ever is. */
  protected giveBack(offset: number, bytes: number): void {
    const end = offset + Math.ceil(bytes / UNIT)
    Atomics.compareExchange(this.words, NEXT, end, offset)
  }

  /** Allocates memory of which these parts can be written to, the largest first. @throws {NoRoomError} and nothing is allocated then */
  allocateFor(what: string, bytes: number, parts: readonly (readonly [at: number, bytes: number])[]): number {
    const offset = this.allocate(bytes)
    try {
      for (const [at, size] of [...parts].sort(([, one], [, other]) => other - one)) this.commit(offset + at / UNIT, size)
      return offset
    } catch (error) {
      this.giveBack(offset, bytes)
      throw new NoRoomError(what, error instanceof NoRoomError ? error.message : String(error))
    }
  }
  /** So many bytes from an offset in units. */
  abstract extent(offset: number, bytes: number): Extent
  /** Changes a word, and wakes who sleeps on it. */
  abstract wake(words: Int32Array, index: number): void
  /** The same where somebody may have died who had begun to wake them. */
  abstract wakeAnyway(words: Int32Array, index: number): void
  /** Resolves when the word is no longer what was seen, the time is over or the signal aborted; sometimes for no reason. */
  abstract sleep(word: WakeWord, until: Until): Promise<void>
  /** Blocks the thread until the word is no longer what was seen or the time is over; sometimes less long. */
  abstract block(word: WakeWord, dueAt: number): void
  /**
   * Called when an operation was refused, or only looked: whether something of members who are gone has been taken back just now,
   * so that it is worth another try.
   */
  abstract tidied(): boolean

  protected abstract join(): number
  /** Where a member runs, in words. */
  protected abstract placeOf(member: number): string
}
