// Workload — a question with several cases, each of which gives one figure a round. Rounds of all cases are interleaved.

import { roundSpread, shuffled } from "./handover-table.js"
import type { Plan } from "./plan.js"
import type { Progress } from "./progress.js"
import type { WorkloadReport } from "./report-schema.js"
import type { Stage } from "./stage.js"

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
  readonly signal: AbortSignal
}

/** How long a round may take beyond what was planned. */
const PATIENCE_MS = 60_000

/** Starting and ending things takes its time, however short a round is meant to be. */
const LEAST_ROUND_MS = 150

/** Roughly, for the progress bar: the cases are known only once it is open. */
export function plannedWorkloadMs({ rounds, forMs }: Workload, plan: Plan): number {
  return 500 + (rounds ?? plan.rounds) * Math.max(forMs ?? plan.workloadMs, LEAST_ROUND_MS) * 4
}

export async function measureWorkload(workload: Workload, run: WorkloadRun): Promise<WorkloadReport> {
  const { plan, progress, signal } = run
  const { id, title, question, unit, better, axis } = workload
  progress.say(title, performance.now())
  const rounds = workload.rounds ?? plan.rounds
  const forMs = workload.forMs ?? plan.workloadMs
  const warmUps = workload.warmUps ?? 1
  const opened = await workload.open(run.stage)
  const figures = new Map<WorkloadCase, number[]>()
  const failures = new Map<WorkloadCase, string>()
  const each = plannedWorkloadMs(workload, plan) / ((rounds + warmUps) * Math.max(1, opened.cases.length))
  try {
    for (let round = -warmUps; round < rounds; round++) {
      for (const one of shuffled(opened.cases)) {
        signal.throwIfAborted()
        progress.say(`${title}: ${one.series}`, performance.now())
        if (!failures.has(one)) {
          try {
            const figure = await within(one.round(forMs))
            if (round >= 0) figures.set(one, [...(figures.get(one) ?? []), figure])
          } catch (error) {
            failures.set(one, error instanceof Error ? error.message : String(error))
          }
        }
        progress.done(each)
      }
    }
  } finally {
    await opened.close()
  }
  return {
    id,
    title,
    question,
    unit,
    better,
    ...(axis === undefined ? {} : { axis }),
    notes: [...(opened.notes ?? [])],
    points: [
      ...opened.cases.map((one) => {
        const why = failures.get(one)
        const outcome =
          why === undefined
            ? ({ status: "measured", spread: roundSpread(figures.get(one) ?? []), rounds } as const)
            : ({ status: "not measured", why } as const)
        return { series: one.series, ...(one.x === undefined ? {} : { x: one.x }), outcome }
      }),
      ...(opened.missing ?? []).map(({ series, why }) => ({ series, outcome: { status: "not measured" as const, why } })),
    ],
  }
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no end after ${String(PATIENCE_MS / 1000)} s`))
    }, PATIENCE_MS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
