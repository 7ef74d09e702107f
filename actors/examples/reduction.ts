// reduction — recursive data: the sums of parts are put together in pairs, and those in pairs again, up a tree. What is put together are
// neighbours, in their order, so any operation will do that is associative.
//
//   npx troupe run reduction
//   npx troupe run reduction --workers 7 --placement process --size 1000000

import { treeReduce } from "../../runtime/toolkit.js"
import type { Example, Run } from "./harness/example.js"
import { sharedFloats } from "./harness/shared-floats.js"
import { expectedSum, wholeNumbers } from "./reduction/numbers.js"
import { partsOf, type SharedPart, sumSent, sumShared } from "./reduction/sums.js"
import { sumOf } from "./scan/kernel.js"

const add = (left: number, right: number): number => left + right

export const reduction: Example<Float64Array, number> = {
  explanation: {
    pattern: "recursive data",
    consider: [
      "shape: a tree whose depth is log₂ of the parts; two totals are put together as soon as both are there",
      "order: additions are paired differently than in a loop; whole numbers make that harmless here, with fractions the last bits would differ",
      "weight: a sum costs one addition per number read, so memory is what limits it; nothing is gained once that is saturated, and by messages nothing at all",
    ],
    mapping: "four parts by worker to whoever is free; the program adds two totals itself, which is quicker than a message",
  },
  takes: ["size", "exchange"],
  size: { of: "numbers", usual: 20_000_000, least: 1, most: 200_000_000 },
  warmUpSize: 1_000_000,

  prepare: ({ size }) => wholeNumbers(size),

  async sequential(numbers, pace) {
    // In pieces, so that the event loop can turn now and then.
    const piece = Math.ceil(numbers.length / 64)
    let sum = 0
    for (let from = 0; from < numbers.length; from += piece) {
      sum += sumOf(numbers.subarray(from, from + piece))
      await pace.at(from / numbers.length)
    }
    return sum
  },

  parallel: (numbers, run) => (run.exchange === "shared" ? inSharedMemory(numbers, run) : byMessages(numbers, run)),

  check: (numbers, { sequential, parallel }) => [
    { what: "difference from the sequential version", error: Math.abs(parallel - sequential), within: 0 },
    { what: "difference from the sum by formula", error: Math.abs(parallel - expectedSum(numbers.length)), within: 0 },
  ],

  figures: (_, sum) => ({ sum: String(sum) }),
}

async function inSharedMemory(numbers: Float64Array, run: Run): Promise<number> {
  const { memory, pace } = run
  const { length } = numbers
  await run.setUp(async () => (await sharedFloats(memory, "numbers", length)).set(numbers))
  const parts = partsOf(length, run.workers).map(({ from, to }): SharedPart => ({ memory, length, from, to }))
  return treeReduce(await run.pool(), parts, { how: { each: sumShared, combine: add }, ...pace.ofGraph })
}

async function byMessages(numbers: Float64Array, run: Run): Promise<number> {
  const parts = partsOf(numbers.length, run.workers).map(({ from, to }) => numbers.subarray(from, to))
  return treeReduce(await run.pool(), parts, { how: { each: sumSent, combine: add }, ...run.pace.ofGraph })
}
