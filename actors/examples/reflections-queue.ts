// reflections-queue — a queue of work and several workers that take from it until it is empty: parts of a reflection list are read, then
// bundles of reflections are sorted and merged. The figures are those of the actor `reflections`, which does it alone.
//
//   npx troupe run reflections-queue --input test/fixtures/NaCl.hkl --workers 3

import { stat } from "node:fs/promises"
import { task } from "../../runtime/index.js"
import { partition } from "../../runtime/toolkit.js"
import { readHklf4, summarise } from "../reflections.js"
import type { ReadOptions } from "../files/input-file.js"
import type { Example } from "./harness/example.js"
import type { Pace } from "./harness/pace.js"
import { bundled, joined, type Part, type Range, readPart, type Share, shareOf } from "./reflections/parts.js"

/** Bytes of a file that are read in one go. */
const PART_BYTES = 64 * 1024
const BUNDLES_BY_WORKER = 4

type Figures = Readonly<
  Record<"measured" | "rejected" | "unique" | "groups" | "strength" | "mergedStrength" | "rInt" | "rSigma", number>
>

/** A task: reads a range of a file. */
export const readRange = task(import.meta.url, ({ path, range }: { path: string; range: Range }): Promise<Part> =>
  readPart(path, range),
)

/** A task: merges a bundle. */
export const mergeBundle = task(import.meta.url, (packed: Float64Array): Share => shareOf(packed))

export const reflectionsQueue: Example<{ readonly path: string; readonly bytes: number }, Figures> = {
  explanation: {
    pattern: "task parallelism",
    consider: [
      "tasks: ranges of the file, read by the workers themselves, then bundles of reflections that cannot be equivalent to those of another",
      "order: a line's number and the end of the list are known only once all parts before are, so answers are put together in order",
      "limits: putting together and bundling is done in one place; small lists are read faster than messages are sent",
    ],
    mapping: "the next range, later the next bundle, to whoever is free: a queue that is worked off",
  },
  takes: ["input"],
  sampleInput: "test/fixtures/NaCl.hkl",

  async prepare({ input: path = "" }, pace) {
    // Tells in the usual words what is wrong with the path.
    const { reflections } = await readHklf4(path, toldTo(pace))
    return { path, bytes: reflections.length === 0 ? 0 : (await stat(path)).size }
  },

  async sequential({ path }, pace) {
    const summary = summarise(path, await readHklf4(path, toldTo(pace)))
    return {
      measured: summary.measured,
      rejected: summary.rejected,
      unique: summary.unique,
      groups: summary.mergedGroups,
      strength: summary.meanF2OverSigma.measured ?? 0,
      mergedStrength: summary.meanF2OverSigma.merged ?? 0,
      rInt: summary.rInt ?? 0,
      rSigma: summary.rSigma ?? 0,
    }
  },

  async parallel({ path, bytes }, run) {
    const pool = await run.pool()
    const { signal } = run.pace
    const chunks = partition(bytes, Math.max(1, Math.ceil(bytes / PART_BYTES)))
    const read: Part[] = []
    run.soFar(() => ({
      "reflections read": countIn(read.map(({ packed }) => packed)),
      "parts read": read.length,
      of: chunks.length,
    }))
    const ranges = chunks.map(({ from, to }) => ({ path, range: [from, to] as const }))
    for await (const part of pool.imap(readRange, ranges, { signal })) run.pace.told(read.push(part) / chunks.length)
    const parts = joined(path, read)
    const shares = await pool.map(mergeBundle, bundled(parts, run.workers * BUNDLES_BY_WORKER), { signal })
    const sum = (of: (share: Share) => number): number => shares.reduce((total, share) => total + of(share), 0)
    const measured = countIn(parts)
    const weighted = sum((share) => share.weighted)
    const unique = sum((share) => share.unique)
    return {
      measured,
      rejected: measured - weighted,
      unique,
      groups: sum(({ groups }) => groups),
      strength: ratio(sum(({ strength }) => strength.measured), weighted), // prettier-ignore
      mergedStrength: ratio(sum(({ strength }) => strength.merged), unique), // prettier-ignore
      rInt: ratio(sum(({ repeated }) => repeated.spread), sum(({ repeated }) => repeated.f2)), // prettier-ignore
      rSigma: ratio(sum(({ merged }) => merged.sigma), sum(({ merged }) => merged.f2)), // prettier-ignore
    }
  },

  check: (_, { sequential, parallel }) => [
    {
      what: "largest relative difference of a figure from the sequential version's",
      error: (Object.keys(sequential) as (keyof Figures)[]).reduce(
        (largest, one) =>
          Math.max(largest, Math.abs(parallel[one] - sequential[one]) / Math.max(1e-300, Math.abs(sequential[one]))),
        0,
      ),
      within: 1e-9,
    },
  ],

  figures: (_, figures) => figures,
}

function countIn(parts: readonly Float64Array[]): number {
  return parts.reduce((total, { length }) => total + length / 5, 0)
}

function toldTo(pace: Pace): ReadOptions {
  return { signal: pace.signal, onProgress: ({ fraction }) => pace.told(fraction) }
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0
}
