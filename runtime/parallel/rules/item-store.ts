// ItemStore — the items of a queue that nobody has taken, in the order they leave. What may wait, and for what, are the queue's rules.

import { ENTRY_WORDS, ROLE, type State } from "../state.js"

/** An item: its bytes are in the slot. */
export interface Item {
  readonly slot: number
  readonly priority: number
}

export interface ItemStore {
  /** How many may be put last in one decision. */
  readonly mostPut: number
  /** Makes room for what it keeps in a new state. */
  start(state: State): void
  /** Puts an item where it belongs: as one that is new, or before its equals as one that comes back. There are `count` before. */
  put(state: State, item: Item, how: { readonly isBack: boolean; readonly count: number }): void
  /** Takes the first out, of `count`, which is above 0. */
  take(state: State, count: number): Item
  /** The slots of all `count` items. */
  slots(state: State, count: number): number[]
}

/** How items leave. */
export const ORDER = { fifo: 0, lifo: 1, priority: 2 } as const

/** Items as entries of the state: in any order, and every change copies all of them. */
export class ListStore implements ItemStore {
  readonly mostPut = Infinity
  readonly #orderOf: (state: State) => number

  constructor(orderOf: (state: State) => number) {
    this.#orderOf = orderOf
  }

  start(): void {
    // Entries come and go.
  }

  put(state: State, { slot, priority }: Item, { isBack }: { isBack: boolean }): void {
    state.insert(this.#placeFor(state, priority, isBack), { role: ROLE.item, owner: 0, arg: slot, extra: priority })
  }

  take(state: State): Item {
    const at = state.firstOf(ROLE.item)
    const item = { slot: state.arg(at), priority: state.extra(at) }
    state.remove(at)
    return item
  }

  slots(state: State): number[] {
    const slots: number[] = []
    for (let at = state.firstOf(ROLE.item); at >= 0; at = state.firstOf(ROLE.item, at + ENTRY_WORDS)) slots.push(state.arg(at))
    return slots
  }

  #placeFor(state: State, priority: number, isBack: boolean): number {
    const order = this.#orderOf(state)
    const first = state.firstOf(ROLE.item)
    if (order === ORDER.lifo || (order === ORDER.fifo && isBack)) return first < 0 ? state.end : first
    if (order === ORDER.fifo) return state.end
    for (let at = first; at >= 0; at = state.firstOf(ROLE.item, at + ENTRY_WORDS)) {
      const other = state.extra(at)
      if (other > priority || (isBack && other === priority)) return at
    }
    return state.end
  }
}
