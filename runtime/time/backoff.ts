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
  /** After so many milliseconds without a failure the next wait is the first again. @default 10000 */
  readonly quietMs: number
}

const KNOWN: readonly string[] = ["minMs", "maxMs", "factor", "jitter", "quietMs"]
const DEFAULTS: BackoffOptions = Object.freeze(checked({}, "backoff"))

/** @throws {BadOptionError} for impossible values, naming the field below `field`. */
export function backoffOptions(given?: Partial<BackoffOptions>, field = "backoff"): BackoffOptions {
  return given === undefined ? DEFAULTS : checked(given, field)
}

function checked(given: Partial<BackoffOptions>, field: string): BackoffOptions {
  for (const key of Object.keys(given))
    if (!KNOWN.includes(key)) throw new BadOptionError(`${field}.${key}`, `one of ${KNOWN.join(", ")}`, key)
  const { minMs = 50, maxMs = Math.max(5000, minMs), factor = 2, jitter = 0.1, quietMs = 10_000 } = given
  if (!isFinite(minMs, 0)) throw new BadOptionError(`${field}.minMs`, "a finite number, 0 or more", minMs)
  if (!isFinite(maxMs, minMs)) throw new BadOptionError(`${field}.maxMs`, `a finite number, ${String(minMs)} or more`, maxMs)
  if (!isFinite(factor, 1)) throw new BadOptionError(`${field}.factor`, "a finite number, 1 or more", factor)
  if (!isFinite(jitter, 0) || jitter > 1) throw new BadOptionError(`${field}.jitter`, "a number from 0 to 1", jitter)
  if (!isFinite(quietMs, 0)) throw new BadOptionError(`${field}.quietMs`, "a finite number, 0 or more", quietMs)
  return { minMs, maxMs, factor, jitter, quietMs }
}

/** The wait before try number `tries` (0 is the first) in milliseconds; `chance` is from 0 to 1. */
export function backoffMs(options: BackoffOptions, tries: number, chance: number): number {
  // The power is infinite after a thousand tries, and no time at all taken so often is no number.
  const wait = options.minMs === 0 ? 0 : Math.min(options.maxMs, options.minMs * options.factor ** tries)
  return wait * (1 + options.jitter * chance)
}

function isFinite(value: unknown, least: number): boolean {
  return typeof value === "number" && value >= least && value < Infinity
}
