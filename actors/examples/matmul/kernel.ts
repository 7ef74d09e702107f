// Blocked matrix multiplication, C = A·B, row by row in one array each.
// Source of the blocking: M. Lam, E. Rothberg, M. Wolf, "The cache performance and optimizations of blocked algorithms" (1991).

/** Rows and columns that are worked on at once: three blocks of that size fit into a first-level cache's neighbour. */
export const BLOCK = 64

/** C = A·B: how long the sums are, and how many columns B and C have. */
export interface Shape {
  readonly inner: number
  readonly columns: number
}

/**
 * Adds a product to `c`, which has as many rows as `a`; all three may be cut out of larger ones.
 * The sums run over k in the same order however the matrices are cut, so every cut gives the same bits.
 */
export function multiply(
  { inner, columns }: Shape,
  { a, b, c }: { readonly a: Float64Array; readonly b: Float64Array; readonly c: Float64Array },
): void {
  const rows = a.length / inner
  for (let k0 = 0; k0 < inner; k0 += BLOCK) {
    const k1 = Math.min(inner, k0 + BLOCK)
    for (let j0 = 0; j0 < columns; j0 += BLOCK) {
      const j1 = Math.min(columns, j0 + BLOCK)
      for (let i = 0; i < rows; i++) {
        const row = i * columns
        for (let k = k0; k < k1; k++) {
          const factor = a[i * inner + k] as number
          const from = k * columns
          for (let j = j0; j < j1; j++) c[row + j] = (c[row + j] as number) + factor * (b[from + j] as number)
        }
      }
    }
  }
}

/** M·x. */
export function times(matrix: Float64Array, x: Float64Array): Float64Array {
  const n = x.length
  return Float64Array.from(x, (_, i) => {
    let sum = 0
    for (let j = 0; j < n; j++) sum += (matrix[i * n + j] as number) * (x[j] as number)
    return sum
  })
}
