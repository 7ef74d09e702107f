// ThreadBooks — the books of an actor in a thread, over all its incarnations, as the thread's owner keeps them.
// All that comes from outside of the thread passes its owner, who counts it there, or is counted as it comes from another thread, in memory
// that the owner reads; the thread counts what became of it, and what it told itself. What outlives the thread is sent once and settled once (promises M7, S9).

import { Books, type BooksView, type Counted, type HostBooks, type Reported } from "./books.js"

/** What is known of the messages on their way to the thread's actor. */
export interface Passed {
  /** Of others, in all its incarnations, with what came directly; and those of them that went back. */
  readonly relayed: number
  readonly refused: number
  /** Sent to the latest incarnation, what of that its actor was given, and what outlived it. */
  readonly sent: number
  readonly came: number
  readonly outlived: number
}

const NONE_PASSED: Passed = { relayed: 0, refused: 0, sent: 0, came: 0, outlived: 0 }

export class ThreadBooks implements HostBooks {
  readonly #passed: () => Passed
  readonly #past = new Books()
  /** Messages that came from within the thread, or came back to their senders. */
  #beside = 0

  constructor(passed: () => Passed | undefined) {
    this.#passed = () => passed() ?? NONE_PASSED
  }

  view({ posted, received }: Counted): BooksView {
    const passed = this.#passed()
    const now = new Books()
    now.add(this.#past.view())
    now.add(received.books)
    now.deadLettered += posted.refused + passed.refused
    now.sent = posted.posted + passed.relayed + this.#beside + besides(received, passed)
    return now.view()
  }

  /** An incarnation is dead: what it had not settled and does not outlive it is lost. */
  close(_incarnation: number, { received }: Counted): void {
    const passed = this.#passed()
    const beside = besides(received, passed)
    const now = new Books()
    now.add(received.books)
    this.#past.add(received.books)
    this.#past.lost += passed.sent + beside - passed.outlived - now.settled()
    this.#beside += beside
  }

  /** What others had sent was counted as it passed; what came back to them for good was not. */
  report({ refused }: Reported): void {
    this.#past.deadLettered += refused
    this.#beside += refused
  }
}

/** What the thread told its own actor. */
function besides({ books }: Counted["received"], { came }: Passed): number {
  return Math.max(0, books.sent - came)
}
