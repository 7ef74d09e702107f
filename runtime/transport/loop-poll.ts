// LoopPoll — keeps the event loop turning for a moment after a message, so that the next one is read without anybody being woken for it.
// Whether that pays is the window's to say.
// L1  It turns only as long as the window says, after the last message that came or left.
// L2  A message after a rest, and what answers it at once, says nothing of more to come: what is asked once in a while, such as whether
//     somebody is there, costs no looking.

import { readClock } from "../time/wall-clock.js"
import { PollWindow } from "./poll-window.js"

/** No message for so long is a rest, in milliseconds. */
const REST_MS = 1

/** The event loop that is to turn, and its time in milliseconds. */
export interface LoopClock {
  readonly now: () => number
  /** Has a function run when the loop comes round. */
  readonly nextTurn: (run: () => void) => unknown
}

const LOOP: LoopClock = { now: readClock, nextTurn: setImmediate }

export class LoopPoll {
  readonly #window = new PollWindow()
  #busyAt = -Infinity
  #isTurning = false
  /** Whether it turned since the last message: one that comes in the same turn needed no looking. */
  #hasWaited = false
  /** The last message was the first after a rest. */
  #isFirst = false
  #isOpen = true
  readonly #clock: LoopClock
  readonly #turn = (): void => {
    if (this.#isOpen && this.#clock.now() - this.#busyAt < this.#window.msAt(this.#busyAt)) {
      this.#hasWaited = true
      this.#clock.nextTurn(this.#turn)
      return
    }
    this.#isTurning = false
    this.#window.missed()
  }

  constructor(clock: LoopClock = LOOP) {
    this.#clock = clock
  }

  /** A message came. */
  came(): void {
    const now = this.#clock.now()
    const gapMs = this.#isFirst ? Infinity : now - this.#busyAt
    if (!this.#isTurning) this.#window.woken(gapMs, now)
    else if (this.#hasWaited) this.#window.hit()
    this.#lookAfter(now)
  }

  /** One left, and may be answered. */
  left(): void {
    this.#lookAfter(this.#clock.now())
  }

  close(): void {
    this.#isOpen = false
  }

  #lookAfter(now: number): void {
    const wasFirst = this.#isFirst
    this.#isFirst = now - this.#busyAt > REST_MS && !this.#isTurning
    this.#busyAt = now
    this.#hasWaited = false
    if (this.#isTurning || this.#isFirst || wasFirst || !this.#window.isOpen) return
    this.#isTurning = true
    this.#clock.nextTurn(this.#turn)
  }
}
