// One-dimensional heat diffusion, u_t = u_xx on [0, 1] with u = 0 at both ends, by the explicit scheme (forward in time, centred in space).
// With r = Δt/Δx² = 1/6 the errors of time and space cancel in their first order.
// Source: G. D. Smith, "Numerical Solution of Partial Differential Equations", chapter 2.

export const R = 1 / 6

/** Cells at each side of a chunk that belong to its neighbours. */
export interface Chunk {
  /** The chunk with its halo; the first and last cells of the rod have none beyond them. */
  readonly cells: Float64Array
  /** Whether the left, the right end of the rod is in it: there u stays 0. */
  readonly ends: { readonly left: boolean; readonly right: boolean }
}

/**
 * Does some steps. Each step makes one more cell at each side that is not an end of the rod worthless, because its neighbour is
 * not there; a halo of as many cells as steps pays for that.
 * @param spare as long as the chunk; overwritten
 * @returns the array, of the two, that holds the result
 */
export function advance({ cells, ends }: Chunk, steps: number, spare: Float64Array): Float64Array {
  let now = cells
  let next = spare
  const last = cells.length - 1
  for (let step = 1; step <= steps; step++) {
    const from = ends.left ? 1 : step
    const to = ends.right ? last - 1 : last - step
    for (let i = from; i <= to; i++) {
      const here = now[i] as number
      next[i] = here + R * ((now[i - 1] as number) - 2 * here + (now[i + 1] as number))
    }
    if (ends.left) next[0] = 0
    if (ends.right) next[last] = 0
    ;[now, next] = [next, now]
  }
  return now
}

/** Two waves on a rod of so many cells: the long one lasts, the short one fades as it should be seen to. */
export function initial(cells: number): Float64Array {
  return Float64Array.from({ length: cells }, (_, i) => exact(cells, i, 0))
}

/** What the temperature of a cell is after so many steps, by the analytic solution. */
export function exact(cells: number, i: number, steps: number): number {
  const x = i / (cells - 1)
  const time = (steps * R) / (cells - 1) ** 2
  const wave = (n: number): number => Math.sin(n * Math.PI * x) * Math.exp(-((n * Math.PI) ** 2) * time)
  return wave(1) + 0.5 * wave(shortWave(cells))
}

/** Half waves of the short one: a hundred cells each, and at least two. */
function shortWave(cells: number): number {
  return Math.max(2, Math.floor(cells / 100))
}
