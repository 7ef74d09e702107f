// Blocked multiplication against the definition.

import { describe, expect, it } from "vitest"
import { randomFrom } from "../../actors/examples/harness/random.js"
import { BLOCK, multiply, times } from "../../actors/examples/matmul/kernel.js"

function matrixOf(n: number, seed: number): Float64Array {
  const random = randomFrom(seed)
  return Float64Array.from({ length: n * n }, () => random() - 0.5)
}

function naive(n: number, a: Float64Array, b: Float64Array): Float64Array {
  const c = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0
      for (let k = 0; k < n; k++) sum += (a[i * n + k] ?? NaN) * (b[k * n + j] ?? NaN)
      c[i * n + j] = sum
    }
  return c
}

describe("blocked multiplication", () => {
  it.each([1, 2, 7, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 5])(
    "of %i by that many gives exactly the definition's sums",
    (n) => {
      const [a, b] = [matrixOf(n, 1), matrixOf(n, 2)]
      const c = new Float64Array(n * n)
      multiply({ inner: n, columns: n }, { a, b, c })
      expect(c).toEqual(naive(n, a, b))
    },
  )

  it("by bands gives the same bits as at once", () => {
    const n = 70
    const [a, b] = [matrixOf(n, 3), matrixOf(n, 4)]
    const [whole, bands] = [new Float64Array(n * n), new Float64Array(n * n)]
    multiply({ inner: n, columns: n }, { a, b, c: whole })
    for (const [from, to] of [
      [0, 13],
      [13, 70],
    ] as const)
      multiply({ inner: n, columns: n }, { a: a.subarray(from * n, to * n), b, c: bands.subarray(from * n, to * n) })
    expect(bands).toEqual(whole)
  })

  it("by blocks, from some rows and some columns, gives the same bits too", () => {
    const [n, width] = [70, 20]
    const [a, b] = [matrixOf(n, 3), matrixOf(n, 4)]
    const [whole, block] = [new Float64Array(n * n), new Float64Array(10 * width)]
    multiply({ inner: n, columns: n }, { a, b, c: whole })
    const columns = Float64Array.from({ length: n * width }, (_, i) => b[Math.floor(i / width) * n + 50 + (i % width)] ?? NaN)
    multiply({ inner: n, columns: width }, { a: a.subarray(5 * n, 15 * n), b: columns, c: block })
    const expected = Float64Array.from(block, (_, i) => whole[(5 + Math.floor(i / width)) * n + 50 + (i % width)] ?? NaN)
    expect(block).toEqual(expected)
  })

  it("a matrix times a vector is a product with one column", () => {
    expect(times(Float64Array.of(1, 2, 3, 4), Float64Array.of(5, 6))).toEqual(Float64Array.of(17, 39))
  })
})
