// SharedItems — what goes into a queue in shared memory and comes out of it, as far as nobody has to wait: one or many at a time.
// V1  An item is read before the decision that takes it is published. Who is killed before that has not had it.

import type { Got, ManyEngine } from "../engine.js"
import { type Operation, operation, type Outcome } from "../operation.js"
import { added, itemsIn } from "../rules/queue-rules.js"
import type { Block } from "./block.js"
import { at } from "./fault-points.js"
import type { Slots } from "./slots.js"

/** A put that was decided: where its item lies, and the slot's owner word. */
export interface Put {
  readonly outcome: Outcome
  readonly slot: number
  readonly word: number
}

export class SharedItems implements ManyEngine {
  readonly #block: Block
  readonly #slots: Slots
  readonly #owner: number
  readonly #requeues: boolean
  readonly #takeOne: Operation
  readonly #room: Operation
  /** What was read of the items that were taken. */
  readonly #read: { slot: number; word: number; bytes: Uint8Array }[] = []
  readonly #look: (out: readonly number[]) => void

  constructor(block: Block, slots: Slots, owner: number) {
    this.#block = block
    this.#slots = slots
    this.#owner = owner
    this.#requeues = block.plan.config[2] === 1
    this.#takeOne = operation("take", owner, { amount: 1 })
    this.#room = operation("room", owner)
    this.#look = (out) => {
      const read = this.#read
      // To set a length costs as much as to read an item.
      if (read.length !== out.length) read.length = out.length
      for (let n = 0; n < out.length; n++) {
        const slot = out[n] as number
        read[n] = { slot, word: slots.word(slot), bytes: slots.read(slot) }
      }
    }
  }

  get bytes(): number {
    return this.#slots.bytes
  }

  /** Puts an item, or has it wait in its slot; undefined when no slot is free. */
  put(given: Operation, bytes: Uint8Array): Put | undefined {
    const put = this.#put(given, bytes)
    // The dead may have the others.
    return put === undefined && this.#block.ground.tidied() ? this.#put(given, bytes) : put
  }

  /** Frees the slot of a put that came to nothing. */
  giveUp({ slot, word }: Put): void {
    this.#slots.free(slot, word)
  }

  /** Undefined when it has to wait. */
  get({ type }: Operation): Got | undefined {
    const outcome = this.#take(this.#takeOne)
    if (outcome.type === "done") return { outcome, gaveUp: undefined, bytes: this.#read[0]?.bytes }
    return outcome.type === "refused" && outcome.why === "empty" && type === "get"
      ? undefined
      : { outcome, gaveUp: undefined, bytes: undefined }
  }

  /** The bytes of what was got after a wait. */
  finish(outcome: Outcome): Uint8Array | undefined {
    if (outcome.type !== "done") return undefined
    const { value: slot, ticket } = outcome
    const slots = this.#slots
    const word = slots.word(slot)
    const bytes = slots.read(slot)
    const finished = this.#block.run(operation("finish", this.#owner, { ticket }))
    if (finished.type === "done" && finished.value === 1) slots.free(slot, word)
    at("get", "woken")
    return bytes
  }

  taskDone(given: Operation): Outcome {
    const slots = this.#slots
    let word = 0
    const outcome = this.#block.run(given, (_, decided) => {
      if (decided.type === "done" && decided.value > 0) word = slots.word(decided.value - 1)
    })
    // The item that was dealt with had kept its slot, for it might have had to go back.
    if (outcome.type === "done" && outcome.value > 0) slots.free(outcome.value - 1, word)
    return outcome
  }

  /** Closes it; frees the slots of what is dropped. */
  close(given: Operation): Outcome {
    const slots = this.#slots
    let dropped: { slot: number; word: number }[] = []
    const outcome = this.#block.run(given, (out) => {
      dropped = out.map((slot) => ({ slot, word: slots.word(slot) }))
    })
    for (const { slot, word } of dropped) slots.free(slot, word)
    return outcome
  }

  putNow(items: readonly Uint8Array[]): number {
    const { chain, rules } = this.#block
    const room = this.#block.run(this.#room)
    const most = room.type === "done" ? Math.min(room.value, items.length) : 0
    if (chain === undefined || most < 2) return 0
    const slots = this.#slots
    slots.enter()
    try {
      const mine: number[] = []
      for (let n = 0; n < most; n++) {
        const slot = slots.store(items[n] as Uint8Array)
        if (slot < 0) break
        const before = mine.at(-1)
        if (before !== undefined) chain.join(before, slot)
        mine.push(slot)
      }
      const [first = -1] = mine
      const last = mine.at(-1) ?? -1
      const isPut = this.#block.change("put", (state) => {
        const free = rules.decide(state, this.#room)
        if (mine.length === 0 || free.type !== "done" || free.value < mine.length) return false
        chain.putChain(state, { first, last, count: itemsIn(state) })
        added(state, mine.length)
        return true
      })
      if (isPut) return mine.length
      for (const slot of mine) slots.free(slot, slots.word(slot))
      return 0
    } finally {
      slots.leave()
    }
  }

  takeNow(most: number): Uint8Array[] {
    const outcome = this.#take(operation("take", this.#owner, { amount: most }))
    if (outcome.type !== "done") return []
    if (outcome.value > 1) this.#block.admit()
    return this.#read.map(({ bytes }) => bytes)
  }

  #put(given: Operation, bytes: Uint8Array): Put | undefined {
    const slots = this.#slots
    slots.enter()
    try {
      const slot = slots.store(bytes)
      if (slot < 0) return undefined
      const word = slots.word(slot)
      let outcome: Outcome | undefined
      try {
        outcome = this.#block.run({ ...given, slot })
      } finally {
        // What throws has changed nothing.
        if (outcome === undefined || outcome.type === "refused") slots.free(slot, word)
      }
      return { outcome, slot, word }
    } finally {
      slots.leave()
    }
  }

  /** What was taken has been read then. */
  #take(take: Operation): Outcome {
    const outcome = this.#block.run(take, this.#look)
    if (outcome.type === "done" && !this.#requeues) for (const { slot, word } of this.#read) this.#slots.free(slot, word)
    return outcome
  }
}
