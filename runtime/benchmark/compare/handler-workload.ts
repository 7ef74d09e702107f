// The user's own handler, in each placement: how long an ask takes, how many are answered a second, and which rate each keeps up with.

import { setMaxListeners } from "node:events"
import { setTimeout as delay } from "node:timers/promises"
import { spreadOf } from "../statistics.js"
import { ANSWER_MS, type Ask, type HandlerCall, OwnActors, PLACEMENTS } from "./own-actors.js"
import type { Plan } from "./plan.js"
import type { RoundSpread, WorkloadReport } from "./report-schema.js"
import { compared, shownFigure, shownRange } from "./verdict.js"
import { measureWorkload, plannedWorkloadMs, type Workload, type WorkloadCase, type WorkloadRun } from "./workload.js"

const WIDTH = 64
/** From then on an ask counts as slow. */
const SLOW_MS = 3
/** So many answers a rate is told from, however long they take. */
const LEAST_ANSWERS = 2
/** Above that, whoever asks one at a time and looks at the clock in between is what is measured. */
const RATES = [10, 100, 1000, 10_000] as const
const RATE_MS = 300
/** What counts as keeping up: so much of what was due, in the time. */
const ENOUGH = 0.98

/** About what all of it takes. */
export function plannedHandlerMs(plan: Plan): number {
  return Object.values(workSizes(plan)).reduce((sum, size) => sum + plannedWorkloadMs(size, plan), 0)
}

/** Rounds, their length and how many cases, of each workload. */
function workSizes({ rateMs }: Plan) {
  const cases = PLACEMENTS.length
  const offered = { warmUps: 0, forMs: Math.max(RATE_MS, rateMs), caseCount: cases * RATES.length }
  return { latency: { caseCount: cases }, rate: { caseCount: cases }, offered }
}

export async function measureHandler(call: HandlerCall, run: WorkloadRun): Promise<WorkloadReport[]> {
  const { stage, plan, progress } = run
  progress.say(`${call.kind}.${call.handler}: asked once in each placement`, performance.now())
  await using actors = await OwnActors.open(stage.system, call, Math.min(ANSWER_MS, plan.patienceMs))
  const reports: WorkloadReport[] = []
  for (const workload of handlerWorkloads(actors, call, plan)) reports.push(await measureWorkload(workload, run))
  return reports
}

function handlerWorkloads(actors: OwnActors, { kind, handler }: HandlerCall, plan: Plan): readonly Workload[] {
  const sizes = workSizes(plan)
  return [
    {
      id: "handler-latency",
      title: `${kind}.${handler}, one at a time`,
      question: "How long does an ask of your handler take in each placement?",
      unit: "µs",
      better: "less",
      ...sizes.latency,
      open: () => opened(actors, (ask) => [{ round: (forMs) => oneAtATime(ask, forMs) }]),
    },
    {
      id: "handler-rate",
      title: `${kind}.${handler}, ${String(WIDTH)} in flight`,
      question: "How many asks a second does one actor answer in each placement?",
      unit: "asks per second",
      better: "more",
      ...sizes.rate,
      open: () => opened(actors, (ask) => [{ round: (forMs) => manyInFlight(ask, forMs) }]),
    },
    {
      id: "handler-offered",
      title: `${kind}.${handler}, at a given rate`,
      question:
        "How long does an ask of your handler take that is due at a steady rate, timed since it was due? A placement that does not keep up with a rate has no figure there.",
      unit: "µs since due",
      better: "less",
      axis: "asks due a second",
      ...sizes.offered,
      open: () => opened(actors, (ask) => RATES.map((rate) => ({ x: rate, round: (forMs) => atRate(ask, { rate, forMs }) }))),
    },
  ]
}

function opened(actors: OwnActors, cases: (ask: Ask) => readonly Omit<WorkloadCase, "series">[]): ReturnType<Workload["open"]> {
  return Promise.resolve({
    cases: PLACEMENTS.flatMap((series) => {
      const ask = actors.asks.get(series)
      return ask === undefined ? [] : cases(ask).map((one) => ({ series, ...one }))
    }),
    missing: [...actors.missing].map(([series, why]) => ({ series, why })),
    close: () => Promise.resolve(),
  })
}

async function oneAtATime(ask: Ask, forMs: number): Promise<number> {
  const until = performance.now() + forMs
  const took: number[] = []
  do {
    const start = performance.now()
    await ask()
    took.push((performance.now() - start) * 1000)
  } while (performance.now() < until)
  return spreadOf(took).median
}

async function manyInFlight(ask: Ask, forMs: number): Promise<number> {
  const rest = await waysOut(ask)
  const start = performance.now()
  const until = start + forMs
  let done = 0
  let took = 0
  const isOver = (): boolean => {
    if (done < LEAST_ANSWERS || performance.now() < until) return false
    if (took === 0) {
      took = performance.now() - start
      rest?.abort()
    }
    return true
  }
  const lane = async (): Promise<void> => {
    while (!isOver()) {
      await ask(rest?.signal)
      if (took === 0) done++
    }
  }
  await Promise.all(
    Array.from({ length: WIDTH }, () =>
      lane().catch((error: unknown) => {
        if (took === 0) throw error
      }),
    ),
  )
  return (done / took) * 1000
}

/**
 * By which asks of a slow handler are given up when their time is over: 64 that take a second each would take more than a minute. A quick
 * one has none, since to pass it on is work as well, and would be measured.
 */
async function waysOut(ask: Ask): Promise<AbortController | undefined> {
  const begun = performance.now()
  await ask()
  if (performance.now() - begun < SLOW_MS) return undefined
  const out = new AbortController()
  setMaxListeners(WIDTH, out.signal)
  return out
}

/** The median since each ask was due. @throws {Error} when it does not keep up */
async function atRate(ask: Ask, { rate, forMs }: { readonly rate: number; readonly forMs: number }): Promise<number> {
  const hopeless = await waysOut(ask)
  const took: number[] = []
  const start = performance.now()
  const due = Math.max(1, Math.floor((forMs * rate) / 1000))
  const until = start + forMs
  let begun = 0
  const lane = async (): Promise<void> => {
    while (begun < due && performance.now() < until) {
      const at = start + (begun++ * 1000) / rate
      const early = at - performance.now()
      // A timer is a millisecond late; the last one is waited out turn by turn.
      if (early > 2) await delay(early - 2)
      while (performance.now() < at) await new Promise((resolve) => setImmediate(resolve))
      await ask(hopeless?.signal)
      took.push((performance.now() - at) * 1000)
    }
  }
  const lanes = Array.from({ length: Math.min(WIDTH, due) }, () =>
    lane().catch((error: unknown) => {
      if (hopeless?.signal.aborted !== true) throw error
    }),
  )
  // Who has not answered half of them in the time does not keep up: what is left need not be waited for.
  const look = setTimeout(() => {
    if (took.length < due / 2) hopeless?.abort()
  }, forMs)
  await Promise.all(lanes).finally(() => {
    clearTimeout(look)
  })
  const inTime = took.length
  if (inTime < due * ENOUGH)
    throw new Error(`it does not keep up: ${shownFigure((inTime / forMs) * 1000)} of ${shownFigure(rate)} asks a second`)
  return spreadOf(took).median
}

/** What follows for the handler: how much each placement takes, what one pays for leaving the loop, and which is the one to take. */
export function handlerAdvice(workloads: readonly WorkloadReport[]): string[] {
  const of = (id: string, series: string, x?: number): RoundSpread | undefined => {
    const point = workloads.find((one) => one.id === id)?.points.find((one) => one.series === series && one.x === x)
    return point?.outcome.status === "measured" ? point.outcome.spread : undefined
  }
  const inline = of("handler-latency", "inline")
  const each = PLACEMENTS.flatMap((series) => {
    const [latency, rate] = [of("handler-latency", series), of("handler-rate", series)]
    if (latency === undefined || rate === undefined) return []
    const more =
      inline === undefined || series === "inline" || compared(latency, inline) === "cannot tell apart"
        ? ""
        : `, ${shownFigure(latency.median - inline.median)} µs more than inline`
    const keeps =
      series === "inline" ? "holding up everything else on its event loop meanwhile" : "leaving your event loop free meanwhile"
    return [
      `Your handler ${series === "inline" ? "inline" : `in a ${series}`} answers in ${shownRange(latency)} µs${more}, up to ${shownRange(rate)} a second, ${keeps}.`,
    ]
  })
  const rated = RATES.flatMap((rate) => {
    const kept = (["thread", "process"] as const).flatMap((series) => {
      const spread = of("handler-offered", series, rate)
      return spread === undefined ? [] : [`a ${series} (${shownRange(spread)} µs)`]
    })
    return kept.length === 0 ? [] : [`${shownFigure(rate)} with ${kept.join(" or ")}`]
  })
  return rated.length === 0 ? each : [...each, `Off your event loop, this many asks a second are kept up: ${rated.join("; ")}.`]
}
