// ChainStore — the items of a queue in shared memory, first in first out: a chain of slots, so that a change costs the same however many
// there are. The state says which slot is the first and which the last; each slot says which is next.
// K1  The link to what was put last is written by whoever reads the state next, before anything else is decided on it: who is killed
//     after a put leaves nothing half done. The state says which link that is, and a slot's tag that it is the same slot still.
// K2  What a decision reads from slots counts only if it is published: the slots of a published state's items do not change.

import type { Item, ItemStore } from "../rules/item-store.js"
import { ENTRY_WORDS, HEADER_WORDS, ROLE, type State } from "../state.js"

/** Two entries that stay the first: [first slot, last slot with its tag] and [link from, with its tag; link to, counted from 1]. */
const FIRST = HEADER_WORDS + 3
const LAST = HEADER_WORDS + 4
const LINK_FROM = FIRST + ENTRY_WORDS
const LINK_TO = LAST + ENTRY_WORDS
const INDEX = 0xffff
/** How far apart the tags of an item are before and after it went back: odd, so that they do not recur soon. */
const BACK = 0x5555 << 16

/** The words that say which slot is next: a tag of 16 bits, and the number counted from 1, 0 for none. */
export class ChainStore implements ItemStore {
  readonly mostPut = 1
  readonly #next: Int32Array

  constructor(next: Int32Array) {
    this.#next = next
  }

  start(state: State): void {
    startChain(state)
  }

  /** Makes the slot, which is this thread's alone, the end of a chain; `tag` is another each time. */
  begin(slot: number, tag: number): void {
    this.#next[slot] = tag << 16
  }

  /** Has one slot of a chain that is this thread's alone followed by another. */
  join(slot: number, next: number): void {
    this.#next[slot] = ((this.#next[slot] as number) & ~INDEX) | (next + 1)
  }

  /** Writes the link that the state has pending. */
  help(state: State): void {
    const { words } = state
    const to = words[LINK_TO] as number
    if (to === 0) return
    const from = words[LINK_FROM] as number
    const slot = from & INDEX
    const tag = from & ~INDEX
    if (Atomics.load(this.#next, slot) === tag) Atomics.compareExchange(this.#next, slot, tag, tag | to)
    words[LINK_TO] = 0
  }

  put(state: State, { slot }: Item, { isBack, count }: { isBack: boolean; count: number }): void {
    if (!isBack) this.putChain(state, { first: slot, last: slot, count })
    else {
      // Only who buries the dead does this, and the slot was theirs. Somebody slow may still be about to write the link that it had
      // before: with another tag it no longer can. Who is killed here leaves the next to write it again.
      const { words } = state
      const tag = (((this.#next[slot] as number) & ~INDEX) + BACK) | 0
      this.#next[slot] = count === 0 ? tag : tag | ((words[FIRST] as number) + 1)
      words[FIRST] = slot
      if (count === 0) words[LAST] = tag | slot
      state.changed = true
    }
  }

  /** Puts a chain of slots last. */
  putChain(state: State, { first, last, count }: { first: number; last: number; count: number }): void {
    const { words } = state
    if (count === 0) words[FIRST] = first
    else {
      words[LINK_FROM] = words[LAST] as number
      words[LINK_TO] = first + 1
    }
    words[LAST] = ((this.#next[last] as number) & ~INDEX) | last
    state.changed = true
  }

  take(state: State, count: number): Item {
    const { words } = state
    const slot = words[FIRST] as number
    // Of a state that is not current any more it may be anything.
    if (count > 1) words[FIRST] = Math.max(0, ((this.#next[slot] as number) & INDEX) - 1)
    state.changed = true
    return { slot, priority: 0 }
  }

  slots(state: State, count: number): number[] {
    const slots: number[] = []
    for (let n = 0, slot = state.words[FIRST] as number; n < count && slot >= 0; n++) {
      slots.push(slot)
      slot = ((this.#next[slot] as number) & INDEX) - 1
    }
    return slots
  }
}

/** What a new state begins with. */
export function startChain(state: State): void {
  for (let n = 0; n < 2; n++) state.add(ROLE.chain, 0)
  // They are nobody's, and no ticket finds them.
  for (let n = 0; n < 2; n++) state.words[HEADER_WORDS + n * ENTRY_WORDS + 2] = 0
}
