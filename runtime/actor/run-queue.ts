// RunQueue — which local actors have something to do, and when they get to do it.
// Owns the turns. Cells own what a step is.
// Q1  Work starts in a microtask, so an ask costs no trip through the event loop; what a turn of the rings brings, right behind it.
// Q2  After a budget of time spent since the last trip, the rest waits for `setImmediate`, so that I/O and timers never starve.
// Q3  What a step throws ends nobody but the runnable itself; the others of the turn take theirs.

import { readClock } from "../time/wall-clock.js"

/** Something that can take steps until it has nothing to do. */
export interface Runnable {
  /** Takes up to `steps` steps; returns how many it took. It schedules itself again when work is left. */
  run(steps: number): number
  /** A step of it threw: what state it is in nobody knows. */
  crash(thrown: unknown): void
}

const SOON = Promise.resolve()
const STEPS_PER_CELL = 128
const STEPS_PER_LOOK = 256
const BUDGET_MS = 4

export class RunQueue {
  #ready: Runnable[] = []
  #draining = false
  #scheduled = false
  #held = false
  #turnStart = 0
  #turnOpen = false
  #now = performance.now()
  readonly #failed: (error: unknown) => void
  readonly #drain = (): void => {
    this.#scheduled = false
    this.#work()
  }
  readonly #closeTurn = (): void => {
    this.#turnOpen = false
    if (this.#ready.length > 0 && !this.#scheduled) this.#drain()
  }

  /** `failed` is told of each step that threw. It must not throw. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  /** The time by `performance.now()`, at most one look old while messages are handled. */
  get now(): number {
    return this.#draining ? this.#now : performance.now()
  }

  /** Has a cell run soon. Callers make sure that a cell stands here once. */
  schedule(runnable: Runnable): void {
    this.#ready.push(runnable)
    if (this.#scheduled || this.#draining || this.#held) return
    this.#scheduled = true
    // A third of what queueMicrotask costs, which makes an async resource of each.
    void SOON.then(this.#drain)
  }

  /** What is scheduled from now on waits for `letGo`: for who brings messages where no code of anybody's is under way. */
  hold(): void {
    this.#held = true
  }

  /** Runs what was held, at once. */
  letGo(): void {
    this.#held = false
    if (this.#ready.length > 0 && !this.#scheduled) this.#work()
  }

  #work(): void {
    if (this.#draining) return
    this.#now = readClock()
    if (!this.#turnOpen) {
      this.#turnOpen = true
      this.#turnStart = this.#now
      setImmediate(this.#closeTurn)
    } else if (this.#now - this.#turnStart > BUDGET_MS) return // closeTurn goes on with it
    this.#draining = true
    let steps = 0
    let at = 0
    while (at < this.#ready.length) {
      const runnable = this.#ready[at++]
      if (runnable !== undefined) steps += this.#run(runnable)
      if (steps >= STEPS_PER_LOOK) {
        steps = 0
        this.#now = readClock()
        if (this.#now - this.#turnStart > BUDGET_MS) break
      }
    }
    this.#ready = at >= this.#ready.length ? [] : this.#ready.slice(at)
    this.#draining = false
  }

  #run(runnable: Runnable): number {
    try {
      return runnable.run(STEPS_PER_CELL)
    } catch (error) {
      this.#failed(error)
      try {
        runnable.crash(error)
      } catch (another) {
        this.#failed(another)
      }
      return STEPS_PER_CELL
    }
  }
}
