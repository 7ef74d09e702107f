// RestartIntensity — how many restarts within which time are still admitted (promise S5, after Erlang/OTP's supervisor).

import { BadOptionError } from "../errors.js"

export interface IntensityOptions {
  /** @default 3 */
  readonly maxRestarts: number
  /** Milliseconds. @default 5000 */
  readonly withinMs: number
}

export class RestartIntensity {
  readonly #options: IntensityOptions
  #restarts: number[] = []

  /** @throws {BadOptionError} for a negative count or a period that is not above 0. */
  constructor(options: Partial<IntensityOptions> = {}) {
    const { maxRestarts = 3, withinMs = 5000 } = options
    if (!Number.isSafeInteger(maxRestarts) || maxRestarts < 0)
      throw new BadOptionError("maxRestarts", "an integer, 0 or more", maxRestarts)
    if (!(withinMs > 0) || withinMs === Infinity)
      throw new BadOptionError("withinMs", "a finite number of milliseconds above 0", withinMs)
    this.#options = { maxRestarts, withinMs }
  }

  /** Notes a restart at `now` and says whether it is still within the limit. */
  admit(now: number): boolean {
    this.#forget(now)
    this.#restarts.push(now)
    return this.#restarts.length <= this.#options.maxRestarts
  }

  /** How many more restarts would be admitted at `now`. */
  left(now: number): number {
    this.#forget(now)
    return Math.max(0, this.#options.maxRestarts - this.#restarts.length)
  }

  #forget(now: number): void {
    const since = now - this.#options.withinMs
    this.#restarts = this.#restarts.filter((at) => at > since)
  }
}
