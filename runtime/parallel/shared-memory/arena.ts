// Arena — the memory that all threads of this process share for their primitives, and who takes part.
// Owns the allocation of blocks, the table of members (threads) and the names of parties. What is in a block is block.ts's business.
// R1  It is one growable SharedArrayBuffer, made by the first thread that needs it before it starts others; they find it in their
//     environment data. Growing it commits no memory until it is written.
// R2  A member number belongs to one thread until that thread is gone and all it held has been taken back.

import { getEnvironmentData, isMainThread, setEnvironmentData, threadId } from "node:worker_threads"
import { NoRoomError, UnavailableError } from "../../errors.js"
import { PARTY_BITS } from "../state.js"

const KEY = "troupe.parallel"
/** The most that is reserved, tried from the largest; only what is written costs memory. */
const RESERVED = [2 ** 36, 2 ** 32, 2 ** 30]
const UNIT = 64
export const MEMBERS = 128
export const BLOCKS = 65_536

const NEXT = 1
const MEMBERS_AT = 16
const NAMED_PARTIES = 16
const NAME_BYTES = 32
const NAMES_AT = 8192
const TABLE_AT = NAMES_AT + MEMBERS * NAMED_PARTIES * NAME_BYTES
const HEAP_AT = TABLE_AT + BLOCKS * 4

/** What another thread finds in its environment data. */
interface Shared {
  readonly memory: SharedArrayBuffer
  readonly thread: number
}

class Arena {
  readonly memory: SharedArrayBuffer
  /** Offsets of blocks in units, 0 for none yet. */
  readonly table: Int32Array
  readonly #words: Int32Array
  readonly #names: Uint8Array
  readonly #parties = new Map<string, number>()
  readonly #parent: number
  #member = 0

  constructor(memory: SharedArrayBuffer, parent: number) {
    this.memory = memory
    this.#parent = parent
    this.#words = new Int32Array(memory, 0, NAMES_AT / 4)
    this.#names = new Uint8Array(memory, NAMES_AT, TABLE_AT - NAMES_AT)
    this.table = new Int32Array(memory, TABLE_AT, BLOCKS)
  }

  /** This thread's number. @throws {NoRoomError} */
  get member(): number {
    if (this.#member === 0) this.#member = this.#join()
    return this.#member
  }

  /** Room for so many bytes, zeroed; the offset in units. It is never given back. @throws {NoRoomError} */
  allocate(bytes: number): number {
    const units = Math.ceil(bytes / UNIT)
    const at = Atomics.add(this.#words, NEXT, units)
    const end = (at + units) * UNIT
    if (end > this.memory.maxByteLength || at < 0) {
      Atomics.sub(this.#words, NEXT, units)
      throw new NoRoomError(
        "shared memory",
        `${String(bytes)} bytes more than the ${String(this.memory.maxByteLength)} there are`,
      )
    }
    // Another thread may have grown it further meanwhile.
    while (this.memory.byteLength < end) {
      try {
        this.memory.grow(Math.min(this.memory.maxByteLength, Math.ceil(end / 2 ** 24) * 2 ** 24))
      } catch (error) {
        if (this.memory.byteLength < end) throw new NoRoomError("shared memory", `it cannot grow: ${String(error)}`)
      }
    }
    return at
  }

  /** The number of a party of this thread: whoever says that name here is the same one. Parties without a name share one. */
  owner(name: string | undefined): number {
    const { member } = this
    if (name === undefined) return member << PARTY_BITS
    let party = this.#parties.get(name)
    if (party === undefined) {
      party = this.#parties.size + 1
      this.#parties.set(name, party)
      if (party < NAMED_PARTIES) {
        const at = (member * NAMED_PARTIES + party) * NAME_BYTES
        this.#names.fill(0, at, at + NAME_BYTES)
        this.#names.set(Buffer.from(name).subarray(0, NAME_BYTES), at)
      }
    }
    return (member << PARTY_BITS) | party
  }

  /** What a party is called in messages. */
  nameOf(owner: number): string {
    const member = owner >>> PARTY_BITS
    const party = owner & ((1 << PARTY_BITS) - 1)
    const thread = Atomics.load(this.#words, MEMBERS_AT + member * 2) - 1
    const where = thread === 0 ? "the main thread" : `thread ${String(thread)}`
    if (party === 0) return where
    if (party >= NAMED_PARTIES) return `party ${String(party)} of ${where}`
    const at = (member * NAMED_PARTIES + party) * NAME_BYTES
    // A copy: a decoder takes no shared memory.
    const name = Buffer.from(this.#names.slice(at, at + NAME_BYTES))
    const end = name.indexOf(0)
    return name.subarray(0, end < 0 ? NAME_BYTES : end).toString()
  }

  /** The members that are gone when a thread is: it, and the threads that it had started. */
  membersOf(thread: number): number[] {
    const found: number[] = []
    for (let member = 1; member < MEMBERS; member++) {
      const at = MEMBERS_AT + member * 2
      const id = Atomics.load(this.#words, at) - 1
      if (id < 0 || id === threadId) continue
      if (id === thread) found.push(member)
      else if (Atomics.load(this.#words, at + 1) - 1 === thread) found.push(...this.membersOf(id), member)
    }
    return [...new Set(found)]
  }

  /** Lets another thread have the number. */
  free(member: number): void {
    Atomics.store(this.#words, MEMBERS_AT + member * 2 + 1, 0)
    Atomics.store(this.#words, MEMBERS_AT + member * 2, 0)
  }

  #join(): number {
    for (let member = 1; member < MEMBERS; member++) {
      const at = MEMBERS_AT + member * 2
      if (Atomics.compareExchange(this.#words, at, 0, threadId + 1) !== 0) continue
      Atomics.store(this.#words, at + 1, this.#parent + 1)
      return member
    }
    throw new NoRoomError("shared memory", `${String(MEMBERS - 1)} threads use it already`)
  }
}

let arena: Arena | undefined

/** The memory of this process's primitives; made now if there is none yet. */
export function theArena(): Arena {
  if (arena !== undefined) return arena
  const found = getEnvironmentData(KEY) as Shared | undefined
  if (found === undefined && !isMainThread)
    throw new UnavailableError(
      "shared memory",
      "this thread was started before its program made any",
      "call shareMemory() before you start threads of your own; actors need nothing",
    )
  arena = new Arena(found?.memory ?? reserve(), found?.thread ?? -1)
  // Threads that this one starts inherit it, and learn who started them.
  setEnvironmentData(KEY, { memory: arena.memory, thread: threadId })
  return arena
}

/** Whether a thread that was started here, or one that it has started, has used any of it and has not been recovered. */
export function sharesMemory(thread: number): boolean {
  return arena !== undefined && arena.membersOf(thread).length > 0
}

/** Makes the memory, so that threads that are started from now on share it. Idempotent. */
export function shareMemory(): void {
  theArena()
}

function reserve(): SharedArrayBuffer {
  let last: unknown
  for (const maxByteLength of RESERVED) {
    try {
      const memory = new SharedArrayBuffer(2 ** 20, { maxByteLength })
      new Int32Array(memory, 0, 16)[NEXT] = HEAP_AT / UNIT
      return memory
    } catch (error) {
      last = error
    }
  }
  throw new NoRoomError("shared memory", `none can be reserved: ${String(last)}`)
}
