// QuickLock — the most frequent cases of a lock without its rules: it is free and nobody waits, it is held and one comes to wait, it goes
// over to the only one who waits, and who waits looks whether it has.
// It writes what lock-rules would have written, into the member's own buffers, and publishes it as a block does; whatever else is the
// case is left to the rules. A test compares the two.
// One exchange publishes it: a process that is killed before has changed nothing that others read, and after it has its entry, as by the
// rules. A lock that a dead one holds is not free, so it is the rules that are asked, and whoever asks them looks for the dead.
// What is read may be overwritten meanwhile: the head says so then, and the exchange fails.

import { done, type Outcome, waiting } from "../operation.js"
import { ENTRY_WORDS, HEADER_WORDS, ROLE } from "../state.js"
import { at } from "./fault-points.js"

/** Where the state's words are: see state.ts, and the fields of lock-rules. */
const TICKET = 1
const FENCE = 2
const REENTRANT = 3
const POISONS = 4
const OWNER_DIED = 5
const POISONED = 6
const UNUSED = 7
const HOLDER = HEADER_WORDS
const WAITER = HEADER_WORDS + ENTRY_WORDS
const HELD_END = WAITER
const AWAITED_END = WAITER + ENTRY_WORDS
const OWNER = 1
const NUMBER = 2
const DEPTH = 3
const EXTRA = 4
/** The rules leave room for so many entries more than that of one who comes to wait. */
const LEAST_ENTRIES = 3

/** Where in a block's words the buffers lie, and which two are this member's: `mine` and the one after it. */
export interface BufferPlaces {
  readonly head: number
  readonly at: number
  readonly words: number
  readonly mine: number
  /** How many entries a buffer holds. */
  readonly entries: number
}

export class QuickLock {
  readonly #words: Int32Array
  readonly #places: BufferPlaces
  readonly #wake: (ticket: number) => void

  /** `wake` has the waiter with a ticket look. */
  constructor(words: Int32Array, places: BufferPlaces, wake: (ticket: number) => void) {
    this.#words = words
    this.#places = places
    this.#wake = wake
  }

  /** Undefined when the rules are to be asked, or somebody changes it at the same time. */
  acquire(owner: number, mayWait: boolean): Outcome | undefined {
    const words = this.#words
    const { entries } = this.#places
    const head = Atomics.load(words, this.#places.head)
    const from = this.#start(head & 0xff)
    if (words[from + OWNER_DIED] !== 0 || words[from + POISONED] !== 0) return undefined
    const end = words[from]
    const isFree = end === HEADER_WORDS
    if (!isFree && !(mayWait && end === HELD_END && entries >= LEAST_ENTRIES && this.#isHeldByOther(from, owner)))
      return undefined
    const ticket = nextTicket(words[from + TICKET] as number)
    const fence = ((words[from + FENCE] as number) + 1) | 0
    at("acquire", "read")
    const number = this.#spare(head)
    const to = this.#start(number)
    this.#copyHeader(from, to)
    words[to + TICKET] = ticket
    if (isFree) {
      words[to] = HELD_END
      words[to + FENCE] = fence
      this.#enter(to + HOLDER, ROLE.holding, owner, ticket)
    } else {
      words[to] = AWAITED_END
      for (let n = HOLDER; n < WAITER; n++) words[to + n] = words[from + n] as number
      this.#enter(to + WAITER, ROLE.waiting, owner, ticket)
    }
    if (!this.#publish("acquire", head, number)) return undefined
    return isFree ? done(ticket, 0, fence) : waiting(ticket)
  }

  /** Undefined when the rules are to be asked, or somebody changes it at the same time. */
  release(owner: number, ticket: number): Outcome | undefined {
    const words = this.#words
    const head = Atomics.load(words, this.#places.head)
    const from = this.#start(head & 0xff)
    const end = words[from]
    const isAwaited = end === AWAITED_END
    if ((end !== HELD_END && !isAwaited) || words[from + OWNER_DIED] !== 0 || ticket === 0) return undefined
    const holder = from + HOLDER
    const waiter = from + WAITER
    const isHis = words[holder] === ROLE.holding && words[holder + OWNER] === owner && words[holder + NUMBER] === ticket
    if (!isHis || words[holder + DEPTH] !== 1 || (isAwaited && words[waiter] !== ROLE.waiting)) return undefined
    const next = isAwaited ? (words[waiter + NUMBER] as number) : 0
    at("release", "read")
    const number = this.#spare(head)
    const to = this.#start(number)
    this.#copyHeader(from, to)
    if (isAwaited) {
      words[to] = HELD_END
      words[to + TICKET] = nextTicket(words[from + TICKET] as number)
      words[to + FENCE] = ((words[from + FENCE] as number) + 1) | 0
      this.#enter(to + HOLDER, ROLE.holding, words[waiter + OWNER] as number, next)
      words[to + HOLDER + DEPTH] = (words[waiter + DEPTH] as number) || 1
    } else words[to] = HEADER_WORDS
    if (!this.#publish("release", head, number)) return undefined
    if (isAwaited) {
      this.#wake(next)
      at("release", "woken")
    }
    return RELEASED
  }

  /** What became of a ticket, where it is that of the holder or of the first who waits. */
  check(ticket: number): Outcome | undefined {
    const words = this.#words
    const head = Atomics.load(words, this.#places.head)
    const from = this.#start(head & 0xff)
    const end = words[from] as number
    if (end < HELD_END || end > AWAITED_END) return undefined
    const place = words[from + HOLDER + NUMBER] === ticket ? HOLDER : WAITER
    if (place + ENTRY_WORDS > end || words[from + place + NUMBER] !== ticket) return undefined
    const role = words[from + place]
    const extra = words[from + place + EXTRA] as number
    const fence = words[from + FENCE] as number
    if (Atomics.load(words, this.#places.head) !== head) return undefined
    return role === ROLE.holding ? done(ticket, extra, fence) : waiting(ticket)
  }

  /** Where a buffer begins. */
  #start(number: number): number {
    return this.#places.at + number * this.#places.words
  }

  /** The one of this member's buffers that is not published. */
  #spare(head: number): number {
    const { mine } = this.#places
    return (head & 0xff) === mine ? mine + 1 : mine
  }

  #isHeldByOther(from: number, owner: number): boolean {
    const words = this.#words
    return words[from + HOLDER] === ROLE.holding && (words[from + REENTRANT] === 0 || words[from + HOLDER + OWNER] !== owner)
  }

  /** All but the first word. One by one, as a loop would take longer than the exchange. */
  #copyHeader(from: number, to: number): void {
    const words = this.#words
    words[to + TICKET] = words[from + TICKET] as number
    words[to + FENCE] = words[from + FENCE] as number
    words[to + REENTRANT] = words[from + REENTRANT] as number
    words[to + POISONS] = words[from + POISONS] as number
    words[to + OWNER_DIED] = words[from + OWNER_DIED] as number
    words[to + POISONED] = words[from + POISONED] as number
    words[to + UNUSED] = words[from + UNUSED] as number
  }

  // It is called for each: an object would be one allocation more.
  // eslint-disable-next-line @typescript-eslint/max-params
  #enter(place: number, role: number, owner: number, ticket: number): void {
    const words = this.#words
    words[place] = role
    words[place + OWNER] = owner
    words[place + NUMBER] = ticket
    words[place + DEPTH] = 1
    words[place + EXTRA] = 0
  }

  #publish(what: string, head: number, number: number): boolean {
    at(what, "stored")
    // The version goes up; the shift drops its overflow.
    const next = (((head >>> 8) + 1) << 8) | number
    if (Atomics.compareExchange(this.#words, this.#places.head, head, next) !== head) return false
    at(what, "committed")
    return true
  }
}

/** Tickets are above 0, also after 2^31 of them. */
function nextTicket(ticket: number): number {
  return (ticket + 1) & 0x7fff_ffff || 1
}

const RELEASED = done()
