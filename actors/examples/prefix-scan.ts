// prefix-scan — recursive data: every running sum depends on all numbers before it, and still the work can be shared. Each worker sums
// its parts; the few sums are scanned up and down a tree; each worker then makes its running sums on top of what came before.
//
//   npx troupe run prefix-scan
//   npx troupe run prefix-scan --exchange messages

import { Actor, actor, handler } from "../../runtime/index.js"
import { ranges } from "./harness/crew.js"
import type { Example } from "./harness/example.js"
import { layOut, sharedFloats, sharedNumbers } from "./harness/shared-memory.js"
import { expectedSum, wholeNumbers } from "./reduction.js"
import { exclusiveScan, runningSums, sumOf } from "./scan/kernel.js"

type Span = readonly [from: number, to: number]

/** More numbers than this are not sent in one message. */
const MESSAGE_NUMBERS = 1 << 21

@actor({ kind: "prefix-scan-part", module: import.meta.url, description: "Makes the running sums of parts" })
export class PrefixScanPart extends Actor {
  @handler()
  sum(part: Float64Array): number {
    return sumOf(part)
  }

  @handler()
  scan({ part, before }: { part: Float64Array; before: number }): Float64Array {
    runningSums(part, before, part)
    return part
  }

  /** The same in shared memory: nothing but the bounds is sent. */
  @handler()
  sumShared([from, to]: Span): number {
    return sumOf(sharedNumbers("numbers").subarray(from, to))
  }

  @handler()
  scanShared({ span: [from, to], before }: { span: Span; before: number }): void {
    runningSums(sharedNumbers("numbers").subarray(from, to), before, sharedNumbers("sums").subarray(from, to))
  }
}

export const prefixScan: Example<Float64Array, Float64Array> = {
  explanation: {
    pattern: "recursive data",
    consider: [
      "work: the numbers are read twice, so two workers can gain nothing over the loop, and n workers n/2 at most",
      "depth: the sums of the parts are scanned in 2·log₂ rounds up and down a tree; there are few, so that is done in one place",
      "operation: anything associative will do in place of the sum: maxima, products of matrices, the carries of an addition",
    ],
    mapping: "parts of neighbours to whoever is free, twice; the second round begins when all sums of the first are known",
  },
  takes: ["size", "exchange"],
  size: { of: "numbers", usual: 20_000_000, least: 1, most: 100_000_000 },

  prepare: ({ size }) => wholeNumbers(size),

  async sequential(numbers, pace) {
    const sums = new Float64Array(numbers.length)
    let before = 0
    for (const [from, to] of ranges(numbers.length, 64)) {
      runningSums(numbers.subarray(from, to), before, sums.subarray(from, to))
      if (to > from) before = sums[to - 1] ?? 0
      await pace.at(to / numbers.length)
    }
    return sums
  },

  async parallel(numbers, run) {
    const shared = run.exchange === "shared" ? run.setUp(() => inSharedMemory(numbers)) : undefined
    const crew = await run.hire(PrefixScanPart)
    const parts = ranges(numbers.length, Math.max(crew.size, Math.ceil(numbers.length / MESSAGE_NUMBERS)))
    const sums = await crew.map(
      parts,
      (ask, part) => (shared === undefined ? ask.sum(numbers.slice(...part)) : ask.sumShared(part)),
      { span: [0, 0.5] },
    )
    const before = exclusiveScan(sums)
    const jobs = parts.map((span, at) => ({ span, before: before[at] ?? 0 }))
    if (shared !== undefined) {
      await crew.map(jobs, (ask, job) => ask.scanShared(job), { span: [0.5, 1] })
      return shared.sums
    }
    const result = new Float64Array(numbers.length)
    await crew.map(
      jobs,
      async (ask, { span, before: sum }) => result.set(await ask.scan({ part: numbers.slice(...span), before: sum }), span[0]),
      { span: [0.5, 1] },
    )
    return result
  },

  check: (numbers, { sequential, parallel }) => [
    { what: "running sums that differ from the sequential version's", error: differing(sequential, parallel), within: 0 },
    {
      what: "difference of the last one from the sum by formula",
      error: Math.abs((parallel.at(-1) ?? NaN) - expectedSum(numbers.length)),
      within: 0,
    },
  ],
}

function inSharedMemory(numbers: Float64Array): { readonly sums: Float64Array } {
  const shared = { numbers: sharedFloats(numbers.length), sums: sharedFloats(numbers.length) }
  shared.numbers.set(numbers)
  layOut({ numbers: shared.numbers.buffer, sums: shared.sums.buffer })
  return shared
}

function differing(a: Float64Array, b: Float64Array): number {
  let count = 0
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) count++
  return count
}
