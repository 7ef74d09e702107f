// compare — a whole run: opens the stage, measures, looks at the machine meanwhile, and gives the report.

import { describeMachine } from "../machine.js"
import { adviceOn } from "./advice.js"
import { Budget } from "./budget.js"
import { bytesOf, measureHandovers, payloadsOf, plannedHandoverMs, type Run, tooLate } from "./handover-table.js"
import { OpenCarriers } from "./open-carriers.js"
import { countCopies } from "./copies.js"
import { OthersWatch } from "./others-watch.js"
import type { Plan } from "./plan.js"
import { Progress } from "./progress.js"
import { type Report, REPORT_VERSION, type WorkloadReport } from "./report-schema.js"
import { Stage } from "./stage.js"
import { plannedTeamMs, teamWorkloads } from "./team-workloads.js"
import { openTeams } from "./teams.js"
import { unitWorkloads } from "./unit-workloads.js"
import { breakEvenAdvice, breakEvens } from "./break-even.js"
import { handlerAdvice, measureHandler, plannedHandlerMs } from "./handler-workload.js"
import { findHandler, type HandlerCall } from "./own-actors.js"
import { claimsOn } from "./claims.js"
import { measureOffered, offeredPayloads, plannedOfferedMs } from "./offered.js"
import { shownBytes } from "./shown-bytes.js"
import { measureWorkload, plannedWorkloadMs, type Workload, type WorkloadRun } from "./workload.js"

export interface CompareOptions {
  readonly plan: Plan
  /** The user's own payload; bytes of many sizes when left out. */
  readonly value?: unknown
  /** The user's own handler: measured beside the payloads. */
  readonly handler?: HandlerCall | undefined
  /** Whether anything is measured beside the handovers and the user's handler. @default "all" */
  readonly workloads?: "all" | "none"
  /** Where a nats-server is kept that was fetched before. */
  readonly serverDir: string
  readonly signal: AbortSignal
  /** Told how far it is, in a line. */
  readonly onProgress: (line: string) => void
}

const LOOK_MS = 400
/** What it takes until everything stands, about. */
const START_MS = 2000
const LOOK_BETWEEN_MS = 100

/** @throws the signal's reason when it is aborted; {@link NoNatsServerError} and the like when the stage cannot be set up */
export async function compare(options: CompareOptions): Promise<Report> {
  const { plan, signal, serverDir, onProgress, handler } = options
  const startedAt = performance.now()
  const payloads = payloadsOf(plan, options.value)
  const toOffer = offeredPayloads(plan, options.value === undefined ? undefined : payloads[0])
  const machine = describeMachine()
  const handlerMs = handler === undefined ? 0 : plannedHandlerMs(plan)
  const planned = plannedHandoverMs({ plan, payloads }) + plannedOfferedMs(plan, toOffer) + plannedWorkloadsMs(plan) + handlerMs
  const progress = new Progress({ plannedMs: START_MS + planned, mostMs: plan.mostMs }, startedAt, onProgress)
  const budget = new Budget(planned, { endsAt: startedAt + plan.mostMs, latest: startedAt + plan.latestMs })
  const others = new OthersWatch()
  const notMeasured: string[] = []
  progress.say("looking at the machine", startedAt)
  await others.look(LOOK_MS)
  progress.say("starting nats-server, threads and processes", performance.now())
  await using stage = await Stage.open({ serverDir, providers: handler?.providers })
  if (handler !== undefined) await findHandler(stage, handler)
  const largest = Math.max(...[...payloads, ...toOffer].map(bytesOf))
  const cargo = { payload: payloads[0] ?? { type: "bytes", bytes: largest }, largest } as const
  await using carriers = await OpenCarriers.open(stage, { cargo, patienceMs: plan.patienceMs })
  progress.done(START_MS)
  const pause = async (): Promise<void> => {
    await others.look(LOOK_BETWEEN_MS)
  }
  const run: WorkloadRun & Run = { plan, stage, carriers, progress, budget, signal, pause }
  const own = handler === undefined ? [] : await measureHandler(handler, run)
  const timed = await measureHandovers(run, payloads)
  const offered = await measureOffered(run, toOffer)
  const breakEven = breakEvens(offered)
  const more = options.workloads === "none" ? [] : await measureWorkloads(run, notMeasured)
  const workloads = [...own, ...more]
  const handovers = await countCopies(run, payloads, timed)
  progress.end()
  progress.say("looking at the machine again", performance.now())
  await others.look(LOOK_MS)
  const seen = others.seen(machine.cores)
  const described = { ...machine, natsServer: stage.natsServer, clockUs: clockUs() }
  return {
    report: "troupe compare",
    version: REPORT_VERSION,
    at: new Date().toISOString(),
    mode: plan.mode,
    tookSeconds: Math.round((performance.now() - startedAt) / 100) / 10,
    payload: payloadWords(options.value, largest),
    machine: described,
    others: seen,
    handovers,
    offered,
    breakEven,
    workloads,
    claims: claimsOn({ handovers, workloads, machine: described, others: seen }),
    advice: [
      ...handlerAdvice(workloads),
      ...(options.value === undefined ? [] : breakEvenAdvice(breakEven, offered)),
      ...adviceOn(handovers, workloads),
    ],
    notMeasured,
  }
}

/** What teams do together, and when they are gone, what one unit costs. */
async function measureWorkloads(run: WorkloadRun, notMeasured: string[]): Promise<WorkloadReport[]> {
  const { plan, stage, progress, budget, signal } = run
  const reports: WorkloadReport[] = []
  /** One that cannot be measured is not in the way of the next. */
  const attempt = async (what: string, measure: () => Promise<void>): Promise<void> => {
    signal.throwIfAborted()
    if (budget.isOver(performance.now())) {
      notMeasured.push(`${what}: not measured: ${tooLate(plan).why}`)
      return
    }
    try {
      await measure()
    } catch (error) {
      signal.throwIfAborted()
      notMeasured.push(`${what}: not measured: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const all = async (workloads: readonly Workload[]): Promise<void> => {
    for (const workload of workloads)
      await attempt(workload.title, async () => {
        reports.push(await measureWorkload(workload, run))
      })
  }
  progress.say("starting threads and processes", performance.now())
  await attempt("what several do at once", async () => {
    budget.share(TEAMS_MS, performance.now())
    await using teams = await openTeams(stage)
    progress.done(TEAMS_MS)
    await all(teamWorkloads(teams))
  })
  await all(unitWorkloads(plan.rounds))
  return reports
}

/** What it takes until all teams stand, about. */
const TEAMS_MS = 1500
function plannedWorkloadsMs(plan: Plan): number {
  const units = unitWorkloads(plan.rounds).reduce((sum, workload) => sum + plannedWorkloadMs(workload, plan), 0)
  return TEAMS_MS + plannedTeamMs(plan) + units
}

/** What is handed over, in words. */
function payloadWords(value: unknown, bytes: number): string {
  if (value === undefined) return "bytes"
  if (!(value instanceof Uint8Array)) return `a value of ${shownBytes(bytes)} as msgpack`
  return value.length === bytes
    ? `${shownBytes(bytes)} of bytes`
    : `${shownBytes(bytes)} of bytes, the fewest there can be, for ${shownBytes(value.length)}`
}

/** What reading the clock takes, in microseconds. */
function clockUs(): number {
  const reads = 10_000
  const start = performance.now()
  for (let i = 1; i < reads; i++) performance.now()
  return Math.round(((performance.now() - start) / reads) * 1e6) / 1000
}
