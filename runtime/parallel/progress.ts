// Progress — how far a job is, told now and then.

/** How far a job of a pool is. */
export interface Progress {
  /** How many tasks there are in all; undefined while the input has not ended. */
  readonly total: number | undefined
  /** How many have a result or an error. */
  readonly done: number
  /** How many of those failed. */
  readonly failed: number
  /** How many times a task was run again because its worker died. */
  readonly retried: number
}

/** How often it is told, in milliseconds. */
const TELL_MS = 100

export class ProgressCount {
  total: number | undefined
  retried = 0
  #done = 0
  #failed = 0
  #toldAt = -Infinity
  #toldDone = -1

  get now(): Progress {
    return { total: this.total, done: this.#done, failed: this.#failed, retried: this.retried }
  }

  settled(how: "value" | "error"): void {
    this.#done++
    if (how === "error") this.#failed++
  }

  /** What is to be told at this time, at most every 100 ms; at the end in any case, unless that was told already. */
  due(now: number, isEnd: boolean): Progress | undefined {
    if (isEnd ? this.#done === this.#toldDone : now - this.#toldAt < TELL_MS) return undefined
    this.#toldAt = now
    this.#toldDone = this.#done
    return this.now
  }
}
