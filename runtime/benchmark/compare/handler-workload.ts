// The user's own handler, in each placement: how long an ask takes, and how many are answered a second.

import type { ActorRef } from "../../actor/actor-ref.js"
import type { Placement } from "../../actor/surroundings.js"
import { inFlight } from "../in-flight.js"
import { spreadOf } from "../statistics.js"
import type { RoundSpread, WorkloadReport } from "./report-schema.js"
import type { Stage } from "./stage.js"
import { shownFigure, shownRange } from "./verdict.js"
import type { Workload } from "./workload.js"

/** Which handler, and with what. */
export interface HandlerCall {
  readonly kind: string
  readonly handler: string
  /** JSON that was decoded. */
  readonly input: unknown
  /** Where the project's actors are. */
  readonly actorsDir: string
  /** What they need to be made. */
  readonly providers: string | undefined
}

const PLACEMENTS = ["inline", "thread", "process"] as const
const ASK_MS = 10_000
const WIDTH = 64

/** Finds the kind. @throws {NoKindError} when there is none */
export async function findKind({ system }: Stage, { kind, actorsDir }: HandlerCall): Promise<void> {
  await system.kinds.addFolder(actorsDir)
  system.kinds.get(kind)
}

export function handlerWorkloads(call: HandlerCall): readonly Workload[] {
  const { kind, handler } = call
  return [
    {
      id: "handler-latency",
      title: `${kind}.${handler}, one at a time`,
      question: "How long does an ask of your handler take in each placement?",
      unit: "µs",
      better: "less",
      open: (stage) => opened(stage, call, oneAtATime),
    },
    {
      id: "handler-rate",
      title: `${kind}.${handler}, ${String(WIDTH)} in flight`,
      question: "How many asks a second does one actor answer in each placement?",
      unit: "asks per second",
      better: "more",
      open: (stage) => opened(stage, call, manyInFlight),
    },
  ]
}

type Ask = () => Promise<unknown>

async function opened(
  { system }: Stage,
  { kind, handler, input }: HandlerCall,
  measure: (ask: Ask, forMs: number) => Promise<number>,
): ReturnType<Workload["open"]> {
  const refs: { placement: Placement; ref: ActorRef }[] = []
  const missing: { series: string; why: string }[] = []
  for (const placement of PLACEMENTS) {
    try {
      refs.push({ placement, ref: await system.spawnKind(kind, { placement }) })
    } catch (error) {
      missing.push({ series: placement, why: error instanceof Error ? error.message : String(error) })
    }
  }
  return {
    cases: refs.map(({ placement, ref }) => {
      const client = ref.with({ timeoutMs: ASK_MS }).ask as Readonly<Record<string, (input: unknown) => Promise<unknown>>>
      const ask: Ask = async () => {
        const method = client[handler]
        if (method === undefined) throw new Error(`no handler ${handler}`)
        return method(input)
      }
      return { series: placement, round: (forMs) => measure(ask, forMs) }
    }),
    missing,
    async close() {
      for (const { ref } of refs) await system.kill(ref).catch(() => undefined)
    },
  }
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
  const first = performance.now()
  await ask()
  const total = Math.max(WIDTH, Math.min(100_000, Math.ceil(forMs / Math.max(0.002, performance.now() - first))))
  return (total / (await inFlight(total, WIDTH, ask))) * 1000
}

/** What follows for the handler: how much each placement takes, and what one pays for leaving the loop. */
export function handlerAdvice(workloads: readonly WorkloadReport[]): string[] {
  const of = (id: string, series: string): RoundSpread | undefined => {
    const point = workloads.find((workload) => workload.id === id)?.points.find((one) => one.series === series)
    return point?.outcome.status === "measured" ? point.outcome.spread : undefined
  }
  const inline = of("handler-latency", "inline")
  return PLACEMENTS.flatMap((series) => {
    const [latency, rate] = [of("handler-latency", series), of("handler-rate", series)]
    if (latency === undefined || rate === undefined) return []
    const more =
      inline === undefined || series === "inline" ? "" : `, ${shownFigure(latency.median - inline.median)} µs more than inline`
    const keeps =
      series === "inline" ? "holding up everything else on its event loop meanwhile" : "leaving your event loop free meanwhile"
    return [
      `Your handler ${series === "inline" ? "inline" : `in a ${series}`} answers in ${shownRange(latency)} µs${more}, up to ${shownRange(rate)} a second, ${keeps}.`,
    ]
  })
}
