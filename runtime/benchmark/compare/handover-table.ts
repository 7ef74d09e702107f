// All carriers at all sizes, in interleaved rounds.

import { spreadOf, quantile } from "../statistics.js"
import { type Budget, hasTimeFor } from "./budget.js"
import { CARRIERS, carrierWords } from "./carrier-list.js"
import type { CarrierId, Reading } from "./carrier.js"
import { handOne, handoverRound, type HandoverRound, ParcelPool } from "./handover.js"
import type { OpenCarriers } from "./open-carriers.js"
import { LEAST_BYTES, type Payload, packed } from "./parcel.js"
import type { Plan } from "./plan.js"
import type { Progress } from "./progress.js"
import type { Handover, MeasuredHandover, RoundSpread, Unmeasured } from "./report-schema.js"
import { shownBytes } from "./shown-bytes.js"

export interface Run {
  readonly plan: Plan
  readonly carriers: OpenCarriers
  readonly progress: Progress
  readonly budget: Budget
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

/** Of payloads larger than that a round takes longer than it was meant to, in proportion: it has its few handovers even so. */
const LARGE_BYTES = 4 * 2 ** 20

export function plannedHandoverMs({ plan, payloads }: { readonly plan: Plan; readonly payloads: readonly Payload[] }): number {
  const each = payloads.map((payload) => plannedMs(plan, bytesOf(payload)))
  return CARRIERS.length * plan.warmUpMs + each.reduce((sum, ms) => sum + ms, 0)
}

/** How much of a round warms up, for each size. */
const WARM_UP_PART = 4

/** For all carriers at one size. */
function plannedMs({ rounds, latencyMs, streamMs }: Plan, bytes: number): number {
  return CARRIERS.length * (rounds + 1 / WARM_UP_PART) * (latencyMs + streamMs) * Math.max(1, bytes / LARGE_BYTES / 2)
}

export async function measureHandovers(run: Run, payloads: readonly Payload[]): Promise<Handover[]> {
  const { plan, carriers, progress, budget } = run
  const [first] = payloads
  if (first !== undefined) await warmUp(run, first)
  const rows: Handover[] = []
  for (const payload of payloads) {
    const bytes = bytesOf(payload)
    const planned = plannedMs(plan, bytes)
    const share = budget.share(planned, performance.now())
    if (budget.isOver(performance.now())) {
      rows.push(...CARRIERS.map(({ id }) => ({ carrier: id, bytes, outcome: tooLate(plan) })))
      progress.done(planned)
      continue
    }
    const rounds = new Map<CarrierId, HandoverRound[]>()
    await carriers.revive()
    const failures = new Map<CarrierId, Unmeasured>(carriers.lost)
    const pool = new ParcelPool(payload, bytes)
    if (payload !== first) await warmUpSize(run, pool, bytes)
    let round = 0
    for (; hasTimeFor(share, { done: round, most: plan.rounds }, performance.now()); round++) {
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
        progress.done(planned / plan.rounds / CARRIERS.length)
      }
    }
    progress.done(planned * (1 - round / plan.rounds))
    for (const { id } of CARRIERS) rows.push({ carrier: id, bytes, outcome: failures.get(id) ?? measured(rounds.get(id) ?? []) })
    await run.pause()
  }
  return rows
}

/** What is said of what did not begin before the time was over. */
export function tooLate({ mode }: Plan): Unmeasured {
  return { status: "not measured", why: `the time of a ${mode} run was over; this machine is slow or busy` }
}

/** Node.js compiles a path only after many calls: nothing counts before. */
async function warmUp({ plan, carriers, progress, budget, signal }: Run, payload: Payload): Promise<void> {
  budget.share(CARRIERS.length * plan.warmUpMs, performance.now())
  const bytes = bytesOf(payload)
  const pool = new ParcelPool(payload, bytes)
  for (const { id, label } of CARRIERS) {
    signal.throwIfAborted()
    progress.say(`warming up: ${label}`, performance.now())
    await carriers.use(id, async (carrier) => {
      carrier.fit?.(bytes)
      const [parcel] = pool.for({ width: 1 })
      if (parcel !== undefined) await handOne(carrier, parcel)
      await handoverRound(carrier, pool, { latencyMs: plan.warmUpMs / 2, streamMs: plan.warmUpMs / 2 })
    })
    progress.done(plan.warmUpMs)
  }
}

/** A part of a round of each carrier that does not count: memory of that size is used for the first time, and buffers grow. */
async function warmUpSize({ plan, carriers, progress, signal }: Run, pool: ParcelPool, bytes: number): Promise<void> {
  const times = { latencyMs: plan.latencyMs / WARM_UP_PART, streamMs: plan.streamMs / WARM_UP_PART }
  for (const { id, label } of CARRIERS) {
    signal.throwIfAborted()
    progress.say(`warming up: ${label}, ${shownBytes(bytes)}`, performance.now())
    // What fails here fails in the rounds as well, and is told there.
    await carriers.use(id, (carrier) => {
      carrier.fit?.(bytes)
      return handoverRound(carrier, pool, times)
    })
  }
}

function measured(rounds: readonly HandoverRound[]): MeasuredHandover {
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
    verified: rounds.reduce((sum, { verified }) => sum + verified, 0),
  }
}

export function roundSpread(figures: readonly number[]): RoundSpread {
  const { median, min, max } = spreadOf(figures)
  return { median, min, max, rounds: figures.length }
}

function cpuOf(readings: readonly Reading[]): MeasuredHandover["cpu"] {
  const median = (of: (reading: Reading) => number | undefined): number | undefined => {
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
