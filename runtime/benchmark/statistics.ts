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

/**
 * The figure that a share of all figures does not exceed, by nearest rank.
 * @param sorted in ascending order
 * @returns undefined where there are too few figures to have one beyond it: p99 needs a hundred, p99.9 a thousand
 */
export function quantile(sorted: readonly number[], share: number): number | undefined {
  if (sorted.length * (1 - share) < 1 - 1e-9) return undefined
  return sorted[Math.max(0, Math.ceil(sorted.length * share - 1e-9) - 1)]
}
