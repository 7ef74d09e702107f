// Ledger — what a host has begun and what became of its messages, in memory that outlives the host.
// A thread writes into memory that it shares with its owner, a process into a file: what is written stays when it is killed.
// The host writes it, its owner reads it.
// L1  That an ask was begun stands in it before the ask's handler is called. It may say so of a few that were not begun yet.
// L2  What is told to others (an answer above all) stands in it before it is told.
// L3  Asks of one sender to one actor begin in the order of their numbers, so the highest number says it of all.

import { type Account, Books, BOOKS_WORDS, type BooksView, SharedBooks } from "./books.js"

const OVERFLOWS = BOOKS_WORDS
const BEATS = BOOKS_WORDS + 1
const ARRIVED = BOOKS_WORDS + 2
const FAREWELL = BOOKS_WORDS + 3
const BEGUN_AT = 16
const SLOTS = 112
const CAME_AT = BEGUN_AT + SLOTS
const WORDS = CAME_AT + SLOTS
const HEAD_BYTES = WORDS * Float64Array.BYTES_PER_ELEMENT
const NAME_BYTES = 128
/** As many as leave in one batch: what was written ahead of a handler that never returns counts as begun. */
const MOST_AHEAD = 128
/** How much memory a ledger takes. */
export const LEDGER_BYTES = HEAD_BYTES + SLOTS * NAME_BYTES

/** Who in a host was asked by whom, as a ledger names it; the number is that of the actor in its host. */
export function askerKey(asker: string, to: number): string {
  return to === 0 ? asker : `${asker}/${String(to)}`
}

/** What a host said before it went: that its actor has ended, that it is exiting, or nothing. */
export type Farewell = "missing" | "ended" | "exiting"

const FAREWELLS: readonly Farewell[] = ["missing", "ended", "exiting"]

/** What a dead host's ledger says. */
export interface LedgerView {
  readonly farewell: Farewell
  readonly books: Omit<BooksView, "inFlight">
  /** Of the messages that came to the host's own actor, how many came from whom; not all senders, when there were too many. */
  readonly came: Readonly<Record<string, number>>
  /** The highest number of an ask that may have begun, by asker; undefined when there were more askers than it could hold. */
  readonly begun: Readonly<Record<string, number>> | undefined
}

/** That of a host in which nothing has happened. */
export const EMPTY_LEDGER: LedgerView = { farewell: "missing", books: new Books().view(), came: {}, begun: {} }

/** Reads the ledger of a host, dead or alive. */
export function readLedger(memory: Uint8Array): LedgerView {
  const words = new Float64Array(memory.buffer, memory.byteOffset, WORDS)
  const begun: Record<string, number> = {}
  const came: Record<string, number> = {}
  for (let slot = 0; slot < SLOTS; slot++) {
    const at = HEAD_BYTES + slot * NAME_BYTES
    const length = memory[at] ?? 0
    if (length === 0) continue
    const key = String.fromCharCode(...memory.slice(at + 1, at + 1 + length))
    begun[key] = words[BEGUN_AT + slot] ?? 0
    came[key] = words[CAME_AT + slot] ?? 0
  }
  const books = new SharedBooks(words.slice(0, BOOKS_WORDS))
  // The host may have ended after a message was counted for its sender, and before the actor counted it.
  books.sent = Math.max(books.sent, words[ARRIVED] ?? 0)
  return {
    farewell: FAREWELLS[words[FAREWELL] ?? 0] ?? "missing",
    books: books.view(),
    came,
    begun: words[OVERFLOWS] === 0 ? begun : undefined,
  }
}

/** Where the count of heartbeats stands in a ledger, in bytes; it is one word. */
export const BEATS_AT = BEATS * Float64Array.BYTES_PER_ELEMENT

/** How often the loop of the host has beaten. */
export function readBeats(memory: Uint8Array): number {
  return new Float64Array(memory.buffer, memory.byteOffset, WORDS)[BEATS] ?? 0
}

/** Writes the first bytes of the ledger to where they outlive this host. */
export type Persist = (bytes: Uint8Array) => void

export class Ledger {
  /** The books of the host's own actor. */
  readonly books: Account
  readonly #bytes: Uint8Array
  readonly #words: Float64Array
  readonly #persist: Persist | undefined
  /** What was really begun, per slot; the words of the ledger may be ahead of it. */
  readonly #begun = new Float64Array(SLOTS)
  readonly #ahead = new Set<number>()
  readonly #free = Array.from({ length: SLOTS }, (_, i) => SLOTS - 1 - i)
  #stride = 1
  #begunSince = 0
  #dirty = false
  #scheduled = false
  readonly #atTurnEnd = (): void => {
    this.#scheduled = false
    this.settle()
  }

  /** Without `persist` the memory itself is what the owner reads. */
  constructor(memory: Uint8Array, persist?: Persist) {
    this.#bytes = memory
    this.#words = new Float64Array(memory.buffer, memory.byteOffset, WORDS)
    this.#persist = persist
    this.books = new SharedBooks(this.#words.subarray(0, BOOKS_WORDS), persist === undefined ? undefined : () => this.#touch())
  }

  /** A place for one asker; -1 when there is none left, and the ledger then says that it does not know all. */
  open(key: string): number {
    const slot = key.length < NAME_BYTES ? this.#free.pop() : undefined
    if (slot === undefined) {
      this.#words[OVERFLOWS] = 1
      this.#persist?.(this.#bytes.subarray(0, HEAD_BYTES))
      return -1
    }
    const at = HEAD_BYTES + slot * NAME_BYTES
    this.#words[BEGUN_AT + slot] = this.#words[CAME_AT + slot] = this.#begun[slot] = 0
    for (let i = 0; i < key.length; i++) this.#bytes[at + 1 + i] = key.charCodeAt(i)
    this.#bytes[at] = key.length
    this.#persist?.(this.#bytes)
    return slot
  }

  /** The asker is gone. */
  close(slot: number): void {
    if (slot < 0) return
    this.#bytes[HEAD_BYTES + slot * NAME_BYTES] = 0
    this.#ahead.delete(slot)
    this.#free.push(slot)
  }

  /**
   * An ask is about to begin. Into a file it is written some numbers ahead, for a write costs about a microsecond: as many as
   * began in the turn before, which is one where handlers take their time.
   */
  begin(slot: number, id: number): void {
    if (slot < 0) return
    if (this.#persist === undefined) {
      this.#words[BEGUN_AT + slot] = Math.max(id, this.#words[BEGUN_AT + slot] ?? 0)
      return
    }
    if (id > (this.#begun[slot] ?? 0)) this.#begun[slot] = id
    this.#begunSince++
    this.#touch()
    if (id <= (this.#words[BEGUN_AT + slot] ?? 0)) return
    this.#words[BEGUN_AT + slot] = id + this.#stride - 1
    this.#ahead.add(slot)
    this.#stride = Math.min(this.#stride * 2, MOST_AHEAD)
    this.#write()
  }

  /** A message of that sender has come to the host's own actor, which is about to count it. A thread is not ended between the two writes. */
  came(slot: number): void {
    if (slot < 0) return
    this.#words[CAME_AT + slot] = (this.#words[CAME_AT + slot] ?? 0) + 1
    this.#words[ARRIVED] = this.books.sent + 1
  }

  /** The host's loop has come round: a sign of life for whoever reads this from outside. */
  beat(): void {
    this.#words[BEATS] = (this.#words[BEATS] ?? 0) + 1
    this.#write()
  }

  /** The host is about to go. What was said first stands. */
  say(farewell: Farewell): void {
    if (this.#words[FAREWELL] !== 0) return
    this.#words[FAREWELL] = FAREWELLS.indexOf(farewell)
    this.#write()
  }

  /** Makes it exact; called before anything is told to others, and at the end of a turn. */
  settle(): void {
    if (!this.#dirty) return
    this.#dirty = false
    for (const slot of this.#ahead) this.#words[BEGUN_AT + slot] = this.#begun[slot] ?? 0
    this.#ahead.clear()
    // What is settled without a beginning since, as when the last answer is counted after it has left, says nothing of the next batch.
    if (this.#begunSince > 0) this.#stride = Math.min(this.#begunSince, MOST_AHEAD)
    this.#begunSince = 0
    this.#write()
  }

  #touch(): void {
    this.#dirty = true
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#atTurnEnd)
  }

  #write(): void {
    this.#persist?.(this.#bytes.subarray(0, HEAD_BYTES))
  }
}
