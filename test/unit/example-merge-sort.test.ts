// The kernels of merge sort against the sort that comes with JavaScript.

import { describe, expect, it } from "vitest"
import { randomFrom } from "../../actors/examples/harness/random.js"
import { cut, merge, mergeSort } from "../../actors/examples/merge-sort/kernel.js"

function numbersOf(length: number, of: (random: number) => number = (random) => random): Float64Array {
  const random = randomFrom(length)
  return Float64Array.from({ length }, () => of(random()))
}

describe("merge sort", () => {
  it.each([0, 1, 2, 23, 24, 25, 100, 1000, 4097])("sorts %i numbers", (length) => {
    const numbers = numbersOf(length)
    const expected = numbers.toSorted()
    mergeSort(numbers, new Float64Array(length))
    expect(numbers).toEqual(expected)
  })

  it.each([
    ["equal", () => 7],
    ["few different", (random: number) => Math.floor(random * 3)],
    ["negative and infinite", (random: number) => (random > 0.9 ? -Infinity : random - 0.5)],
  ] as const)("sorts %s numbers", (_, of) => {
    const numbers = numbersOf(500, of)
    const expected = numbers.toSorted()
    mergeSort(numbers, new Float64Array(500))
    expect(numbers).toEqual(expected)
  })
})

describe("a merge", () => {
  it("cut anywhere gives the same in pieces as as a whole", () => {
    for (const [lefts, rights] of [
      [0, 5],
      [5, 0],
      [1, 1],
      [40, 7],
      [33, 33],
    ] as const) {
      const left = numbersOf(lefts, (random) => Math.floor(random * 9)).sort()
      const right = numbersOf(rights, (random) => Math.floor(random * 9)).sort()
      const whole = new Float64Array(lefts + rights)
      merge(left, right, whole)
      for (let at = 0; at <= whole.length; at++) {
        const i = cut(left, right, at)
        const pieces = new Float64Array(whole.length)
        merge(left.subarray(0, i), right.subarray(0, at - i), pieces.subarray(0, at))
        merge(left.subarray(i), right.subarray(at - i), pieces.subarray(at))
        expect(pieces).toEqual(whole)
      }
    }
  })
})
