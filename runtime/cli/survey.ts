// Survey — what `troupe run --all` does: every example, in each placement, with more and more workers.

import { availableParallelism } from "node:os"
import { resolve } from "node:path"
import type { Placement } from "../actor/surroundings.js"
import { describeMachine, type Machine } from "../benchmark/machine.js"
import { codeOf } from "../errors.js"
import type { ExampleAbilities, ExampleReport, ExampleWanted } from "./example-door.js"

/** One row of the table: an example, where its workers ran, and how many. */
export interface SurveyRow {
  readonly example: string
  readonly placement: Placement
  readonly workers: number
  /** Undefined when it could not run. */
  readonly report: ExampleReport | undefined
  /** Why it could not run. */
  readonly failure: string | undefined
}

export interface Survey {
  /** ISO 8601. */
  readonly at: string
  readonly machine: Machine
  readonly sizes: "usual" | "small"
  readonly rounds: number
  /** Whether it came to its end. */
  readonly complete: boolean
  readonly rows: readonly SurveyRow[]
}

/** What is to be run. */
export interface SurveyPlan {
  /** @default all three */
  readonly placement?: Placement | undefined
  /** @default 1, 2, 4 and so on, up to what the machine runs at once */
  readonly workers?: number | undefined
  /** How often each is run. @default 1 */
  readonly rounds?: number | undefined
  readonly sizes: "usual" | "small"
  /** Where the paths of sample inputs start from. */
  readonly samplesFrom: string
  /** Where examples may write. */
  readonly outputDir: string
}

type Entry<X extends ExampleAbilities> = { readonly name: string; load(): Promise<X> }
type Run<X> = (example: X, asked: { name: string; wanted: ExampleWanted; place: number; of: number }) => Promise<ExampleReport>

/** Small problems are this part of the usual ones. */
const SMALL_PART = 20

/** Counts of workers up to what the machine runs at once: 1, 2, 4 and so on, and all. */
export function workersUpTo(most: number): readonly number[] {
  const counts: number[] = []
  for (let count = 1; count < most; count *= 2) counts.push(count)
  return [...counts, most]
}

/** Runs all; `told` gets the survey as it stands after each row. What is cancelled ends it. */
export async function survey<X extends ExampleAbilities>(
  entries: readonly Entry<X>[],
  { plan, run, told }: { plan: SurveyPlan; run: Run<X>; told: (survey: Survey) => void },
): Promise<Survey> {
  const rows: SurveyRow[] = []
  const before = { at: new Date().toISOString(), machine: describeMachine(), sizes: plan.sizes, rounds: plan.rounds ?? 1 }
  const cells = entries.flatMap((entry) => cellsOf(plan).map((cell) => ({ entry, ...cell })))
  for (const [place, { entry, placement, workers }] of cells.entries()) {
    const { name } = entry
    const example = await entry.load()
    const row = { example: name, placement, workers }
    try {
      const output = resolve(plan.outputDir, `${name}-${placement}-${String(workers)}`)
      const wanted = { ...wantedOf(example, plan), placement, workers, ...(example.takes.includes("output") ? { output } : {}) }
      const report = await run(example, { name, wanted, place: place + 1, of: cells.length })
      rows.push({ ...row, report, failure: undefined })
    } catch (error) {
      if (codeOf(error) === "ERR_CANCELLED") throw error
      rows.push({ ...row, report: undefined, failure: error instanceof Error ? error.message : String(error) })
    }
    told({ ...before, complete: false, rows: [...rows] })
  }
  return { ...before, complete: true, rows }
}

function cellsOf({ placement, workers }: SurveyPlan): { placement: Placement; workers: number }[] {
  const counts = workers === undefined ? workersUpTo(availableParallelism()) : [workers]
  const placements: readonly Placement[] = placement === undefined ? ["inline", "thread", "process"] : [placement]
  return placements.flatMap((where) =>
    // On one event loop more workers gain nothing.
    (where === "inline" ? counts.slice(0, 1) : counts).map((count) => ({ placement: where, workers: count })),
  )
}

function wantedOf({ size, sampleInput }: ExampleAbilities, { sizes, samplesFrom, rounds }: SurveyPlan): ExampleWanted {
  return {
    ...(rounds === undefined ? {} : { rounds }),
    ...(sizes === "small" && size !== undefined ? { size: smallOf(size) } : {}),
    ...(sampleInput === undefined ? {} : { input: resolve(samplesFrom, sampleInput) }),
  }
}

function smallOf({ usual, least, powerOfTwo = false }: NonNullable<ExampleAbilities["size"]>): number {
  const small = Math.max(least, Math.round(usual / SMALL_PART))
  return powerOfTwo ? 2 ** Math.round(Math.log2(small)) : small
}
