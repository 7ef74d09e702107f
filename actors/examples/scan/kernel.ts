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

/**
 * The sums of everything before each number, up a tree of pairs and down again: 2·log₂ n rounds, in each of which all
 * additions are independent.
 * Source: G. E. Blelloch, "Prefix sums and their applications" (1990).
 */
export function exclusiveScan(numbers: readonly number[]): number[] {
  let size = 1
  while (size < numbers.length) size *= 2
  const tree = Float64Array.from({ length: size }, (_, i) => numbers[i] ?? 0)
  for (let reach = 1; reach < size; reach *= 2)
    for (let i = 2 * reach - 1; i < size; i += 2 * reach) tree[i] = (tree[i] as number) + (tree[i - reach] as number)
  tree[size - 1] = 0
  for (let reach = size / 2; reach >= 1; reach /= 2) {
    for (let i = 2 * reach - 1; i < size; i += 2 * reach) {
      const left = tree[i - reach] as number
      tree[i - reach] = tree[i] as number
      tree[i] = (tree[i] as number) + left
    }
  }
  return [...tree.subarray(0, numbers.length)]
}

/** In a binary tree laid out in an array: whose parts a node adds to its own. */
export function childrenOf(rank: number, size: number): number[] {
  return [2 * rank + 1, 2 * rank + 2].filter((child) => child < size)
}
