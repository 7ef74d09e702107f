// What several rounds of one case say together.

export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

/** @throws {RangeError} for no figures. */
export function spreadOf(figures: readonly number[]): Spread {
  const sorted = [...figures].sort((a, b) => a - b)
  const [min] = sorted
  const max = sorted.at(-1)
  if (min === undefined || max === undefined) throw new RangeError("no figures")
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? max
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? min) + upper) / 2
  return { min, median, max }
}
