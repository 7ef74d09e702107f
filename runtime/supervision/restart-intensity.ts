// RestartIntensity — the restarts of late, and whether one more is admitted (promise S5, after Erlang/OTP's supervisor).

import { type IntensityOptions, intensityOptions } from "../actor/intensity-options.js"

const NONE: readonly number[] = []

export class RestartIntensity {
  readonly #options: IntensityOptions
  #restarts: readonly number[] = NONE

  /** @throws {BadOptionError} as `intensityOptions` does. */
  constructor(options?: Partial<IntensityOptions>) {
    this.#options = intensityOptions(options)
  }

  /** Notes a restart at `now` and says whether it is still within the limit. */
  admit(now: number): boolean {
    this.#forget(now)
    this.#restarts = [...this.#restarts, now]
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
