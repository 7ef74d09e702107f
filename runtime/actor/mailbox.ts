// Mailbox — what waits for one actor, in order.
// Owns the queue. The cell owns what becomes of what the mailbox refuses or pushes out.
// X1  Notices (timers, death notices) keep their place in the order but do not count against the capacity (promise M5).
// X2  The queue is a circular array whose size is a power of two, or none at first; taken slots are cleared, so nothing handled is kept alive.
// X3  A small array goes back when the mailbox is empty, for the next mailbox that needs one: there may be a million that wait for nothing.

import { Delivery } from "./delivery.js"
import type { MailboxOptions } from "./mailbox-options.js"

/** Something the runtime tells an actor in order with its messages. `valid` is asked when its turn comes (promise T1). */
export interface Notice {
  valid(): boolean
  run(): unknown
}

export type Admission = "accepted" | "refused" | Delivery

const WAITING_FACTOR = 10
type Slots = (Delivery | Notice | undefined)[]

const FIRST_SLOTS = 4
/** Of an empty mailbox. */
const NO_SLOTS: Slots = []
/** Arrays of FIRST_SLOTS that are empty, and nobody's. */
const spare: Slots[] = []
const SPARE_ARRAYS = 256

export class Mailbox {
  #slots = NO_SLOTS
  #head = 0
  #length = 0
  #messages = 0
  readonly #options: MailboxOptions

  constructor(options: MailboxOptions) {
    this.#options = options
  }

  /** Everything that waits, notices included. */
  get length(): number {
    return this.#length
  }

  /** User messages that wait. */
  get messages(): number {
    return this.#messages
  }

  get capacity(): number {
    return this.#options.capacity
  }

  /** Puts a message last: `accepted`, `refused`, or the older message that was pushed out for it. */
  admit(delivery: Delivery): Admission {
    const { capacity, overflow } = this.#options
    let out: Delivery | undefined
    if (this.#messages >= capacity) {
      if (overflow === "reject" || overflow === "drop-newest") return "refused"
      if (overflow === "wait" && this.#messages >= capacity * (1 + WAITING_FACTOR)) return "refused"
      if (overflow === "drop-oldest") out = this.#dropOldest()
    }
    this.#push(delivery)
    this.#messages++
    return out ?? "accepted"
  }

  /** Puts a notice last. */
  notify(notice: Notice): void {
    this.#push(notice)
  }

  /** Puts messages first, in the order given; they were admitted before and are not refused now. */
  unshift(deliveries: readonly Delivery[]): void {
    for (let i = deliveries.length - 1; i >= 0; i--) {
      if (this.#length === this.#slots.length) this.#grow()
      this.#head = (this.#head - 1) & (this.#slots.length - 1)
      this.#slots[this.#head] = deliveries[i]
      this.#length++
      this.#messages++
    }
  }

  /** Takes what is first. */
  shift(): Delivery | Notice | undefined {
    if (this.#length === 0) return undefined
    const entry = this.#slots[this.#head]
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#slots.length - 1)
    this.#length--
    if (entry instanceof Delivery) this.#messages--
    if (this.#length === 0) this.#rest()
    return entry
  }

  /** Empties it; notices are forgotten, messages returned in order. */
  clear(): Delivery[] {
    const left: Delivery[] = []
    for (let entry = this.shift(); entry !== undefined; entry = this.shift()) if (entry instanceof Delivery) left.push(entry)
    return left
  }

  #push(entry: Delivery | Notice): void {
    if (this.#length === this.#slots.length) this.#grow()
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = entry
    this.#length++
  }

  #dropOldest(): Delivery | undefined {
    const mask = this.#slots.length - 1
    for (let i = 0; i < this.#length; i++) {
      const entry = this.#slots[(this.#head + i) & mask]
      if (!(entry instanceof Delivery)) continue
      // Notices ahead of it move up by one, so that the order of the rest stays as it was.
      for (let j = i; j > 0; j--) this.#slots[(this.#head + j) & mask] = this.#slots[(this.#head + j - 1) & mask]
      this.#slots[this.#head] = undefined
      this.#head = (this.#head + 1) & mask
      this.#length--
      this.#messages--
      return entry
    }
    return undefined
  }

  /** Gives a small array back; a larger one will be needed again. */
  #rest(): void {
    if (this.#slots.length !== FIRST_SLOTS || spare.length === SPARE_ARRAYS) return
    spare.push(this.#slots)
    this.#slots = NO_SLOTS
    this.#head = 0
  }

  #grow(): void {
    const size = this.#slots.length
    if (size === 0) {
      this.#slots = spare.pop() ?? newSlots(FIRST_SLOTS)
      return
    }
    const slots = newSlots(size * 2)
    for (let i = 0; i < this.#length; i++) slots[i] = this.#slots[(this.#head + i) & (size - 1)]
    this.#slots = slots
    this.#head = 0
  }
}

function newSlots(size: number): Slots {
  return new Array<Delivery | Notice | undefined>(size).fill(undefined)
}
