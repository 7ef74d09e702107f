// prefix-scan — recursive data: every running sum depends on all numbers before it, and still the work can be shared. Each part is summed;
// the few sums are put together up and down a tree; each part then makes its running sums on top of what came before.
//
//   npx troupe run prefix-scan
//   npx troupe run prefix-scan --exchange messages

import { task } from "../../runtime/index.js"
import { partition, prefixScan as scanInParts } from "../../runtime/toolkit.js"
import type { Example, Run } from "./harness/example.js"
import { sharedFloats } from "./harness/shared-floats.js"
import { expectedSum, wholeNumbers } from "./reduction/numbers.js"
import { partsOf, type SharedPart, sumSent, sumShared } from "./reduction/sums.js"
import { runningSums } from "./scan/kernel.js"

export const scanShared = task(import.meta.url, async ({ memory, length, from, to }: SharedPart, before: number | undefined) => {
  const [numbers, sums] = [await sharedFloats(memory, "numbers", length), await sharedFloats(memory, "sums", length)]
  runningSums(numbers.subarray(from, to), before ?? 0, sums.subarray(from, to))
})

export const scanSent = task(import.meta.url, (part: Float64Array, before: number | undefined) => {
  runningSums(part, before ?? 0, part)
  return part
})

const add = (left: number, right: number): number => left + right

export const prefixScan: Example<Float64Array, Float64Array> = {
  explanation: {
    pattern: "recursive data",
    consider: [
      "work: the numbers are read twice, so n workers gain less than n; what limits it is memory, where most of the time goes",
      "depth: the sums of the parts are put together in 2·log₂ rounds up and down a tree; there are few, so the program does that itself",
      "operation: anything associative will do in place of the sum: maxima, products of matrices, the carries of an addition",
    ],
    mapping: "parts of neighbours to whoever is free, twice; a part goes its second round when all sums before it are known",
  },
  takes: ["size", "exchange"],
  size: { of: "numbers", usual: 20_000_000, least: 1, most: 100_000_000 },
  warmUpSize: 1_000_000,

  prepare: ({ size }) => wholeNumbers(size),

  async sequential(numbers, pace, { setUp }) {
    const sums = await setUp(() => new Float64Array(numbers.length).fill(0))
    let before = 0
    for (const { from, to } of partition(numbers.length, 64)) {
      runningSums(numbers.subarray(from, to), before, sums.subarray(from, to))
      if (to > from) before = sums[to - 1] ?? 0
      await pace.at(to / numbers.length)
    }
    return sums
  },

  parallel: (numbers, run) => (run.exchange === "shared" ? inSharedMemory(numbers, run) : byMessages(numbers, run)),

  check: (numbers, { sequential, parallel }) => [
    { what: "running sums that differ from the sequential version's", error: differing(sequential, parallel), within: 0 },
    {
      what: "difference of the last one from the sum by formula",
      error: Math.abs((parallel.at(-1) ?? NaN) - expectedSum(numbers.length)),
      within: 0,
    },
  ],
}

async function inSharedMemory(numbers: Float64Array, run: Run): Promise<Float64Array> {
  const { memory, pace } = run
  const { length } = numbers
  const sums = await run.setUp(async () => {
    ;(await sharedFloats(memory, "numbers", length)).set(numbers)
    // Here and in the plain loop: else whoever writes first would wait for the pages of memory.
    return (await sharedFloats(memory, "sums", length)).fill(0)
  })
  const parts = partsOf(length, run.workers).map(({ from, to }): SharedPart => ({ memory, length, from, to }))
  await scanInParts(await run.pool(), parts, { how: { each: sumShared, combine: add, scan: scanShared }, ...pace.ofGraph })
  return sums
}

async function byMessages(numbers: Float64Array, run: Run): Promise<Float64Array> {
  const chunks = partsOf(numbers.length, run.workers)
  const parts = chunks.map(({ from, to }) => numbers.subarray(from, to))
  const how = { each: sumSent, combine: add, scan: scanSent }
  const sums = await scanInParts(await run.pool(), parts, { how, ...run.pace.ofGraph })
  const result = new Float64Array(numbers.length)
  for (const [i, part] of sums.entries()) result.set(part, chunks[i]?.from)
  return result
}

function differing(a: Float64Array, b: Float64Array): number {
  let count = 0
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) count++
  return count
}
