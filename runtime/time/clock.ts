// Clock — where time comes from. Injected, so that tests can move it.

/** Milliseconds since some fixed moment; never goes back. */
export interface Clock {
  now(): number
}

export const CLOCK: unique symbol = Symbol("Clock")

/** The monotonic clock of this thread. */
export const systemClock: Clock = { now: () => performance.now() }

/** A clock that moves only when told to. */
export class ManualClock implements Clock {
  #now = 0

  now(): number {
    return this.#now
  }

  /** Moves the clock by some milliseconds. */
  advance(ms: number): void {
    this.#now += ms
  }
}
