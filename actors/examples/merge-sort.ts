// merge-sort — divide and conquer with a sequential cut-off: parts that are small enough are sorted by one worker each, then merged two
// by two. The last merges are few and large, so each is cut into pieces that can be merged on their own.
//
//   npx troupe run merge-sort
//   npx troupe run merge-sort --placement process

import { Actor, actor, handler } from "../../runtime/index.js"
import { type Crew, ranges } from "./harness/crew.js"
import type { Example, Run } from "./harness/example.js"
import { randomFrom } from "./harness/random.js"
import { layOut, sharedFloats, sharedNumbers } from "./harness/shared-memory.js"
import { cut, merge, mergeSort } from "./merge-sort/kernel.js"

type Span = readonly [from: number, to: number]

/** Two sorted neighbours, and the piece of their merge that is wanted: spans of the one array, to be merged into the other. */
interface Piece {
  readonly left: Span
  readonly right: Span
  readonly to: number
}

interface Merge {
  readonly from: "a" | "b"
  readonly into: "a" | "b"
  readonly piece: Piece
}

/** Below this many numbers a part is sorted by one worker. */
const CUT_OFF = 1 << 16
/** More parts than workers even out what differs between them. */
const PARTS_BY_WORKER = 4
/** More numbers than this are not sent in one message. */
const MESSAGE_NUMBERS = 1 << 21

@actor({ kind: "merge-sort-part", module: import.meta.url, description: "Sorts and merges parts of an array" })
export class MergeSortPart extends Actor {
  @handler()
  sort(numbers: Float64Array): Float64Array {
    mergeSort(numbers, new Float64Array(numbers.length))
    return numbers
  }

  @handler()
  merge({ left, right }: { left: Float64Array; right: Float64Array }): Float64Array {
    const merged = new Float64Array(left.length + right.length)
    merge(left, right, merged)
    return merged
  }

  /** The same in shared memory: nothing but the bounds is sent. */
  @handler()
  sortShared([from, to]: Span): void {
    mergeSort(sharedNumbers("a").subarray(from, to), sharedNumbers("b").subarray(from, to))
  }

  @handler()
  mergeShared({ from, into, piece: { left, right, to } }: Merge): void {
    const source = sharedNumbers(from)
    const length = left[1] - left[0] + right[1] - right[0]
    merge(source.subarray(...left), source.subarray(...right), sharedNumbers(into).subarray(to, to + length))
  }
}

export const mergeSorting: Example<Float64Array, Float64Array> = {
  explanation: {
    pattern: "divide and conquer",
    consider: [
      "cut-off: below some size the plain loop is faster than any message; here 65,536 numbers, or a quarter of a worker's share if that is more",
      "the way back up: towards the end there are fewer merges than workers, so each merge is cut where both halves can be told apart by binary search",
      "data: sorting moves everything, so messages cost a copy there and back; shared memory sends bounds only",
    ],
    mapping:
      "parts of the array to whoever is free; then, level by level, pieces of the merges; a level begins when the one before is done",
  },
  takes: ["size", "exchange"],
  size: { of: "numbers", usual: 10_000_000, least: 1, most: 100_000_000 },

  prepare({ size }) {
    const random = randomFrom(1)
    return Float64Array.from({ length: size }, () => random())
  },

  async sequential(numbers, pace) {
    let sorted = numbers.slice()
    let spare = new Float64Array(sorted.length)
    let runs = partsOf(sorted.length, 16)
    for (const [at, [from, to]] of runs.entries()) {
      mergeSort(sorted.subarray(from, to), spare.subarray(from, to))
      await pace.at((0.8 * at) / runs.length)
    }
    while (runs.length > 1) {
      for (const { left, right, to } of pairsOf(runs)) {
        merge(sorted.subarray(...left), sorted.subarray(...right), spare.subarray(to, right[1]))
        await pace.at(0.9)
      }
      ;[sorted, spare] = [spare, sorted]
      runs = mergedRuns(runs)
    }
    return sorted
  },

  async parallel(numbers, run) {
    return run.exchange === "shared" ? sortInSharedMemory(numbers, run) : sortByMessages(numbers, run)
  },

  check: (numbers, { sequential, parallel }) => [
    { what: "numbers that stand elsewhere than in the sequential version", error: differing(sequential, parallel), within: 0 },
    { what: "numbers smaller than the one before", error: descents(parallel), within: 0 },
    { what: "numbers lost or gained", error: Math.abs(parallel.length - numbers.length), within: 0 },
  ],
}

async function sortInSharedMemory(numbers: Float64Array, run: Run): Promise<Float64Array> {
  const memory = run.setUp(() => {
    const { a, b } = { a: sharedFloats(numbers.length), b: sharedFloats(numbers.length) }
    a.set(numbers)
    layOut({ a: a.buffer, b: b.buffer })
    return { a, b }
  })
  const crew = await run.hire(MergeSortPart)
  let runs = partsOf(numbers.length, crew.size)
  await crew.map(runs, (ask, part) => ask.sortShared(part), { span: [0, 0.8] })
  let from: "a" | "b" = "a"
  while (runs.length > 1) {
    const into: "a" | "b" = from === "a" ? "b" : "a"
    const pieces = piecesOf(memory[from], runs, crew)
    await crew.map(pieces, (ask, piece) => ask.mergeShared({ from, into, piece }), { span: [0.8, 1] })
    runs = mergedRuns(runs)
    from = into
  }
  return memory[from]
}

async function sortByMessages(numbers: Float64Array, run: Run): Promise<Float64Array> {
  const crew = await run.hire(MergeSortPart)
  let runs = partsOf(numbers.length, crew.size)
  let sorted = new Float64Array(numbers.length)
  let next = new Float64Array(numbers.length)
  await crew.map(runs, async (ask, [from, to]) => sorted.set(await ask.sort(numbers.slice(from, to)), from), { span: [0, 0.8] })
  while (runs.length > 1) {
    const source = sorted
    const target = next
    await crew.map(
      piecesOf(source, runs, crew),
      async (ask, { left, right, to }) =>
        target.set(await ask.merge({ left: source.slice(...left), right: source.slice(...right) }), to),
      { span: [0.8, 1] },
    )
    runs = mergedRuns(runs)
    ;[sorted, next] = [target, source]
  }
  return sorted
}

/** What one worker sorts by itself: 2ⁿ parts, so that the merges pair off. */
function partsOf(length: number, workers: number): readonly Span[] {
  const most = Math.max(1, Math.floor(length / CUT_OFF))
  const wanted = Math.max(Math.min(most, workers * PARTS_BY_WORKER), length / MESSAGE_NUMBERS)
  return ranges(length, 2 ** Math.floor(Math.log2(wanted)))
}

function pairsOf(runs: readonly Span[]): Piece[] {
  return runs.flatMap((left, at) => {
    const right = runs[at + 1]
    return at % 2 === 0 && right !== undefined ? [{ left, right, to: left[0] }] : []
  })
}

/** The merges of a level, each cut into as many pieces as keep every worker busy. */
function piecesOf(numbers: Float64Array, runs: readonly Span[], { size }: Pick<Crew<Actor>, "size">): Piece[] {
  const pairs = pairsOf(runs)
  const each = Math.max(
    1,
    Math.ceil((size * PARTS_BY_WORKER) / pairs.length),
    Math.ceil(numbers.length / pairs.length / MESSAGE_NUMBERS),
  )
  return pairs.flatMap(({ left, right, to }) => {
    const lefts = numbers.subarray(...left)
    const rights = numbers.subarray(...right)
    return ranges(lefts.length + rights.length, each)
      .filter(([from, end]) => end > from)
      .map(([from, end]) => {
        const [i, k] = [cut(lefts, rights, from), cut(lefts, rights, end)]
        return {
          left: [left[0] + i, left[0] + k] as const,
          right: [right[0] + from - i, right[0] + end - k] as const,
          to: to + from,
        }
      })
  })
}

function mergedRuns(runs: readonly Span[]): readonly Span[] {
  return pairsOf(runs).map(({ left, right }) => [left[0], right[1]] as const)
}

function differing(a: Float64Array, b: Float64Array): number {
  let count = 0
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) count++
  return count
}

function descents(numbers: Float64Array): number {
  let count = 0
  for (let at = 1; at < numbers.length; at++) if ((numbers[at] as number) < (numbers[at - 1] as number)) count++
  return count
}
