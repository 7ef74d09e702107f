// compare — a whole run: opens the stage, measures, looks at the machine meanwhile, and gives the report.

import { describeMachine } from "../machine.js"
import { adviceOn } from "./advice.js"
import { bytesOf, measureHandovers, payloadsOf, plannedHandoverMs, shownBytes, type Run } from "./handover-table.js"
import { OpenCarriers } from "./open-carriers.js"
import { OthersWatch } from "./others-watch.js"
import type { Plan } from "./plan.js"
import { Progress } from "./progress.js"
import { type Report, REPORT_VERSION, type WorkloadReport } from "./report-schema.js"
import { Stage } from "./stage.js"
import { teamWorkloads } from "./team-workloads.js"
import { openTeams } from "./teams.js"
import { unitWorkloads } from "./unit-workloads.js"
import { breakEvens } from "./break-even.js"
import { findKind, handlerAdvice, type HandlerCall, handlerWorkloads } from "./handler-workload.js"
import { claimsOn } from "./claims.js"
import { measureOffered, plannedOfferedMs } from "./offered.js"
import type { Payload } from "./parcel.js"
import { measureWorkload, plannedWorkloadMs, type Workload, type WorkloadRun } from "./workload.js"

export interface CompareOptions {
  readonly plan: Plan
  /** The user's own payload; bytes of many sizes when left out. */
  readonly value?: unknown
  /** The user's own handler: measured beside the payloads. */
  readonly handler?: HandlerCall | undefined
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
  const { plan, signal, serverDir, onProgress } = options
  const startedAt = performance.now()
  const payloads = payloadsOf(plan, options.value)
  const machine = describeMachine()
  const progress = new Progress(plannedMs(plan, payloads), startedAt, onProgress)
  const others = new OthersWatch()
  const notMeasured: string[] = []
  progress.say("looking at the machine", startedAt)
  await others.look(LOOK_MS)
  progress.say("starting nats-server, threads and processes", performance.now())
  await using stage = await Stage.open({ serverDir, providers: options.handler?.providers })
  const largest = Math.max(...payloads.map(bytesOf))
  const cargo = { payload: payloads[0] ?? { type: "bytes", bytes: largest }, largest } as const
  await using carriers = await OpenCarriers.open(stage, cargo)
  const pause = async (): Promise<void> => {
    await others.look(LOOK_BETWEEN_MS)
  }
  const run: Run = { plan, carriers, progress, signal, pause }
  const own: WorkloadReport[] = []
  if (options.handler !== undefined) {
    await findKind(stage, options.handler)
    for (const workload of handlerWorkloads(options.handler))
      own.push(await measureWorkload(workload, { plan, stage, progress, signal }))
  }
  const handovers = await measureHandovers(run, payloads)
  const offered = await measureOffered(run)
  const workloads = [...own, ...(await measureWorkloads({ plan, stage, progress, signal, startedAt }, notMeasured))]
  progress.end()
  progress.say("looking at the machine again", performance.now())
  await others.look(LOOK_MS)
  return {
    report: "troupe compare",
    version: REPORT_VERSION,
    at: new Date().toISOString(),
    mode: plan.mode,
    tookSeconds: Math.round((performance.now() - startedAt) / 100) / 10,
    payload: options.value === undefined ? "bytes" : `a value of ${shownBytes(largest)} as msgpack`,
    machine: { ...machine, natsServer: stage.natsServer, clockUs: clockUs() },
    others: others.seen(machine.cores),
    handovers,
    offered,
    breakEven: breakEvens(offered),
    workloads,
    claims: claimsOn({ handovers, workloads }),
    advice: [...handlerAdvice(workloads), ...adviceOn(handovers)],
    notMeasured,
  }
}

/** What teams do together, and when they are gone, what one unit costs. */
async function measureWorkloads(
  run: WorkloadRun & { readonly startedAt: number },
  notMeasured: string[],
): Promise<WorkloadReport[]> {
  const { plan, stage, progress, signal, startedAt } = run
  const reports: WorkloadReport[] = []
  const isOver = (): boolean => performance.now() - startedAt > plan.mostMs
  const leaveOut = (what: string): void => {
    notMeasured.push(`${what}: not measured: the time of a ${plan.mode} run was over; this machine is slow or busy`)
  }
  const all = async (workloads: readonly Workload[]): Promise<void> => {
    for (const workload of workloads) {
      if (isOver()) {
        leaveOut(workload.title)
        continue
      }
      try {
        reports.push(await measureWorkload(workload, run))
      } catch (error) {
        signal.throwIfAborted()
        notMeasured.push(`${workload.title}: not measured: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  }
  progress.say("starting threads and processes", performance.now())
  try {
    if (isOver()) leaveOut("what several do at once")
    else {
      await using teams = await openTeams(stage)
      await all(teamWorkloads(teams))
    }
  } catch (error) {
    signal.throwIfAborted()
    notMeasured.push(`what several do at once: not measured: ${error instanceof Error ? error.message : String(error)}`)
  }
  await all(unitWorkloads(plan.rounds))
  return reports
}

/** About how many workloads the teams have, for the progress bar. */
const TEAM_WORKLOADS = 5

function plannedMs(plan: Plan, payloads: readonly Payload[]): number {
  const units = unitWorkloads(plan.rounds).reduce((sum, workload) => sum + plannedWorkloadMs(workload, plan), 0)
  const teams = TEAM_WORKLOADS * (500 + plan.rounds * plan.workloadMs * 8)
  return START_MS + plannedHandoverMs({ plan, payloads }) + plannedOfferedMs(plan) + units + teams
}

/** What reading the clock takes, in microseconds. */
function clockUs(): number {
  const reads = 10_000
  const start = performance.now()
  for (let i = 1; i < reads; i++) performance.now()
  return Math.round(((performance.now() - start) / reads) * 1e6) / 1000
}
