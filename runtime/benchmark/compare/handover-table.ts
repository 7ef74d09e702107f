// All carriers at all sizes, in interleaved rounds.

import { spreadOf, quantile } from "../statistics.js"
import { CARRIERS, carrierWords } from "./carrier-list.js"
import type { CarrierId, CpuReading } from "./carrier.js"
import { handOne, handoverRound, type HandoverRound, ParcelPool } from "./handover.js"
import type { OpenCarriers } from "./open-carriers.js"
import { LEAST_BYTES, type Payload, packed } from "./parcel.js"
import type { Plan } from "./plan.js"
import type { Progress } from "./progress.js"
import type { Handover, MeasuredHandover, RoundSpread } from "./report-schema.js"

export interface Run {
  readonly plan: Plan
  readonly carriers: OpenCarriers
  readonly progress: Progress
  readonly signal: AbortSignal
  /** Called while nothing of ours runs. */
  readonly pause: () => Promise<void>
}

/** The payloads of a run, the smallest first: bytes of many sizes, or the user's own value. Of bytes the user has, the number counts. */
export function payloadsOf(plan: Plan, value: unknown): readonly Payload[] {
  if (value === undefined) return plan.sizes.map((bytes) => ({ type: "bytes", bytes }))
  return [value instanceof Uint8Array ? { type: "bytes", bytes: Math.max(LEAST_BYTES, value.length) } : { type: "value", value }]
}

export function bytesOf(payload: Payload): number {
  return payload.type === "bytes" ? payload.bytes : packed(payload.value).length
}

export function plannedHandoverMs({ plan, payloads }: { readonly plan: Plan; readonly payloads: readonly Payload[] }): number {
  const each = plan.latencyMs + plan.streamMs
  return CARRIERS.length * (plan.warmUpMs + payloads.length * plan.rounds * each)
}

export async function measureHandovers(run: Run, payloads: readonly Payload[]): Promise<Handover[]> {
  const { plan, carriers, progress } = run
  const [first] = payloads
  if (first !== undefined) await warmUp(run, first)
  const rows: Handover[] = []
  for (const payload of payloads) {
    const bytes = bytesOf(payload)
    const rounds = new Map<CarrierId, HandoverRound[]>()
    const failures = new Map<CarrierId, string>(carriers.lost)
    const pool = new ParcelPool(payload, bytes)
    for (let round = 0; round < plan.rounds; round++) {
      for (const id of shuffled(CARRIERS.map((carrier) => carrier.id))) {
        run.signal.throwIfAborted()
        progress.say(
          `${shownBytes(bytes)}, round ${String(round + 1)} of ${String(plan.rounds)}: ${carrierWords(id).label}`,
          performance.now(),
        )
        if (!failures.has(id)) {
          const done = await carriers.use(id, (carrier) => {
            carrier.fit?.(bytes)
            return handoverRound(carrier, pool, plan)
          })
          if ("failed" in done) failures.set(id, done.failed)
          else rounds.set(id, [...(rounds.get(id) ?? []), done.result])
        }
        progress.done(plan.latencyMs + plan.streamMs)
      }
    }
    for (const { id } of CARRIERS) {
      const why = failures.get(id)
      const outcome =
        why === undefined ? measured(rounds.get(id) ?? [], { id, bytes }) : ({ status: "not measured", why } as const)
      rows.push({ carrier: id, bytes, outcome })
    }
    await run.pause()
  }
  return rows
}

/** Node.js compiles a path only after many calls: nothing counts before. */
async function warmUp({ plan, carriers, progress, signal }: Run, payload: Payload): Promise<void> {
  const bytes = bytesOf(payload)
  const pool = new ParcelPool(payload, bytes)
  for (const { id, label } of CARRIERS) {
    signal.throwIfAborted()
    progress.say(`warming up: ${label}`, performance.now())
    await carriers.use(id, async (carrier) => {
      carrier.fit?.(bytes)
      const [parcel] = pool.take(1)
      if (parcel !== undefined) await handOne(carrier, parcel)
      await handoverRound(carrier, pool, { latencyMs: plan.warmUpMs / 2, streamMs: plan.warmUpMs / 2 })
    })
    progress.done(plan.warmUpMs)
  }
}

function measured(rounds: readonly HandoverRound[], { id, bytes }: { id: CarrierId; bytes: number }): MeasuredHandover {
  const samples = rounds.flatMap(({ latencies }) => latencies).sort((a, b) => a - b)
  const p99 = quantile(samples, 0.99)
  const p999 = quantile(samples, 0.999)
  const cpu = cpuOf(rounds.map((round) => round.cpu))
  return {
    status: "measured",
    rounds: rounds.length,
    samples: samples.length,
    p50: roundSpread(rounds.map(({ latencies }) => spreadOf(latencies).median)),
    ...(p99 === undefined ? {} : { p99 }),
    ...(p999 === undefined ? {} : { p999 }),
    perSecond: roundSpread(rounds.map(({ perSecond }) => perSecond)),
    inFlight: Math.max(...rounds.map(({ inFlight }) => inFlight)),
    ...(cpu === undefined ? {} : { cpu }),
    copiedBytes: carrierWords(id).copies * bytes,
    verified: rounds.reduce((sum, { verified }) => sum + verified, 0),
  }
}

export function roundSpread(figures: readonly number[]): RoundSpread {
  const { median, min, max } = spreadOf(figures)
  return { median, min, max }
}

function cpuOf(readings: readonly CpuReading[]): MeasuredHandover["cpu"] {
  const median = (of: (reading: CpuReading) => number | undefined): number | undefined => {
    const figures = readings.map(of).filter((figure) => figure !== undefined)
    return figures.length < readings.length ? undefined : spreadOf(figures).median
  }
  const here = median((reading) => reading.here)
  const there = median((reading) => reading.there)
  const between = median((reading) => reading.between)
  if (here === undefined || there === undefined) return undefined
  return { here, there, ...(between === undefined ? {} : { between }) }
}

export function shuffled<T>(items: readonly T[]): T[] {
  const mixed = [...items]
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    const [a, b] = [mixed[i], mixed[j]] as [T, T]
    mixed[i] = b
    mixed[j] = a
  }
  return mixed
}

/** `64 B`, `4 KiB`, `1.5 MiB`. */
export function shownBytes(bytes: number): string {
  if (bytes < 1024) return `${String(bytes)} B`
  const [amount, unit] = bytes < 2 ** 20 ? [bytes / 1024, "KiB"] : [bytes / 2 ** 20, "MiB"]
  return `${String(Math.round(amount * 10) / 10)} ${unit}`
}
