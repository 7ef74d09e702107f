// Slots — where the items of a queue lie.
// T1  A slot is free, or stands in the state of its queue, or belongs to a member that is about to put it there, or to free it.
// T2  Its owner word is the member that claimed it, 0 for none, and a tag that goes up with each claim. Only an exchange changes it: who
//     frees a slot says what the word was when it was his to free, so that it is not freed twice.
// T3  While a member has claimed slots that stand in no state yet, its busy word is 1.

import type { Block } from "./block.js"
import { at } from "./fault-points.js"
import { MEMBERS } from "./ground.js"

/** Up to so many bytes are copied one by one, as a call that copies takes longer. */
const SMALL = 128
const MEMBER = 0xff
const TAG = ~MEMBER
/** How often it is looked whether a member is not busy. */
const LOOKS = 1000
/** Busy words are apart from each other by a line of the processor's cache. */
const BUSY_STRIDE = 16

export class Slots {
  readonly count: number
  readonly bytes: number
  /** Which slot follows which, where items are chained. */
  readonly next: Int32Array
  readonly #owners: Int32Array
  readonly #busy: Int32Array
  readonly #bytes: Uint8Array
  readonly #lengths: Int32Array
  readonly #stride: number
  readonly #member: number
  #from = 0

  constructor({ plan, data, ground }: Pick<Block, "plan" | "data" | "ground">) {
    const { count = 0, bytes = 0 } = plan.slots ?? {}
    const { memory, at } = data
    this.count = count
    this.bytes = bytes
    this.#stride = slotStride(bytes)
    this.#owners = new Int32Array(memory, at, count)
    this.next = new Int32Array(memory, at + count * 4, count)
    this.#busy = new Int32Array(memory, at + count * 8, MEMBERS * BUSY_STRIDE)
    const first = at + headBytes(count)
    this.#bytes = new Uint8Array(memory, first, count * this.#stride)
    this.#lengths = new Int32Array(memory, first, (count * this.#stride) / 4)
    this.#member = ground.member
  }

  /** To be called before slots are claimed; `leave` when they stand in the state, or are free again. */
  enter(): void {
    Atomics.store(this.#busy, this.#member * BUSY_STRIDE, 1)
  }

  leave(): void {
    Atomics.store(this.#busy, this.#member * BUSY_STRIDE, 0)
  }

  /** Claims a free slot and writes into it; -1 when there is none. */
  store(item: Uint8Array): number {
    for (let n = 0, slot = this.#from; n < this.count; n++, slot = slot + 1 === this.count ? 0 : slot + 1) {
      const word = Atomics.load(this.#owners, slot)
      if ((word & MEMBER) !== 0) continue
      const mine = (((word >>> 8) + 1) << 8) | this.#member
      if (Atomics.compareExchange(this.#owners, slot, word, mine) !== word) continue
      this.#from = slot + 1 === this.count ? 0 : slot + 1
      at("put", "slot-claimed")
      this.next[slot] = (mine >>> 8) << 16
      this.#lengths[(slot * this.#stride) / 4] = item.length
      const start = slot * this.#stride + 8
      if (item.length > SMALL) this.#bytes.set(item, start)
      else for (let n = 0; n < item.length; n++) this.#bytes[start + n] = item[n] as number
      at("put", "slot-written")
      return slot
    }
    return -1
  }

  /** A copy of what is in a slot. While somebody else may free the slot, it may be anything. */
  read(slot: number): Uint8Array {
    const start = slot * this.#stride
    const length = Math.max(0, Math.min(this.#lengths[start / 4] as number, this.bytes))
    const from = start + 8
    const item = Buffer.allocUnsafe(length)
    if (length > SMALL) item.set(this.#bytes.subarray(from, from + length))
    else for (let n = 0; n < length; n++) item[n] = this.#bytes[from + n] as number
    at("get", "slot-read")
    return item
  }

  /** The owner word, for who will free the slot. */
  word(slot: number): number {
    return Atomics.load(this.#owners, slot)
  }

  /** Frees a slot, unless that has been done since its word was read. */
  free(slot: number, word: number): void {
    Atomics.compareExchange(this.#owners, slot, word, word & TAG)
    at("get", "slot-freed")
  }

  /**
   * Frees what the dead have left: every slot that the state does not speak of, and that nobody who lives is about to put.
   * `used` reads the state; it is called when the words have been read, so that what was claimed after that stays.
   */
  recover(dead: ReadonlySet<number>, used: () => ReadonlySet<number>): void {
    const words = this.#owners.slice()
    for (const member of dead) Atomics.store(this.#busy, member * BUSY_STRIDE, 0)
    const wasIdle = Array.from({ length: MEMBERS }, (_, member) => this.#isIdle(member))
    const speaks = used()
    for (const [slot, word] of words.entries())
      if ((word & MEMBER) !== 0 && wasIdle[word & MEMBER] === true && !speaks.has(slot))
        Atomics.compareExchange(this.#owners, slot, word, word & TAG)
  }

  /** Whether a member is seen putting nothing: what it had claimed before is settled then. One that is stopped in a put never is. */
  #isIdle(member: number): boolean {
    for (let n = 0; n < LOOKS; n++) if (Atomics.load(this.#busy, member * BUSY_STRIDE) === 0) return true
    return false
  }
}

/** Bytes for one slot: its length, and what it holds. */
function slotStride(bytes: number): number {
  return Math.ceil((bytes + 8) / 8) * 8
}

function headBytes(count: number): number {
  return count * 8 + MEMBERS * BUSY_STRIDE * 4
}

/** Bytes for all slots of a plan. */
export function slotsBytes({ count, bytes }: { readonly count: number; readonly bytes: number }): number {
  return headBytes(count) + count * slotStride(bytes)
}
