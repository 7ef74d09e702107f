// Sums, running sums and the scan of Blelloch against the obvious loops; the tree of workers as a tree.

import { describe, expect, it } from "vitest"
import { expectedSum, wholeNumbers } from "../../actors/examples/reduction.js"
import { childrenOf, exclusiveScan, runningSums, sumOf } from "../../actors/examples/scan/kernel.js"

describe("a scan", () => {
  it.each([0, 1, 2, 3, 7, 8, 9, 100])("of %i numbers gives what came before each", (length) => {
    const numbers = Array.from({ length }, (_, i) => (i * 7) % 13)
    expect(exclusiveScan(numbers)).toEqual(numbers.map((_, at) => numbers.slice(0, at).reduce((sum, one) => sum + one, 0)))
  })

  it("in parts, on top of the sums before them, is the scan of the whole", () => {
    const numbers = wholeNumbers(2500)
    const whole = new Float64Array(2500)
    runningSums(numbers, 0, whole)
    const parts = [numbers.subarray(0, 800), numbers.subarray(800, 801), numbers.subarray(801)]
    const before = exclusiveScan(parts.map(sumOf))
    const joined = parts.flatMap((part, at) => {
      const sums = new Float64Array(part.length)
      runningSums(part, before[at] ?? NaN, sums)
      return [...sums]
    })
    expect(joined).toEqual([...whole])
    expect(whole.at(-1)).toBe(sumOf(numbers))
  })
})

it.each([1, 999, 1000, 1001, 54_321])("the sum of %i numbers is what the formula gives", (length) => {
  expect(sumOf(wholeNumbers(length))).toBe(expectedSum(length))
})

it.each([1, 2, 3, 6, 7, 16])("in a tree of %i workers each but the root has one parent", (size) => {
  const children = Array.from({ length: size }, (_, rank) => childrenOf(rank, size)).flat()
  expect(children.toSorted((a, b) => a - b)).toEqual(Array.from({ length: size - 1 }, (_, i) => i + 1))
})
