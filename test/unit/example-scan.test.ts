// Sums and running sums against the obvious loops.

import { expect, it } from "vitest"
import { expectedSum, wholeNumbers } from "../../actors/examples/reduction/numbers.js"
import { runningSums, sumOf } from "../../actors/examples/scan/kernel.js"

it("running sums in parts, on top of the sums before them, are those of the whole", () => {
  const numbers = wholeNumbers(2500)
  const whole = new Float64Array(2500)
  runningSums(numbers, 0, whole)
  let before = 0
  const joined = [numbers.subarray(0, 800), numbers.subarray(800, 801), numbers.subarray(801)].flatMap((part) => {
    const sums = new Float64Array(part.length)
    runningSums(part, before, sums)
    before += sumOf(part)
    return [...sums]
  })
  expect(joined).toEqual([...whole])
  expect(whole.at(-1)).toBe(sumOf(numbers))
})

it.each([1, 999, 1000, 1001, 54_321])("the sum of %i numbers is what the formula gives", (length) => {
  expect(sumOf(wholeNumbers(length))).toBe(expectedSum(length))
})
