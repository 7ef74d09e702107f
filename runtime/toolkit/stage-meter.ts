// StageMeter — how much a stage of a pipeline has done, how fast, and how long items were in it.

/** Times are milliseconds. */
export interface StageReport {
  readonly stage: string
  readonly workers: number
  readonly done: number
  readonly failed: number
  /** Items by second, from the first that went in to the last that came out. */
  readonly throughput: number
  /** From going in to coming out, with the wait before a worker had time; the mean and the longest. */
  readonly latency: { readonly mean: number; readonly longest: number }
  /** What a worker took for an item, on average. */
  readonly work: number
  /** Which part of the workers' time was work, from 0 to 1: the stage with the highest sets the pace of all. */
  readonly busy: number
}

export class StageMeter {
  readonly #name: string
  readonly #workers: number
  readonly #inside = new Map<number, number>()
  #first: number | undefined
  #last = 0
  #done = 0
  #failed = 0
  #worked = 0
  #waited = 0
  #longest = 0

  constructor(name: string, workers: number) {
    this.#name = name
    this.#workers = workers
  }

  entered(index: number, now = performance.now()): void {
    this.#first ??= now
    this.#inside.set(index, now)
  }

  /** `ms`: what the worker took. */
  left(index: number, ms: number, now = performance.now()): void {
    const latency = now - (this.#inside.get(index) ?? now)
    this.#done++
    this.#worked += ms
    this.#waited += latency
    this.#longest = Math.max(this.#longest, latency)
    this.#out(index, now)
  }

  failed(index: number, now = performance.now()): void {
    this.#failed++
    this.#out(index, now)
  }

  report(): StageReport {
    const span = this.#last - (this.#first ?? this.#last)
    const mean = (sum: number): number => (this.#done === 0 ? 0 : sum / this.#done)
    return {
      stage: this.#name,
      workers: this.#workers,
      done: this.#done,
      failed: this.#failed,
      throughput: span > 0 ? (1000 * this.#done) / span : 0,
      latency: { mean: mean(this.#waited), longest: this.#longest },
      work: mean(this.#worked),
      busy: span > 0 ? Math.min(1, this.#worked / (span * this.#workers)) : 0,
    }
  }

  #out(index: number, now: number): void {
    this.#inside.delete(index)
    this.#last = now
  }
}
