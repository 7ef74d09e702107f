// Backoff — how long to wait before the next try (promise S7, after Pekko's BackoffSupervisor).

import { BadOptionError } from "../errors.js"

export interface BackoffOptions {
  /** The first wait in milliseconds. @default 50 */
  readonly minMs: number
  /** The longest wait in milliseconds. @default 5000 */
  readonly maxMs: number
  /** What each wait is multiplied by. @default 2 */
  readonly factor: number
  /** The share of a wait that chance may add, 0 to 1. @default 0.1 */
  readonly jitter: number
}

/** @throws {BadOptionError} for impossible values. */
export function backoffOptions(given: Partial<BackoffOptions> = {}): BackoffOptions {
  const { minMs = 50, maxMs = 5000, factor = 2, jitter = 0.1 } = given
  if (!(minMs >= 0 && minMs < Infinity)) throw new BadOptionError("backoff.minMs", "a finite number, 0 or more", minMs)
  if (!(maxMs >= minMs && maxMs < Infinity))
    throw new BadOptionError("backoff.maxMs", `a finite number, ${String(minMs)} or more`, maxMs)
  if (!(factor >= 1 && factor < Infinity)) throw new BadOptionError("backoff.factor", "a finite number, 1 or more", factor)
  if (!(jitter >= 0 && jitter <= 1)) throw new BadOptionError("backoff.jitter", "a number from 0 to 1", jitter)
  return { minMs, maxMs, factor, jitter }
}

/** The wait before try number `tries` (0 is the first) in milliseconds; `chance` is from 0 to 1. */
export function backoffMs(options: BackoffOptions, tries: number, chance: number): number {
  const wait = Math.min(options.maxMs, options.minMs * options.factor ** tries)
  return wait * (1 + options.jitter * chance)
}
