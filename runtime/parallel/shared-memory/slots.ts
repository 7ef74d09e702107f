// Slots — where the items of a queue lie. A slot's owner word says which member uses it, so that it comes back when that one dies.
// T1  A slot is free, or stands in the state of its queue, or belongs to a living member that is about to put it there or to free it.

import { ENTRY_WORDS, ROLE, type State } from "../state.js"
import { type Block, slotStride } from "./block.js"
import { at } from "./fault-points.js"

export class Slots {
  readonly count: number
  readonly bytes: number
  readonly #owners: Int32Array
  readonly #bytes: Uint8Array
  readonly #lengths: Int32Array
  readonly #stride: number
  readonly #member: number
  #next = 0

  constructor(block: Block) {
    const { count = 0, bytes = 0 } = block.plan.slots ?? {}
    const { memory, at } = block.data
    this.count = count
    this.bytes = bytes
    this.#stride = slotStride(bytes)
    this.#owners = new Int32Array(memory, at, count)
    const first = at + Math.ceil((count * 4) / 8) * 8
    this.#bytes = new Uint8Array(memory, first, count * this.#stride)
    this.#lengths = new Int32Array(memory, first, (count * this.#stride) / 4)
    this.#member = block.ground.member
  }

  /** Takes a free slot and writes into it; -1 when there is none. */
  store(item: Uint8Array): number {
    for (let n = 0; n < this.count; n++) {
      const slot = (this.#next + n) % this.count
      if (Atomics.load(this.#owners, slot) !== 0) continue
      if (Atomics.compareExchange(this.#owners, slot, 0, this.#member) !== 0) continue
      this.#next = slot + 1
      at("put", "slot-claimed")
      this.#lengths[(slot * this.#stride) / 4] = item.length
      this.#bytes.set(item, slot * this.#stride + 8)
      at("put", "slot-written")
      return slot
    }
    return -1
  }

  /** A copy of what is in a slot that this member has taken. */
  read(slot: number): Uint8Array {
    Atomics.store(this.#owners, slot, this.#member)
    const start = slot * this.#stride
    const item = this.#bytes.slice(start + 8, start + 8 + (this.#lengths[start / 4] as number))
    at("get", "slot-read")
    return item
  }

  free(slot: number): void {
    Atomics.store(this.#owners, slot, 0)
    at("get", "slot-freed")
  }

  /** Frees what dead members have left and no item is in. */
  recover(state: State, dead: ReadonlySet<number>): void {
    const used = new Set<number>()
    const HOLDERS: readonly number[] = [ROLE.item, ROLE.putting, ROLE.taken, ROLE.holding]
    for (let at = state.first; at < state.end; at += ENTRY_WORDS) if (HOLDERS.includes(state.role(at))) used.add(state.arg(at))
    for (let slot = 0; slot < this.count; slot++)
      if (!used.has(slot) && dead.has(Atomics.load(this.#owners, slot))) Atomics.store(this.#owners, slot, 0)
  }
}
