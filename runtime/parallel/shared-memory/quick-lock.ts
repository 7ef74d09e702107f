// QuickLock — a lock that is free and nobody waits for, taken and given back without its rules: the most frequent case by far.
// It writes what lock-rules would have written, into the member's own buffers, and publishes it as a block does; whatever else is the
// case is left to the rules. A test compares the two.
// One exchange publishes it: a process that is killed before has changed nothing that others read, and after it has its entry, as by the
// rules. A lock that a dead one holds is not free, so it is the rules that are asked, and whoever asks them looks for the dead.

import { done, type Outcome } from "../operation.js"
import { HEADER_WORDS, ROLE } from "../state.js"
import { at } from "./fault-points.js"

/** Where the state's words are: see state.ts, and the fields of lock-rules. */
const TICKET = 1
const FENCE = 2
const REENTRANT = 3
const POISONS = 4
const OWNER_DIED = 5
const POISONED = 6
const UNUSED = 7
const ENTRY = HEADER_WORDS
const HELD_END = HEADER_WORDS + 5

/** Where in a block's words the buffers lie, and which two are this member's: `mine` and the one after it. */
export interface BufferPlaces {
  readonly head: number
  readonly at: number
  readonly words: number
  readonly mine: number
}

export class QuickLock {
  readonly #words: Int32Array
  readonly #places: BufferPlaces
  /** The head that the latest quick acquire has published, and who did. */
  #head = 0
  #ticket = 0
  #owner = 0

  constructor(words: Int32Array, places: BufferPlaces) {
    this.#words = words
    this.#places = places
  }

  /** Undefined when it is not free, or somebody changes it at the same time. */
  acquire(owner: number): Outcome | undefined {
    const words = this.#words
    const { head: headAt, at: buffers, words: length, mine } = this.#places
    const head = Atomics.load(words, headAt)
    const from = buffers + (head & 0xff) * length
    // What is read here may be overwritten meanwhile: the head says so then, and the exchange fails.
    if (words[from] !== HEADER_WORDS || words[from + OWNER_DIED] !== 0 || words[from + POISONED] !== 0) return undefined
    const ticket = ((words[from + TICKET] as number) + 1) & 0x7fff_ffff || 1
    const fence = ((words[from + FENCE] as number) + 1) | 0
    at("acquire", "read")
    const number = (head & 0xff) === mine ? mine + 1 : mine
    const to = buffers + number * length
    words[to] = HELD_END
    words[to + TICKET] = ticket
    words[to + FENCE] = fence
    words[to + REENTRANT] = words[from + REENTRANT] as number
    words[to + POISONS] = words[from + POISONS] as number
    words[to + OWNER_DIED] = 0
    words[to + POISONED] = 0
    words[to + UNUSED] = 0
    words[to + ENTRY] = ROLE.holding
    words[to + ENTRY + 1] = owner
    words[to + ENTRY + 2] = ticket
    words[to + ENTRY + 3] = 1
    words[to + ENTRY + 4] = 0
    at("acquire", "stored")
    const next = (((head >>> 8) + 1) << 8) | number
    if (Atomics.compareExchange(words, headAt, head, next) !== head) return undefined
    this.#head = next
    this.#ticket = ticket
    this.#owner = owner
    at("acquire", "committed")
    return done(ticket, 0, fence)
  }

  /** Undefined when something has changed since this member's quick acquire, or that was another. */
  release(owner: number, ticket: number): Outcome | undefined {
    if (ticket === 0 || ticket !== this.#ticket || owner !== this.#owner) return undefined
    const words = this.#words
    const { head: headAt, at: buffers, words: length, mine } = this.#places
    const head = this.#head
    this.#ticket = 0
    at("release", "read")
    const number = (head & 0xff) === mine ? mine + 1 : mine
    const from = buffers + (head & 0xff) * length
    const to = buffers + number * length
    // The buffer may be the published one, when another of this thread's changes came between: it may not be touched then.
    if (Atomics.load(words, headAt) !== head) return undefined
    words[to] = HEADER_WORDS
    for (let n = TICKET; n < HEADER_WORDS; n++) words[to + n] = words[from + n] as number
    at("release", "stored")
    if (Atomics.compareExchange(words, headAt, head, (((head >>> 8) + 1) << 8) | number) !== head) return undefined
    at("release", "committed")
    return RELEASED
  }
}

const RELEASED = done()
