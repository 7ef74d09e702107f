// Workload — a question with several cases, each of which gives one figure a round. Rounds of all cases are interleaved.

import { type Budget, hasTimeFor, type Share } from "./budget.js"
import { roundSpread, shuffled } from "./handover-table.js"
import type { Plan } from "./plan.js"
import type { Progress } from "./progress.js"
import type { WorkloadReport } from "./report-schema.js"
import type { Stage } from "./stage.js"
import { within } from "./within.js"

export interface WorkloadCase {
  readonly series: string
  readonly x?: number
  /** Runs for about so long and gives its figure. Throws when what was done is not what should have been. */
  round(forMs: number): Promise<number>
}

export interface Workload {
  readonly id: string
  readonly title: string
  readonly question: string
  readonly unit: string
  readonly better: "less" | "more"
  /** What the cases' x is. */
  readonly axis?: string
  /** Rounds and their length, when they are not the plan's. */
  readonly rounds?: number
  readonly forMs?: number
  /** How many rounds do not count. @default 1 */
  readonly warmUps?: number
  /** How many cases it has and what a round of one takes, for its share of the time. @default 4, and the length of a round */
  readonly caseCount?: number
  readonly roundMs?: number
  /** Makes what the cases need. What cannot be had gives no case but a reason. */
  open(stage: Stage): Promise<OpenWorkload>
}

export interface OpenWorkload {
  readonly cases: readonly WorkloadCase[]
  readonly missing?: readonly { readonly series: string; readonly why: string }[]
  readonly notes?: readonly string[]
  close(): Promise<void>
}

export interface WorkloadRun {
  readonly plan: Plan
  readonly stage: Stage
  readonly progress: Progress
  readonly budget: Budget
  readonly signal: AbortSignal
  /** Called while nothing of ours runs. */
  readonly pause: () => Promise<void>
}

/** Opening and closing, and the beginning and end of each round, take their time. */
const OPEN_MS = 200
const ROUND_MS = 10

/** Roughly, for the progress bar and its share of the time: the cases are known only once it is open. */
export function plannedWorkloadMs(
  workload: Pick<Workload, "rounds" | "warmUps" | "caseCount" | "forMs" | "roundMs">,
  plan: Plan,
): number {
  const { rounds = plan.rounds, warmUps = 1, caseCount = 4, forMs = plan.workloadMs, roundMs = forMs + ROUND_MS } = workload
  return OPEN_MS + (rounds + warmUps) * caseCount * roundMs
}

export async function measureWorkload(workload: Workload, run: WorkloadRun): Promise<WorkloadReport> {
  const { plan, progress, budget } = run
  const { id, title, question, unit, better, axis } = workload
  progress.say(title, performance.now())
  const planned = plannedWorkloadMs(workload, plan)
  const share = budget.share(planned, performance.now())
  const opened = await workload.open(run.stage)
  let figures: CaseFigures
  try {
    figures = await measureCases({ workload, cases: opened.cases, share, planned }, run)
  } finally {
    await opened.close()
  }
  await run.pause()
  const measured = opened.cases.map((one) => ({
    series: one.series,
    ...(one.x === undefined ? {} : { x: one.x }),
    outcome: outcomeOf(figures.get(one) ?? []),
  }))
  const missing = (opened.missing ?? []).map(({ series, why }) => ({ series, outcome: { status: "not measured" as const, why } }))
  const notes = [...(opened.notes ?? [])]
  return { id, title, question, unit, better, ...(axis === undefined ? {} : { axis }), notes, points: [...measured, ...missing] }
}

/** What the rounds of each case gave, or why it has failed. */
type CaseFigures = ReadonlyMap<WorkloadCase, readonly number[] | string>

function outcomeOf(figures: readonly number[] | string): WorkloadReport["points"][number]["outcome"] {
  if (typeof figures === "string") return { status: "not measured", why: figures }
  return { status: "measured", spread: roundSpread(figures), rounds: figures.length }
}

async function measureCases(
  { workload, cases, share, planned }: { workload: Workload; cases: readonly WorkloadCase[]; share: Share; planned: number },
  { plan, progress, signal }: WorkloadRun,
): Promise<CaseFigures> {
  const { title, rounds: most = plan.rounds, forMs = plan.workloadMs, warmUps = 1 } = workload
  const figures = new Map<WorkloadCase, readonly number[] | string>()
  const each = planned / ((most + warmUps) * Math.max(1, cases.length))
  const before = progress.doneMs
  for (let round = 0; hasTimeFor(share, { done: round, most, warmUps }, performance.now()); round++) {
    for (const one of shuffled(cases)) {
      signal.throwIfAborted()
      progress.say(`${title}: ${one.series}`, performance.now())
      const soFar = figures.get(one) ?? []
      progress.done(each)
      if (typeof soFar === "string") continue
      try {
        const figure = await within(one.round(forMs), forMs + plan.patienceMs)
        if (round >= warmUps) figures.set(one, [...soFar, figure])
      } catch (error) {
        figures.set(one, error instanceof Error ? error.message : String(error))
      }
    }
  }
  progress.done(planned - (progress.doneMs - before))
  return figures
}
