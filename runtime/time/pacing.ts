// Pacing — when the next try of something that keeps failing is due (promise S7).
// Owns the count of failures in a row. A quiet time in between starts the count anew.

import { backoffMs, type BackoffOptions, backoffOptions } from "./backoff.js"

export class Pacing {
  readonly #options: BackoffOptions
  readonly #isFirstAtOnce: boolean
  #failures = 0
  #lastAt = -Infinity

  /** Without options of one's own the first try comes at once; with them the first wait comes before it. */
  constructor(given?: Partial<BackoffOptions>) {
    this.#options = backoffOptions(given)
    this.#isFirstAtOnce = given === undefined
  }

  /** Notes a failure at `now`; gives the wait before the next try, in milliseconds. `chance` is from 0 to 1. */
  failed(now: number, chance: number): number {
    if (now - this.#lastAt >= this.#options.quietMs) this.#failures = 0
    this.#lastAt = now
    const tries = this.#failures++
    if (!this.#isFirstAtOnce) return backoffMs(this.#options, tries, chance)
    return tries === 0 ? 0 : backoffMs(this.#options, tries - 1, chance)
  }
}
