// LongTimer — calls once, after a span of any length.
// Node.js itself waits 2^31 - 1 ms (24.8 days) at most, and fires a longer timer at once; this one waits in several goes.

/** What Node.js can wait for in one go. */
const LONGEST_MS = 0x7fff_ffff

export class LongTimer {
  readonly #fire: () => void
  #handle: NodeJS.Timeout
  #unref = false

  /** Calls `fire` after that many milliseconds; never for Infinity. */
  constructor(spanMs: number, fire: () => void) {
    this.#fire = fire
    this.#handle = this.#wait(spanMs)
  }

  /** Takes it back; does nothing once it has fired. */
  cancel(): void {
    clearTimeout(this.#handle)
  }

  /** Does not keep the program alive any more. */
  unref(): this {
    this.#unref = true
    this.#handle.unref()
    return this
  }

  #wait(leftMs: number): NodeJS.Timeout {
    if (leftMs <= LONGEST_MS) return setTimeout(this.#fire, leftMs)
    return setTimeout(() => {
      this.#handle = this.#wait(leftMs - LONGEST_MS)
      if (this.#unref) this.#handle.unref()
    }, LONGEST_MS)
  }
}
