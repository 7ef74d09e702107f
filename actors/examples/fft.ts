// fft — divide and conquer on a regular tree: the sub-problems at the cut-off are transformed by one worker each, and each half is joined
// with its other half by butterflies that are all independent, so that even the last stage is shared out.
//
//   npx troupe run fft
//   npx troupe run fft --exchange messages

import { task } from "../../runtime/index.js"
import { divideAndConquer, partition } from "../../runtime/toolkit.js"
import {
  bitReversed,
  type Butterflies,
  combine,
  distanceOf,
  energyOf,
  naiveTransform,
  rootsOf,
  type Signal,
  transform,
} from "./fft/kernel.js"
import type { Example, Run } from "./harness/example.js"
import { randomFrom } from "./harness/random.js"
import { type Memory, sharedFloats } from "./harness/shared-floats.js"

interface Problem {
  readonly signal: Signal
  readonly roots: Signal
}

/** A sub-problem in shared memory: what stands from `from` to `to` once the signal is bit-reversed. */
interface Part {
  readonly memory: Memory
  readonly points: number
  readonly from: number
  readonly to: number
}

/** Below this many points a part is transformed by one worker. */
const CUT_OFF = 1 << 10
const PARTS_BY_WORKER = 4
/** Up to here the definition itself is computed too. */
const NAIVE_LIMIT = 2048

/** A task: puts a range of the result where bit reversal says. */
export const reverseShared = task(import.meta.url, async ({ memory, points, from, to }: Part) => {
  const [source, result] = [await sharedSignal(memory, "source", points), await sharedSignal(memory, "result", points)]
  bitReversed(source, result, [from, to])
})

export const transformShared = task(import.meta.url, async ({ memory, points, from, to }: Part) => {
  transform(partOf(await sharedSignal(memory, "result", points), from, to), await sharedSignal(memory, "roots", points / 2))
})

export const combineShared = task(import.meta.url, async ({ memory, points }: Part, butterflies: Butterflies) => {
  combine(await sharedSignal(memory, "result", points), butterflies, await sharedSignal(memory, "roots", points / 2))
})

/** By messages each worker computes the roots of unity once, for each number of points. */
const ownRoots = new Map<number, Signal>()
function rootsFor(points: number): Signal {
  const found = ownRoots.get(points) ?? rootsOf(points)
  ownRoots.set(points, found)
  return found
}

export const transformSent = task(import.meta.url, ({ part, points }: { part: Signal; points: number }) => {
  transform(part, rootsFor(points))
  return part
})

/** A task: `low` and `high` are partners, from the k-th of their halves on. */
export const combineSent = task(
  import.meta.url,
  (low: Signal, high: Signal, { k, half, points }: { k: number; half: number; points: number }) => {
    const count = low.re.length
    const both = joined(low, high)
    // The partners stand `count` apart here, so the roots are those of a group of that size, from the k-th on.
    const roots = rootsFor(points)
    const stride = roots.re.length / half
    const own = { re: new Float64Array(count), im: new Float64Array(count) }
    for (let i = 0; i < count; i++) {
      own.re[i] = roots.re[(k + i) * stride] as number
      own.im[i] = roots.im[(k + i) * stride] as number
    }
    combine(both, { at: 0, count, half: count, k: 0 }, own)
    return both
  },
)

export const fft: Example<Problem, Signal> = {
  explanation: {
    pattern: "divide and conquer",
    consider: [
      "cut-off: a part of 1,024 points or more that fits into a cache is transformed by one worker without a word to the others",
      "the way back up: two halves are joined as soon as both are done; the butterflies of a join are independent, so the last, large ones are cut into ranges",
      "roots of unity: computed once, before the clock starts, as a plan that serves every transform of that size",
    ],
    mapping:
      "bit reversal makes each sub-problem a contiguous part; ranges of it, then parts, then ranges of butterflies, go to whoever is free",
  },
  takes: ["size", "exchange"],
  size: { of: "points", usual: 2 ** 20, least: 2, most: 2 ** 23, powerOfTwo: true },
  warmUpSize: 2 ** 16,

  prepare({ size }) {
    const random = randomFrom(2)
    const noise = (): Float64Array => Float64Array.from({ length: size }, () => random() - 0.5)
    return { signal: { re: noise(), im: noise() }, roots: rootsOf(size) }
  },

  async sequential({ signal, roots }, pace, { setUp }) {
    const n = signal.re.length
    const result = await setUp(() => filled(emptySignal(n)))
    bitReversed(signal, result, [0, n])
    const parts = 2 ** Math.floor(Math.log2(Math.max(1, Math.min(n / CUT_OFF, PARTS_BY_WORKER))))
    for (const { from, to, rank } of partition(n, parts)) {
      transform(partOf(result, from, to), roots)
      await pace.at((0.8 * rank) / parts)
    }
    for (let half = n / parts; half < n; half *= 2) {
      for (let at = 0; at < n; at += 2 * half) combine(result, { at, count: half, half, k: 0 }, roots)
      await pace.at(0.9)
    }
    return result
  },

  parallel: (problem, run) => (run.exchange === "shared" ? inSharedMemory(problem, run) : byMessages(problem, run)),

  check({ signal }, { sequential, parallel }) {
    const n = signal.re.length
    const scale = Math.sqrt(energyOf(sequential) / n)
    const relative = [
      { what: "distance from the sequential version", error: distanceOf(parallel, sequential) / scale, within: 1e-12 },
    ]
    if (n <= NAIVE_LIMIT)
      relative.push({
        what: "distance from the definition",
        error: distanceOf(parallel, naiveTransform(signal)) / scale,
        within: 1e-9,
      })
    const energy = energyOf(signal)
    return [
      ...relative,
      {
        what: "Parseval: relative difference of Σ|x|² and Σ|X|²/n",
        error: Math.abs(energyOf(parallel) / n - energy) / energy,
        within: 1e-12,
      },
    ]
  },
}

async function inSharedMemory({ signal, roots }: Problem, run: Run): Promise<Signal> {
  const { memory, pace, workers } = run
  const points = signal.re.length
  const result = await run.setUp(async () => {
    copyInto(signal, await sharedSignal(memory, "source", points))
    copyInto(roots, await sharedSignal(memory, "roots", points / 2))
    return filled(await sharedSignal(memory, "result", points))
  })
  const pool = await run.pool()
  const whole: Part = { memory, points, from: 0, to: points }
  const ranges = partition(points, workers * PARTS_BY_WORKER).map(({ from, to }): Part => ({ ...whole, from, to }))
  await pool.map(reverseShared, ranges, { signal: pace.signal })
  const plan = {
    size: ({ from, to }: Part) => to - from,
    divide: (part: Part) => {
      const middle = (part.from + part.to) / 2
      return [{ ...part, to: middle }, { ...part, from: middle }] // prettier-ignore
    },
    solve: transformShared,
    async combine(_: unknown, { from, to }: Part) {
      const half = (to - from) / 2
      const pieces = piecesOf(half, { points, workers }).map((piece) => [whole, { ...piece, at: from + piece.k }] as const)
      await pool.starmap(combineShared, pieces, { signal: pace.signal })
    },
    cutOff: cutOffFor(points, workers),
  }
  await divideAndConquer(pool, whole, { plan, ...pace.ofGraph })
  return result
}

async function byMessages({ signal }: Problem, run: Run): Promise<Signal> {
  const { pace, workers } = run
  const points = signal.re.length
  const pool = await run.pool()
  const reversed = emptySignal(points)
  bitReversed(signal, reversed, [0, points])
  const plan = {
    size: ({ part }: { part: Signal }) => part.re.length,
    divide: ({ part }: { part: Signal }) => {
      const half = part.re.length / 2
      return [{ part: partOf(part, 0, half), points }, { part: partOf(part, half, 2 * half), points }] // prettier-ignore
    },
    solve: transformSent,
    async combine([low = emptySignal(0), high = emptySignal(0)]: readonly Signal[]) {
      const half = low.re.length
      const pieces = piecesOf(half, { points, workers })
      const calls = pieces.map(({ k, count }) => {
        const of = (signalHalf: Signal): Signal => partOf(signalHalf, k, k + count)
        return [of(low), of(high), { k, half, points }] as const
      })
      const result = emptySignal(2 * half)
      for (const [i, both] of (await pool.starmap(combineSent, calls, { signal: pace.signal })).entries()) {
        const { k = 0, count = 0 } = pieces[i] ?? {}
        copyInto(partOf(both, 0, count), partOf(result, k, k + count))
        copyInto(partOf(both, count, 2 * count), partOf(result, half + k, half + k + count))
      }
      return result
    },
    cutOff: cutOffFor(points, workers),
  }
  return divideAndConquer(pool, { part: reversed, points }, { plan, ...pace.ofGraph })
}

/** Butterflies of a join, in ranges: as many as keep all workers busy with the joins of that size. */
function piecesOf(half: number, { points, workers }: { points: number; workers: number }): Omit<Butterflies, "at">[] {
  const joins = points / (2 * half)
  return partition(half, Math.ceil((workers * PARTS_BY_WORKER) / joins))
    .filter(({ from, to }) => to > from)
    .map(({ from, to }) => ({ count: to - from, half, k: from }))
}

function cutOffFor(points: number, workers: number): number {
  return Math.max(CUT_OFF, points / (workers * PARTS_BY_WORKER))
}

async function sharedSignal(memory: Memory, name: string, points: number): Promise<Signal> {
  const length = Math.max(1, points)
  return { re: await sharedFloats(memory, `${name}-re`, length), im: await sharedFloats(memory, `${name}-im`, length) }
}

function partOf({ re, im }: Signal, from: number, to: number): Signal {
  return { re: re.subarray(from, to), im: im.subarray(from, to) }
}

function joined(low: Signal, high: Signal): Signal {
  const result = emptySignal(low.re.length + high.re.length)
  copyInto(low, partOf(result, 0, low.re.length))
  copyInto(high, partOf(result, low.re.length, result.re.length))
  return result
}

function copyInto({ re, im }: Signal, into: Signal): void {
  into.re.set(re)
  into.im.set(im)
}

/** Else whoever writes first would wait for the pages of memory. */
function filled(signal: Signal): Signal {
  signal.re.fill(0)
  signal.im.fill(0)
  return signal
}

function emptySignal(n: number): Signal {
  return { re: new Float64Array(n), im: new Float64Array(n) }
}
