// Intake — which of the messages that came to a thread from others are settled, in memory that outlives the thread.
// The thread writes it, its owner reads it: what is not settled when the thread dies waits for the next incarnation (promise S9).
// Both count the messages for the thread's own actor in the order in which the owner sent them. Those that came from other threads
// without passing the owner have an intake beside that one, and are counted as they come.
// I1  A message is settled here right before its handler is called, or when it is refused or dropped; so none is handled twice.
// I2  An ask is settled here after the ledger says that it was begun.
// I3  All below the mark are settled, and what was told of them has left the thread. The mark may lag.

const MARK = 0
const CAME = 1
const ARRIVED = 2
const HEAD_BYTES = 64

/** So many messages behind the mark are told apart; what comes beyond is not kept. */
export const INTAKE_WINDOW = 65_536
/** How much memory it takes. */
export const INTAKE_BYTES = HEAD_BYTES + INTAKE_WINDOW / 8

/** A message that did not come from outside of the thread. */
export const UNNUMBERED = -1
/** Messages of an intake beside another one are numbered downwards from here, in their deliveries. */
const BESIDE = -2

export class Intake {
  /** That of what other threads send directly, once one does. */
  beside: Intake | undefined
  readonly #isBeside: boolean

  readonly #words: Float64Array
  readonly #bits: Uint8Array
  /** Settled, and too far from the mark to be written down yet: runs of numbers, in order, and what did not come in order. */
  #runs: Run[] = []
  readonly #stragglers = new Set<number>()
  #mark = 0
  #arrived = 0
  #scheduled = false
  readonly #atTurnEnd = (): void => {
    this.#scheduled = false
    this.publish()
  }

  constructor(memory: Uint8Array, place: "owner" | "beside" = "owner") {
    this.#isBeside = place === "beside"
    this.#words = new Float64Array(memory.buffer, memory.byteOffset, HEAD_BYTES / Float64Array.BYTES_PER_ELEMENT)
    this.#bits = new Uint8Array(memory.buffer, memory.byteOffset + HEAD_BYTES, INTAKE_WINDOW / 8)
  }

  /** The number of the next that arrives. */
  get next(): number {
    return this.#arrived
  }

  /** How many behind the mark have arrived. */
  get open(): number {
    return this.#arrived - this.#mark
  }

  /** What a delivery is marked with that has that number here. */
  arrivalOf(number: number): number {
    return this.#isBeside ? BESIDE - number : number
  }

  /** Numbers for so many messages that have arrived: the first of them. */
  arrive(count: number): number {
    const first = this.#arrived
    this.#words[ARRIVED] = this.#arrived += count
    if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(this.#atTurnEnd)
    }
    return first
  }

  /** One of them is given to the actor. */
  came(): void {
    this.#words[CAME] = (this.#words[CAME] ?? 0) + 1
  }

  /** No later incarnation is to get that message, by its number or what its delivery is marked with. */
  settle(number: number): void {
    if (number < 0) {
      if (number !== UNNUMBERED) this.beside?.settle(BESIDE - number)
    } else if (number >= this.#mark + INTAKE_WINDOW) this.#settleBeyond(number)
    else setBit(this.#bits, number)
  }

  /** Whether that is known to be so. */
  isSettled(number: number): boolean {
    return number < this.#mark || (number < this.#mark + INTAKE_WINDOW && hasBit(this.#bits, number))
  }

  /** Whether a message that was not begun here is its owner's business, once the actor is over. */
  keeps({ arrival, begun }: { readonly arrival: number; readonly begun: boolean }): boolean {
    return arrival !== UNNUMBERED && !begun
  }

  /** Numbers that stand for no message. */
  settleAll(from: number, to: number): void {
    const end = Math.min(to, from + INTAKE_WINDOW)
    for (let number = from; number < end; number++) this.settle(number)
  }

  /** Moves the mark; called in a turn of its own, when what was told in earlier ones has left. */
  publish(): void {
    const from = this.#mark
    let mark = from
    while (mark < this.#arrived && mark < from + INTAKE_WINDOW && hasBit(this.#bits, mark)) mark++
    if (mark === from) return
    // The mark first: a bit that is cleared stands for a number one window further on.
    this.#words[MARK] = this.#mark = mark
    for (let number = from; number < mark; number++) clearBit(this.#bits, number)
    const end = mark + INTAKE_WINDOW
    let done = 0
    for (const run of this.#runs) {
      if (run.from >= end) break
      for (; run.from < run.to && run.from < end; run.from++) setBit(this.#bits, run.from)
      if (run.from < run.to) break
      done++
    }
    if (done > 0) this.#runs.splice(0, done)
    for (const number of this.#stragglers) {
      if (number >= end) continue
      this.#stragglers.delete(number)
      setBit(this.#bits, number)
    }
  }

  /** In a flood behind one slow message there are millions of them, nearly all of which are refused as they come: few runs. */
  #settleBeyond(number: number): void {
    const last = this.#runs.at(-1)
    if (last !== undefined && number === last.to) last.to++
    else if (last === undefined || number > last.to) this.#runs.push({ from: number, to: number + 1 })
    else this.#stragglers.add(number)
  }
}

/** Numbers from the first up to and without the second. */
interface Run {
  from: number
  to: number
}

/** The same memory, as others see it. */
export class IntakeView {
  readonly #words: Float64Array
  readonly #bits: Uint8Array

  constructor(memory: Uint8Array) {
    this.#words = new Float64Array(memory.buffer, memory.byteOffset, HEAD_BYTES / Float64Array.BYTES_PER_ELEMENT)
    this.#bits = new Uint8Array(memory.buffer, memory.byteOffset + HEAD_BYTES, INTAKE_WINDOW / 8)
  }

  /** All numbers below it are settled. */
  get mark(): number {
    return this.#words[MARK] ?? 0
  }

  /** How many the actor was given. */
  get came(): number {
    return this.#words[CAME] ?? 0
  }

  /** How many have arrived. */
  get arrived(): number {
    return this.#words[ARRIVED] ?? 0
  }

  isSettled(number: number): boolean {
    return number < this.mark || (number < this.mark + INTAKE_WINDOW && hasBit(this.#bits, number))
  }
}

const at = (number: number): number => (number % INTAKE_WINDOW) >> 3
const bit = (number: number): number => 1 << (number % 8)

function hasBit(bits: Uint8Array, number: number): boolean {
  return ((bits[at(number)] ?? 0) & bit(number)) !== 0
}

function setBit(bits: Uint8Array, number: number): void {
  bits[at(number)] = (bits[at(number)] ?? 0) | bit(number)
}

function clearBit(bits: Uint8Array, number: number): void {
  bits[at(number)] = (bits[at(number)] ?? 0) & ~bit(number)
}
