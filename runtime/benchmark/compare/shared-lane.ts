// SharedLane — payloads handed over in memory that two threads, or two processes, have in common.
// One side hands over, the other serves; each side alone writes its own counter.
//
//   i32 head · i32 tail · i32 state · i32 slots · i32 slot bytes · i32 sleepers · then per slot: length, kind, sequence, receipt · then the slots
//
// L1  The sender writes a slot before it moves head past it, the receiver the receipt before it moves tail past it.
// L2  A slot is written again only after tail has passed it.
// L3  Counters are Atomics' and sequentially consistent; everything else is plain memory, ordered by them.

import { type Check, type Parcel, packed, receiptOf, unpacked } from "./parcel.js"
import { copiedThere } from "./copy-counter.js"
import { threadCpuNs } from "./cpu-clock.js"
import type { Wait } from "./wait.js"

const HEAD = 0
const TAIL = 1
const STATE = 2
const SLOTS = 3
const SLOT_BYTES = 4
/** How many of the two sides sleep, where they are processes. */
export const LANE_SLEEPERS = 5
/** Of what the receiver answers: two words, read as a float. */
const ANSWER_AT = 64
const SLOT_TABLE = 128
const SLOT_WORDS = 4
const MOST_SLOTS = 64
/** Where the payloads begin: after the table, on a page of their own. */
const AREA = 4096

const READY = 1
const CLOSED = 2

const KINDS = ["bytes lines", "bytes whole", "value lines", "value whole", "cpu", "copied"] as const
type Kind = (typeof KINDS)[number]
type Question = Extract<Kind, "cpu" | "copied">

/** Looks without a pause for so long before it waits. */
const SPIN_MS = 0.05
const SILENT_MS = 30_000

const ROOM = 2 ** 20

/** The bytes of memory for payloads up to a size. */
export function laneBytes(largest: number): number {
  return AREA + Math.max(ROOM, largest)
}

/** As many as a megabyte holds, 64 at most, 1 at least. */
function slotCount(slotBytes: number): number {
  return Math.max(1, Math.min(MOST_SLOTS, Math.floor(ROOM / slotBytes)))
}

export class SharedLane {
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #answer: Float64Array
  readonly #wait: Wait

  constructor(memory: ArrayBufferLike, wait: Wait) {
    this.#words = new Int32Array(memory, 0, AREA / 4)
    this.#bytes = new Uint8Array(memory)
    this.#answer = new Float64Array(memory, ANSWER_AT, 1)
    this.#wait = wait
  }

  /** Divides the memory into slots. For the sending side, while nothing is under way. */
  prepare(slotBytes: number): void {
    Atomics.store(this.#words, SLOTS, slotCount(slotBytes))
    Atomics.store(this.#words, SLOT_BYTES, slotBytes)
  }

  get slots(): number {
    return Atomics.load(this.#words, SLOTS)
  }

  get isReady(): boolean {
    return Atomics.load(this.#words, STATE) === READY
  }

  close(): void {
    Atomics.store(this.#words, STATE, CLOSED)
    this.#wait.wake(this.#words, HEAD)
  }

  /** Hands one over and waits for its receipt. */
  hand(parcel: Parcel): number {
    const at = this.#put(parcel)
    this.#await(at)
    return this.#receipt(at)
  }

  /** Puts one into the next slot, which must be free. @returns its number, for `receipt` */
  push(parcel: Parcel): number {
    return this.#put(parcel)
  }

  /** Waits for the receipt of a pushed one. */
  receipt(at: number): number {
    this.#await(at)
    return this.#receipt(at)
  }

  /** Nanoseconds of processor time that the serving thread has taken, or bytes that were copied there. */
  ask(question: Question): number | undefined {
    const at = Atomics.load(this.#words, HEAD)
    this.#describe(at, question, 0, 0)
    this.#publish(at)
    this.#await(at)
    const figure = this.#answer[0] ?? -1
    return figure < 0 ? undefined : figure
  }

  /** Serves until the lane is closed, or until `isOver` says so; it is asked while there is nothing to do. */
  serve(isOver: () => boolean): void {
    Atomics.store(this.#words, STATE, READY)
    this.#wait.wake(this.#words, STATE)
    let next = Atomics.load(this.#words, TAIL)
    for (;;) {
      const ended = (): boolean => Atomics.load(this.#words, STATE) === CLOSED || isOver()
      if (!this.#changed(HEAD, next, ended)) return
      this.#serveOne(next)
      next = (next + 1) | 0
      Atomics.store(this.#words, TAIL, next)
      this.#wait.wake(this.#words, TAIL)
    }
  }

  #serveOne(at: number): void {
    const row = this.#row(at)
    const length = this.#words[row] ?? 0
    const kind = KINDS[this.#words[row + 1] ?? 0] ?? "cpu"
    const sequence = this.#words[row + 2] ?? 0
    if (kind === "cpu" || kind === "copied") {
      this.#answer[0] = (kind === "cpu" ? threadCpuNs() : copiedThere()) ?? -1
      return
    }
    const from = this.#start(at)
    const bytes = this.#bytes.subarray(from, from + length)
    const [type, check] = kind.split(" ") as [string, Check]
    // msgpackr's compiled part must not be given shared memory: it takes the process down.
    const body = type === "bytes" ? bytes : unpacked(bytes.slice())
    this.#words[row + 3] = receiptOf({ sequence, check, body }) | 0
  }

  #put(parcel: Parcel): number {
    const at = Atomics.load(this.#words, HEAD)
    const isBytes = parcel.body instanceof Uint8Array
    const bytes = parcel.body instanceof Uint8Array ? parcel.body : packed(parcel.body)
    const room = Atomics.load(this.#words, SLOT_BYTES)
    if (bytes.length > room) throw new RangeError(`a slot holds ${String(room)} bytes, not ${String(bytes.length)}`)
    this.#bytes.set(bytes, this.#start(at))
    this.#describe(at, `${isBytes ? "bytes" : "value"} ${parcel.check}`, bytes.length, parcel.sequence)
    this.#publish(at)
    return at
  }

  // eslint-disable-next-line @typescript-eslint/max-params -- one row of the table, on the path that is measured
  #describe(at: number, kind: Kind, length: number, sequence: number): void {
    const row = this.#row(at)
    this.#words[row] = length
    this.#words[row + 1] = KINDS.indexOf(kind)
    this.#words[row + 2] = sequence
  }

  #publish(at: number): void {
    Atomics.store(this.#words, HEAD, (at + 1) | 0)
    this.#wait.wake(this.#words, HEAD)
  }

  #await(at: number): void {
    for (let tail = Atomics.load(this.#words, TAIL); ((tail - at) | 0) <= 0; tail = Atomics.load(this.#words, TAIL)) {
      const since = performance.now()
      const silent = (): boolean => performance.now() - since > SILENT_MS
      if (!this.#changed(TAIL, tail, silent)) throw new Error(`the other side gave no sign for ${String(SILENT_MS / 1000)} s`)
    }
  }

  /** Waits until a counter is no longer what it was; false when it was given up. */
  #changed(counter: number, was: number, givenUp: () => boolean): boolean {
    const words = this.#words
    if (Atomics.load(words, counter) !== was) return true
    const until = performance.now() + SPIN_MS
    while (performance.now() < until) if (Atomics.load(words, counter) !== was) return true
    while (Atomics.load(words, counter) === was) {
      if (givenUp()) return false
      this.#wait.wait({ words, at: counter, value: was })
    }
    return true
  }

  #receipt(at: number): number {
    return (this.#words[this.#row(at) + 3] ?? 0) >>> 0
  }

  #row(at: number): number {
    return SLOT_TABLE / 4 + ((at >>> 0) % this.slots) * SLOT_WORDS
  }

  #start(at: number): number {
    return AREA + ((at >>> 0) % this.slots) * Atomics.load(this.#words, SLOT_BYTES)
  }
}
