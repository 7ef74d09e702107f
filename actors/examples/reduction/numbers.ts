// Whole numbers whose sum is known.

import { randomFrom } from "../harness/random.js"

/** 0, 1, 2 … up to 999 over and over, shuffled a thousand at a time: they look random, and their sum is known. */
export function wholeNumbers(length: number): Float64Array {
  const random = randomFrom(5)
  const numbers = Float64Array.from({ length }, (_, i) => i % 1000)
  for (let i = 0; i < length; i++) {
    const start = i - (i % 1000)
    const other = start + Math.floor(random() * Math.min(1000, length - start))
    const kept = numbers[i] as number
    numbers[i] = numbers[other] as number
    numbers[other] = kept
  }
  return numbers
}

/** The sum of that many whole numbers, by the formula. */
export function expectedSum(length: number): number {
  const rest = length % 1000
  return ((length - rest) / 1000) * 499_500 + (rest * (rest - 1)) / 2
}
