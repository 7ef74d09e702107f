// Doorbell — one word of shared memory, by which one thread wakes another that has nothing to do.
// D1  Who waits sets the word first and looks once more then; who rings has changed what is looked at before. So no ring is missed.
// D2  One ring wakes once: until the word is set again, ringing costs a load.
// D3  A wait does not keep its event loop alive, and may be left pending: the next one joins it.

const QUIET = 0
const AWAITED = 1

/** The side that waits. */
export class Doorbell {
  readonly #words: Int32Array
  readonly #index: number
  readonly #rung: () => void
  #pending = false
  #open = true

  /** `rung` is called after each ring, now and then once more. */
  constructor(memory: SharedArrayBuffer, index: number, rung: () => void) {
    this.#words = new Int32Array(memory)
    this.#index = index
    this.#rung = rung
  }

  /** Asks to be woken. The caller looks once more whether there is something to do, and calls `cancel` if so and `wait` if not. */
  set(): void {
    Atomics.store(this.#words, this.#index, AWAITED)
  }

  cancel(): void {
    Atomics.store(this.#words, this.#index, QUIET)
  }

  wait(): void {
    if (this.#pending || !this.#open) return
    const { async: isPending, value } = Atomics.waitAsync(this.#words, this.#index, AWAITED)
    if (!isPending) {
      setImmediate(() => this.#wake())
      return
    }
    this.#pending = true
    void value.then(() => {
      this.#pending = false
      this.#wake()
    })
  }

  /** Blocks this thread until it is rung, or the time is over. */
  block(ms: number): void {
    Atomics.wait(this.#words, this.#index, AWAITED, ms)
  }

  /** Ends the wait, which would keep all this alive. */
  close(): void {
    this.#open = false
    this.cancel()
    Atomics.notify(this.#words, this.#index)
  }

  #wake(): void {
    if (this.#open) this.#rung()
  }
}

/** Wakes the other side, if it waits. */
export function ring(words: Int32Array, index: number): void {
  if (Atomics.load(words, index) !== AWAITED) return
  if (Atomics.compareExchange(words, index, AWAITED, QUIET) === AWAITED) Atomics.notify(words, index)
}
