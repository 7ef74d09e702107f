// fft — divide and conquer on a regular tree: the sub-problems at the cut-off are transformed by one worker each, and the stages above
// them are butterflies that are all independent within a stage.
//
//   npx troupe run fft
//   npx troupe run fft --exchange messages

import { Actor, actor, handler } from "../../runtime/index.js"
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
import { type Crew, ranges } from "./harness/crew.js"
import type { Example, Run } from "./harness/example.js"
import { randomFrom } from "./harness/random.js"
import { layOut, sharedFloats, sharedNumbers } from "./harness/shared-memory.js"

interface Problem {
  readonly signal: Signal
  readonly roots: Signal
}

/** Below this many points a part is transformed by one worker. */
const CUT_OFF = 1 << 10
const PARTS_BY_WORKER = 4
/** Up to here the definition itself is computed too. */
const NAIVE_LIMIT = 2048

/** `args` is the number of points, when the worker is to have roots of its own. */
@actor({ kind: "fft-part", module: import.meta.url, description: "Transforms and combines parts of a signal" })
export class FftPart extends Actor {
  #roots: Signal = { re: new Float64Array(), im: new Float64Array() }

  override onStart(points: unknown): void {
    if (typeof points === "number") this.#roots = rootsOf(points)
  }

  @handler()
  transform(part: Signal): Signal {
    transform(part, this.#roots)
    return part
  }

  /** `part` holds the first halves, then their partners. */
  @handler()
  combine({ part, k, half }: { part: Signal; k: number; half: number }): Signal {
    const count = part.re.length / 2
    const { re, im } = this.#roots
    // The partners stand `count` apart here, so the roots are those of a group of that size, from the k-th on.
    const stride = re.length / half
    const own = { re: new Float64Array(count), im: new Float64Array(count) }
    for (let i = 0; i < count; i++) {
      own.re[i] = re[(k + i) * stride] as number
      own.im[i] = im[(k + i) * stride] as number
    }
    combine(part, { at: 0, count, half: count, k: 0 }, own)
    return part
  }

  /** The same in shared memory: nothing but the bounds is sent. */
  @handler()
  transformShared([from, to]: readonly [from: number, to: number]): void {
    const { re, im } = signalOf("re", "im")
    transform({ re: re.subarray(from, to), im: im.subarray(from, to) }, signalOf("rootRe", "rootIm"))
  }

  @handler()
  combineShared(butterflies: Butterflies): void {
    combine(signalOf("re", "im"), butterflies, signalOf("rootRe", "rootIm"))
  }
}

export const fft: Example<Problem, Signal> = {
  explanation: {
    pattern: "divide and conquer",
    consider: [
      "cut-off: a part of 1,024 points or more that fits into a cache is transformed by one worker without a word to the others",
      "stages: above the cut-off each stage needs the one before, so there is a wait per stage; log₂ of the parts of them, not log₂ of the points",
      "roots of unity: computed once, before the clock starts, as a plan that serves every transform of that size",
    ],
    mapping: "bit reversal makes each sub-problem a contiguous part; parts, then ranges of butterflies, go to whoever is free",
  },
  takes: ["size", "exchange"],
  size: { of: "points", usual: 2 ** 20, least: 2, most: 2 ** 23, powerOfTwo: true },

  prepare({ size }) {
    const random = randomFrom(2)
    const noise = (): Float64Array => Float64Array.from({ length: size }, () => random() - 0.5)
    return { signal: { re: noise(), im: noise() }, roots: rootsOf(size) }
  },

  async sequential({ signal, roots }, pace) {
    const result = emptySignal(signal.re.length)
    bitReversed(signal, result)
    const parts = partsOf(signal.re.length, 1)
    for (const [at, [from, to]] of parts.entries()) {
      transform({ re: result.re.subarray(from, to), im: result.im.subarray(from, to) }, roots)
      await pace.at((0.8 * at) / parts.length)
    }
    for (const stage of stagesOf(signal.re.length, parts.length, 1)) {
      for (const butterflies of stage) combine(result, butterflies, roots)
      await pace.at(0.9)
    }
    return result
  },

  async parallel(problem, run) {
    return run.exchange === "shared" ? inSharedMemory(problem, run) : byMessages(problem, run)
  },

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
  const n = signal.re.length
  const result = run.setUp(() => {
    const { re, im } = { re: sharedFloats(n), im: sharedFloats(n) }
    const shared = { re: sharedFloats(roots.re.length), im: sharedFloats(roots.re.length) }
    shared.re.set(roots.re)
    shared.im.set(roots.im)
    layOut({ re: re.buffer, im: im.buffer, rootRe: shared.re.buffer, rootIm: shared.im.buffer })
    return { re, im }
  })
  const crew = await run.hire(FftPart)
  bitReversed(signal, result)
  const parts = partsOf(n, crew.size)
  await crew.map(parts, (ask, part) => ask.transformShared(part), { span: [0, 0.8] })
  for (const stage of stagesOf(n, parts.length, crew.size))
    await crew.map(stage, (ask, butterflies) => ask.combineShared(butterflies), { span: [0.8, 1] })
  return result
}

async function byMessages({ signal }: Problem, run: Run): Promise<Signal> {
  const n = signal.re.length
  const result = emptySignal(n)
  const crew: Crew<FftPart> = await run.hire(FftPart, { args: n })
  bitReversed(signal, result)
  const parts = partsOf(n, crew.size)
  await crew.map(
    parts,
    async (ask, [from, to]) => {
      const { re, im } = await ask.transform({ re: result.re.slice(from, to), im: result.im.slice(from, to) })
      result.re.set(re, from)
      result.im.set(im, from)
    },
    { span: [0, 0.8] },
  )
  for (const stage of stagesOf(n, parts.length, crew.size)) {
    await crew.map(
      stage,
      async (ask, { at, count, half, k }) => {
        const both = (numbers: Float64Array): Float64Array => {
          const taken = new Float64Array(2 * count)
          taken.set(numbers.subarray(at, at + count))
          taken.set(numbers.subarray(at + half, at + half + count), count)
          return taken
        }
        const { re, im } = await ask.combine({ part: { re: both(result.re), im: both(result.im) }, k, half })
        for (const [whole, part] of [
          [result.re, re],
          [result.im, im],
        ] as const) {
          whole.set(part.subarray(0, count), at)
          whole.set(part.subarray(count), at + half)
        }
      },
      { span: [0.8, 1] },
    )
  }
  return result
}

function signalOf(re: string, im: string): Signal {
  return { re: sharedNumbers(re), im: sharedNumbers(im) }
}

function emptySignal(n: number): Signal {
  return { re: new Float64Array(n), im: new Float64Array(n) }
}

/** What one worker transforms by itself: 2ⁿ parts. */
function partsOf(n: number, workers: number): readonly (readonly [from: number, to: number])[] {
  const wanted = Math.max(1, Math.min(n / CUT_OFF, workers * PARTS_BY_WORKER))
  return ranges(n, Math.min(n, 2 ** Math.ceil(Math.log2(wanted))))
}

/** The stages above the parts; each is a list of butterflies that do not depend on each other. */
function stagesOf(n: number, parts: number, workers: number): Butterflies[][] {
  const stages: Butterflies[][] = []
  for (let half = n / parts; half < n; half *= 2) {
    const groups = n / (2 * half)
    const pieces = ranges(half, Math.ceil((workers * PARTS_BY_WORKER) / groups)).filter(([from, to]) => to > from)
    const starts = Array.from({ length: groups }, (_, group) => group * 2 * half)
    stages.push(starts.flatMap((at) => pieces.map(([from, to]) => ({ at: at + from, count: to - from, half, k: from }))))
  }
  return stages
}
