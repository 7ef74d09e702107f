// BatchSize — how many tasks go to a worker at a time, from how long they were measured to take.
// Few enough that the last ones are shared out evenly, and that little is lost with a worker; enough that carrying them costs little.

/** A batch is to keep a worker busy for so long: some hundred times what it costs to hand it over. */
export const BATCH_MS = 10
/** A batch is so many times the one before at most: the first tasks are slower than the rest, or faster. */
const GROWTH = 16
const LARGEST = 100_000
/** How many batches of each worker the rest is parted into at least, */
const SHARES = 4
/** but none of them is shorter than this: it would take longer to hand it over than to run it. */
const LEAST_MS = 0.5
/** Tasks that take longer are not handed over ahead: what waits for one of them is better done by somebody else. */
const SHORT_MS = 1

export class BatchSize {
  #meanMs: number | undefined
  #last = 1

  /** So many tasks took so long. */
  measured(tasks: number, spentMs: number): void {
    if (tasks < 1) return
    const meanMs = Math.max(spentMs / tasks, 1e-6)
    this.#meanMs = this.#meanMs === undefined ? meanMs : (this.#meanMs + meanMs) / 2
  }

  /** How many tasks the next batch is to have; `remaining` is how many are left, if that is known. */
  next({ remaining = Infinity, workers }: { readonly remaining?: number | undefined; readonly workers: number }): number {
    if (this.#meanMs === undefined) return 1
    const share = Math.max(Math.ceil(remaining / (workers * SHARES)), LEAST_MS / this.#meanMs)
    const size = Math.min(BATCH_MS / this.#meanMs, this.#last * GROWTH, share, LARGEST)
    return Math.max(1, Math.floor(size))
  }

  /** A batch of so many was handed over. */
  gave(tasks: number): void {
    this.#last = tasks
  }

  /** Whether a batch of so many is one that may wait at a worker for the one before: it is not for long. */
  isShort(tasks: number): boolean {
    const meanMs = this.#meanMs ?? Infinity
    return meanMs <= SHORT_MS && meanMs * tasks <= BATCH_MS && tasks <= this.#last
  }
}
