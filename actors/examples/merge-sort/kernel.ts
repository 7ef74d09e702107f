// Merge sort on typed arrays: the sort of a part, the merge of two sorted parts, and where to cut a merge into independent pieces.
// Source of the cut: S. Odeh, O. Green, Z. Mwassi, O. Shmueli, Y. Birk, "Merge Path – parallel merging made simple" (IPDPS 2012).

/** Below this many numbers, insertion beats merging. */
const SMALL = 24

/** Sorts in place; `spare` is as long and ends up with anything. Numbers only, no NaN. */
export function mergeSort(numbers: Float64Array, spare: Float64Array): void {
  spare.set(numbers)
  sortFrom(spare, numbers, [0, numbers.length])
}

/** Sorts what stands in `from` into `to`, which holds the same numbers in that span; both are overwritten. */
function sortFrom(from: Float64Array, to: Float64Array, [begin, end]: readonly [number, number]): void {
  if (end - begin <= SMALL) {
    insertionSort(to, begin, end)
    return
  }
  const middle = (begin + end) >> 1
  sortFrom(to, from, [begin, middle])
  sortFrom(to, from, [middle, end])
  merge(from.subarray(begin, middle), from.subarray(middle, end), to.subarray(begin, end))
}

function insertionSort(numbers: Float64Array, begin: number, end: number): void {
  for (let i = begin + 1; i < end; i++) {
    const one = numbers[i] as number
    let at = i - 1
    while (at >= begin && (numbers[at] as number) > one) {
      numbers[at + 1] = numbers[at] as number
      at--
    }
    numbers[at + 1] = one
  }
}

/** Merges two sorted arrays into one that is as long as both. */
export function merge(left: Float64Array, right: Float64Array, into: Float64Array): void {
  const lefts = left.length
  const rights = right.length
  let i = 0
  let j = 0
  let at = 0
  while (i < lefts && j < rights) {
    const a = left[i] as number
    const b = right[j] as number
    if (a <= b) {
      into[at++] = a
      i++
    } else {
      into[at++] = b
      j++
    }
  }
  if (i < lefts) into.set(left.subarray(i), at)
  else into.set(right.subarray(j), at)
}

/** How many of the first `count` numbers of the merge come from the left. */
export function cut(left: Float64Array, right: Float64Array, count: number): number {
  let low = Math.max(0, count - right.length)
  let high = Math.min(count, left.length)
  while (low < high) {
    const i = (low + high) >> 1
    if ((left[i] as number) <= (right[count - i - 1] as number)) low = i + 1
    else high = i
  }
  return low
}
