// merge-sort — divide and conquer with a sequential cut-off: parts that are small enough are sorted by one worker each, then merged two
// by two. The last merges are few and large, so each is cut into pieces that can be merged on their own.
//
//   npx troupe run merge-sort
//   npx troupe run merge-sort --placement process

import { type Pool, task } from "../../runtime/index.js"
import { divideAndConquer, partition } from "../../runtime/toolkit.js"
import type { Example, Run } from "./harness/example.js"
import { randomFrom } from "./harness/random.js"
import { type Memory, sharedFloats } from "./harness/shared-floats.js"
import { cut, merge, mergeSort } from "./merge-sort/kernel.js"

/** A part of the array in shared memory. */
interface Part {
  readonly memory: Memory
  readonly length: number
  readonly from: number
  readonly to: number
  /** How often the whole was divided to get it. What is sorted ends up in array `a` at even depths, in `b` at odd ones. */
  readonly depth: number
}

/** A piece of the merge of two sorted neighbours: spans of the one half and of the other, and where the result begins. */
interface Piece {
  readonly left: readonly [from: number, to: number]
  readonly right: readonly [from: number, to: number]
  readonly at: number
}

/** Below this many numbers a part is sorted by one worker. */
const CUT_OFF = 1 << 16
/** More parts than workers even out what differs between them. */
const PARTS_BY_WORKER = 4
/** More numbers than this are not sent in one message. */
const MESSAGE_NUMBERS = 1 << 21

export const sortShared = task(import.meta.url, async ({ memory, length, from, to, depth }: Part) => {
  const [a, b] = await Promise.all([sharedFloats(memory, "a", length), sharedFloats(memory, "b", length)])
  const [result, spare] =
    depth % 2 === 0 ? [a.subarray(from, to), b.subarray(from, to)] : [b.subarray(from, to), a.subarray(from, to)]
  if (depth % 2 === 1) result.set(spare)
  mergeSort(result, spare)
})

export const mergeShared = task(import.meta.url, async ({ memory, length, depth }: Part, { left, right, at }: Piece) => {
  const [a, b] = await Promise.all([sharedFloats(memory, "a", length), sharedFloats(memory, "b", length)])
  const [from, into] = depth % 2 === 0 ? [b, a] : [a, b]
  merge(from.subarray(...left), from.subarray(...right), into.subarray(at))
})

export const sortSent = task(import.meta.url, (numbers: Float64Array) => {
  mergeSort(numbers, new Float64Array(numbers.length))
  return numbers
})

export const mergeSent = task(import.meta.url, (left: Float64Array, right: Float64Array) => {
  const merged = new Float64Array(left.length + right.length)
  merge(left, right, merged)
  return merged
})

export const mergeSorting: Example<Float64Array, Float64Array> = {
  explanation: {
    pattern: "divide and conquer",
    consider: [
      "cut-off: below some size the plain loop is faster than any message; here 65,536 numbers, or a quarter of a worker's share if that is more",
      "the way back up: towards the end there are fewer merges than workers, so each merge is cut where both halves can be told apart by binary search",
      "data: sorting moves everything, so messages cost a copy there and back; shared memory sends bounds only",
    ],
    mapping:
      "parts of the array to whoever is free; two neighbours are merged as soon as both are sorted, in pieces for whoever is free",
  },
  takes: ["size", "exchange"],
  size: { of: "numbers", usual: 10_000_000, least: 1, most: 100_000_000 },
  warmUpSize: 300_000,

  prepare({ size }) {
    const random = randomFrom(1)
    return Float64Array.from({ length: size }, () => random())
  },

  async sequential(numbers, pace, { setUp }) {
    const { sorted, spare } = await setUp(() => ({ sorted: numbers.slice(), spare: new Float64Array(numbers.length).fill(0) }))
    await sortInPieces(sorted, spare, pace.at.bind(pace))
    return sorted
  },

  parallel: (numbers, run) => (run.exchange === "shared" ? inSharedMemory(numbers, run) : byMessages(numbers, run)),

  check: (numbers, { sequential, parallel }) => [
    { what: "numbers that stand elsewhere than in the sequential version", error: differing(sequential, parallel), within: 0 },
    { what: "numbers smaller than the one before", error: descents(parallel), within: 0 },
    { what: "numbers lost or gained", error: Math.abs(parallel.length - numbers.length), within: 0 },
  ],
}

async function inSharedMemory(numbers: Float64Array, run: Run): Promise<Float64Array> {
  const { memory, pace } = run
  const { length } = numbers
  const [a, b] = await run.setUp(async () => {
    const both = [await sharedFloats(memory, "a", length), await sharedFloats(memory, "b", length)] as const
    both[0].set(numbers)
    both[1].fill(0)
    return both
  })
  const pool = await run.pool()
  const plan = {
    size: ({ from, to }: Part) => to - from,
    divide: (part: Part) => {
      const middle = (part.from + part.to) >> 1
      return [{ ...part, to: middle, depth: part.depth + 1 }, { ...part, from: middle, depth: part.depth + 1 }] // prettier-ignore
    },
    solve: sortShared,
    async combine(_: unknown, part: Part) {
      const { from, to, depth } = part
      const middle = (from + to) >> 1
      const halves = depth % 2 === 0 ? b : a
      const pieces = piecesOf(halves.subarray(from, middle), halves.subarray(middle, to), piecesAt(depth, run.workers))
      const moved = pieces.map(({ left, right, at }): Piece => ({
        left: [from + left[0], from + left[1]],
        right: [middle + right[0], middle + right[1]],
        at: from + at,
      }))
      await pool.starmap(mergeShared, moved.map((piece) => [part, piece] as const), { signal: pace.signal }) // prettier-ignore
    },
    cutOff: Math.max(CUT_OFF, Math.ceil(length / (run.workers * PARTS_BY_WORKER))),
  }
  await divideAndConquer(pool, { memory, length, from: 0, to: length, depth: 0 }, { plan, ...pace.ofGraph })
  return a
}

/** The parts are views of one array; what is sent of them is copied. */
async function byMessages(numbers: Float64Array, run: Run): Promise<Float64Array> {
  const pool = await run.pool()
  const share = Math.max(CUT_OFF, Math.ceil(numbers.length / (run.workers * PARTS_BY_WORKER)))
  const plan = {
    size: (part: Float64Array) => part.length,
    divide: (part: Float64Array) => [part.subarray(0, part.length >> 1), part.subarray(part.length >> 1)],
    solve: sortSent,
    combine: ([left = new Float64Array(), right = new Float64Array()]: readonly Float64Array[]) =>
      mergedByMessages(pool, { left, right, run, whole: numbers.length }),
    cutOff: Math.min(MESSAGE_NUMBERS, share),
  }
  return divideAndConquer(pool, numbers, { plan, ...run.pace.ofGraph })
}

async function mergedByMessages(
  pool: Pool,
  { left, right, run, whole }: { left: Float64Array; right: Float64Array; run: Run; whole: number },
): Promise<Float64Array> {
  const length = left.length + right.length
  const wanted = Math.max(piecesAt(Math.round(Math.log2(whole / length)), run.workers), Math.ceil(length / MESSAGE_NUMBERS))
  const pieces = piecesOf(left, right, wanted)
  const parts = pieces.map((piece) => [left.subarray(...piece.left), right.subarray(...piece.right)] as const)
  const merged = new Float64Array(length)
  for (const [i, part] of (await pool.starmap(mergeSent, parts, { signal: run.pace.signal })).entries())
    merged.set(part, pieces[i]?.at)
  return merged
}

/** Into how many pieces a merge is cut: as many as keep all workers busy with the merges of that depth. */
function piecesAt(depth: number, workers: number): number {
  return Math.ceil((workers * PARTS_BY_WORKER) / 2 ** depth)
}

function piecesOf(left: Float64Array, right: Float64Array, count: number): Piece[] {
  return partition(left.length + right.length, count)
    .filter(({ from, to }) => to > from)
    .map(({ from, to }) => {
      const [i, k] = [cut(left, right, from), cut(left, right, to)]
      return { left: [i, k], right: [from - i, to - k], at: from }
    })
}

/** The plain sort, which lets the event loop turn now and then. */
async function sortInPieces(sorted: Float64Array, spare: Float64Array, at: (fraction: number) => Promise<void>): Promise<void> {
  const parts = partition(sorted.length, 16)
  for (const { rank, from, to } of parts) {
    mergeSort(sorted.subarray(from, to), spare.subarray(from, to))
    await at((0.8 * rank) / parts.length)
  }
  let [source, target] = [sorted, spare]
  for (let width = 1; width < parts.length; width *= 2) {
    for (let rank = 0; rank < parts.length; rank += 2 * width) {
      const [from = 0, middle = 0, to = 0] = [parts[rank]?.from, parts[rank + width]?.from, parts[rank + 2 * width - 1]?.to]
      merge(source.subarray(from, middle), source.subarray(middle, to), target.subarray(from, to))
      await at(0.9)
    }
    ;[source, target] = [target, source]
  }
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
