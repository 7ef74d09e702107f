// reduction — recursive data: the workers themselves form a tree. Each asks its children for their sums, which ask theirs, and adds its
// own part; the root answers. No place is a bottleneck: n workers need log₂ n rounds of messages.
//
//   npx troupe run reduction
//   npx troupe run reduction --workers 7 --placement process --size 1000000

import { Actor, actor, type ActorRef, handler } from "../../runtime/index.js"
import { ranges } from "./harness/crew.js"
import type { Example } from "./harness/example.js"
import { randomFrom } from "./harness/random.js"
import { layOut, sharedFloats, sharedNumbers } from "./harness/shared-memory.js"
import { childrenOf, sumOf } from "./scan/kernel.js"

type Span = readonly [from: number, to: number]

/** More numbers than this are not sent in one message. */
const MESSAGE_NUMBERS = 1 << 21
const A_DAY_MS = 86_400_000

@actor({ kind: "reduction-node", module: import.meta.url, description: "A node of a tree that sums" })
export class ReductionNode extends Actor {
  #children: readonly ActorRef<ReductionNode>[] = []
  #span: Span = [0, 0]
  readonly #pieces: Float64Array[] = []

  /** The children, and its own part of the memory that all see. */
  @handler()
  take({ span, children }: { span: Span; children: readonly ActorRef<ReductionNode>[] }): void {
    this.#span = span
    this.#children = children
  }

  /** A piece of its own part, where there is no such memory. */
  @handler()
  add(piece: Float64Array): void {
    this.#pieces.push(piece)
  }

  /** The children work while this one does. */
  @handler()
  async sum(): Promise<number> {
    const below = this.#children.map((child) => child.with({ timeoutMs: A_DAY_MS, signal: this.context.signal }).ask.sum())
    // Lets the questions leave before this thread is busy with its own part.
    await new Promise((resolve) => setImmediate(resolve))
    const shared = this.#span[1] > this.#span[0] ? [sharedNumbers("numbers").subarray(...this.#span)] : []
    const own = [...shared, ...this.#pieces].reduce((total, piece) => total + sumOf(piece), 0)
    const sums = await Promise.all(below)
    return sums.reduce((total, sum) => total + sum, own)
  }
}

export const reduction: Example<Float64Array, number> = {
  explanation: {
    pattern: "recursive data",
    consider: [
      "shape: a tree of the workers, each with two children at most, so that no worker talks to more than three others",
      "order: additions are paired differently than in a loop; whole numbers make that harmless here, with fractions the last bits would differ",
      "weight: a sum costs one addition per number read, so memory is what limits it; nothing is gained once that is saturated",
    ],
    mapping: "an equal part of the numbers to each node of the tree, inner nodes too",
  },
  takes: ["size", "exchange"],
  size: { of: "numbers", usual: 20_000_000, least: 1, most: 200_000_000 },

  prepare: ({ size }) => wholeNumbers(size),

  async sequential(numbers, pace) {
    let sum = 0
    const parts = ranges(numbers.length, 64)
    for (const [from, to] of parts) {
      sum += sumOf(numbers.subarray(from, to))
      await pace.at(to / numbers.length)
    }
    return sum
  },

  async parallel(numbers, run) {
    const isShared = run.exchange === "shared"
    if (isShared) {
      run.setUp(() => {
        const shared = sharedFloats(numbers.length)
        shared.set(numbers)
        layOut({ numbers: shared.buffer })
      })
    }
    const crew = await run.hire(ReductionNode)
    const parts = ranges(numbers.length, crew.size)
    await crew.each(async (ask, rank) => {
      const [from, to] = parts[rank] ?? [0, 0]
      const children = childrenOf(rank, crew.size).flatMap((child) => crew.refs[child] ?? [])
      await ask.take({ span: isShared ? [from, to] : [0, 0], children })
      if (isShared) return
      for (let at = from; at < to; at += MESSAGE_NUMBERS) await ask.add(numbers.slice(at, Math.min(to, at + MESSAGE_NUMBERS)))
    })
    const [root] = await crew.each((ask, rank) => (rank === 0 ? ask.sum() : Promise.resolve(0)))
    return root ?? 0
  },

  check: (numbers, { sequential, parallel }) => [
    { what: "difference from the sequential version", error: Math.abs(parallel - sequential), within: 0 },
    { what: "difference from the sum by formula", error: Math.abs(parallel - expectedSum(numbers.length)), within: 0 },
  ],

  figures: (_, sum) => ({ sum: String(sum) }),
}

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
