// Sums of whole numbers: of a part, and the running sums of a part. Below 2^53 every sum is exact, so that the order of additions makes
// no difference and results can be compared bit by bit.

export function sumOf(numbers: Float64Array): number {
  let sum = 0
  for (let i = 0; i < numbers.length; i++) sum += numbers[i] as number
  return sum
}

/** Writes the running sums, each with its own number, on top of `before`. */
export function runningSums(numbers: Float64Array, before: number, into: Float64Array): void {
  let sum = before
  for (let i = 0; i < numbers.length; i++) {
    sum += numbers[i] as number
    into[i] = sum
  }
}
