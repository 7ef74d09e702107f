// compare — a whole run: opens the stage, measures, looks at the machine meanwhile, and gives the report.

import { describeMachine } from "../machine.js"
import { adviceOn } from "./advice.js"
import { bytesOf, measureHandovers, payloadsOf, plannedHandoverMs, shownBytes, type Run } from "./handover-table.js"
import { OpenCarriers } from "./open-carriers.js"
import { OthersWatch } from "./others-watch.js"
import type { Plan } from "./plan.js"
import { Progress } from "./progress.js"
import { type Report, REPORT_VERSION } from "./report-schema.js"
import { Stage } from "./stage.js"

export interface CompareOptions {
  readonly plan: Plan
  /** The user's own payload; bytes of many sizes when left out. */
  readonly value?: unknown
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
  const progress = new Progress(START_MS + plannedHandoverMs({ plan, payloads }), startedAt, onProgress)
  const others = new OthersWatch()
  progress.say("looking at the machine", startedAt)
  await others.look(LOOK_MS)
  progress.say("starting nats-server, threads and processes", performance.now())
  await using stage = await Stage.open({ serverDir })
  const largest = Math.max(...payloads.map(bytesOf))
  const cargo = { payload: payloads[0] ?? { type: "bytes", bytes: largest }, largest } as const
  await using carriers = await OpenCarriers.open(stage, cargo)
  const pause = async (): Promise<void> => void (await others.look(LOOK_BETWEEN_MS))
  const run: Run = { plan, carriers, progress, signal, pause }
  const handovers = await measureHandovers(run, payloads)
  progress.done(START_MS)
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
    offered: [],
    workloads: [],
    claims: [],
    advice: adviceOn(handovers),
    notMeasured: [],
  }
}

/** What reading the clock takes, in microseconds. */
function clockUs(): number {
  const reads = 10_000
  const start = performance.now()
  for (let i = 1; i < reads; i++) performance.now()
  return Math.round(((performance.now() - start) / reads) * 1e6) / 1000
}
