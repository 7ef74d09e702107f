// What several rounds of one case say together.

export interface Spread {
  readonly min: number
  readonly median: number
  /** Nearest-rank; the largest figure when there are fewer than a hundred. */
  readonly p99: number
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
  const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? max
  return { min, median, p99, max }
}
