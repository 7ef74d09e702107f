// IntensityOptions — how many restarts within which time are still admitted (promise S5).

import { BadOptionError } from "../errors.js"

export interface IntensityOptions {
  /** @default 3 */
  readonly maxRestarts: number
  /** Milliseconds. @default 5000 */
  readonly withinMs: number
}

const DEFAULTS: IntensityOptions = Object.freeze({ maxRestarts: 3, withinMs: 5000 })

const KNOWN: readonly string[] = ["maxRestarts", "withinMs"]

/** @throws {BadOptionError} for a negative count or a period that is not above 0, naming the field below `field`. */
export function intensityOptions(given: Partial<IntensityOptions> = DEFAULTS, field = "intensity"): IntensityOptions {
  if (given === DEFAULTS) return DEFAULTS
  for (const key of Object.keys(given))
    if (!KNOWN.includes(key)) throw new BadOptionError(`${field}.${key}`, `one of ${KNOWN.join(", ")}`, key)
  const { maxRestarts = DEFAULTS.maxRestarts, withinMs = DEFAULTS.withinMs } = given
  if (!Number.isSafeInteger(maxRestarts) || maxRestarts < 0)
    throw new BadOptionError(`${field}.maxRestarts`, "an integer, 0 or more", maxRestarts)
  if (typeof withinMs !== "number" || !(withinMs > 0) || withinMs === Infinity)
    throw new BadOptionError(`${field}.withinMs`, "a finite number of milliseconds above 0", withinMs)
  return { maxRestarts, withinMs }
}
