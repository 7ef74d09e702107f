// Handovers at a given rate. Each is timed from when it was due, not from when it could begin: what waits behind a slow one counts as
// late too (coordinated omission corrected).

import { spreadOf, quantile } from "../statistics.js"
import { CARRIERS, carrierWords } from "./carrier-list.js"
import type { Carrier, CarrierId } from "./carrier.js"
import { ParcelPool } from "./handover.js"
import { roundSpread, type Run, shownBytes, shuffled } from "./handover-table.js"
import { mustBe, type Parcel } from "./parcel.js"
import type { Plan } from "./plan.js"
import type { Offered } from "./report-schema.js"

const ROUNDS = 3
/** What counts as keeping up: so much of what was due, in the time. */
const ENOUGH = 0.98

interface OfferedRound {
  readonly latencies: readonly number[]
  readonly achieved: number
}

export function plannedOfferedMs({ rates, rateSizes, rateMs }: Plan): number {
  return CARRIERS.length * rates.length * rateSizes.length * ROUNDS * rateMs
}

export async function measureOffered(run: Run): Promise<Offered[]> {
  const { plan, carriers, progress, signal } = run
  const rows: Offered[] = []
  for (const bytes of plan.rateSizes) {
    const pool = new ParcelPool({ type: "bytes", bytes }, bytes)
    for (const rate of plan.rates) {
      const rounds = new Map<CarrierId, OfferedRound[]>()
      const failures = new Map<CarrierId, string>(carriers.lost)
      for (let round = 0; round < ROUNDS; round++) {
        for (const id of shuffled(CARRIERS.map((carrier) => carrier.id))) {
          signal.throwIfAborted()
          progress.say(`${shownBytes(bytes)} at ${String(rate)} per second: ${carrierWords(id).label}`, performance.now())
          if (!failures.has(id)) {
            const done = await carriers.use(id, (carrier) => {
              carrier.fit?.(bytes)
              return offeredRound(carrier, pool.take(carrier.width), { rate, forMs: plan.rateMs })
            })
            if ("failed" in done) failures.set(id, done.failed)
            else rounds.set(id, [...(rounds.get(id) ?? []), done.result])
          }
          progress.done(plan.rateMs)
        }
      }
      for (const { id } of CARRIERS) {
        const why = failures.get(id)
        const outcome = why === undefined ? measured(rounds.get(id) ?? [], rate) : ({ status: "not measured", why } as const)
        rows.push({ carrier: id, bytes, rate, outcome })
      }
    }
    await run.pause()
  }
  return rows
}

/** One round: hands over what is due, as soon as a parcel is free, and lets what is under way come home. */
async function offeredRound(
  carrier: Carrier,
  parcels: readonly Parcel[],
  { rate, forMs }: { readonly rate: number; readonly forMs: number },
): Promise<OfferedRound> {
  const free = [...parcels]
  const under = new Set<Promise<void>>()
  const latencies: number[] = []
  const failed: unknown[] = []
  const start = performance.now()
  const until = start + forMs
  for (let i = 0; failed.length === 0; i++) {
    const due = start + (i * 1000) / rate
    if (due >= until || performance.now() >= until) break
    while (performance.now() < due) await turn()
    while (free.length === 0) await Promise.race(under)
    const parcel = free.pop()
    if (parcel === undefined) break
    const expected = parcel.stamp((parcel.sequence + 1) & 0x7fffffff, "ends")
    const arrived = (receipt: number): void => {
      mustBe(receipt, expected)
      latencies.push((performance.now() - due) * 1000)
      free.push(parcel)
    }
    const handed = carrier.hand(parcel)
    if (typeof handed === "number") arrived(handed)
    else {
      const way = handed.then(arrived).catch((error: unknown) => void failed.push(error))
      under.add(way)
      void way.then(() => under.delete(way))
    }
  }
  const inTime = latencies.length
  await Promise.all(under)
  if (failed.length > 0) throw failed[0]
  return { latencies, achieved: (inTime / forMs) * 1000 }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function measured(rounds: readonly OfferedRound[], rate: number): Extract<Offered["outcome"], { status: "measured" }> {
  const samples = rounds.flatMap(({ latencies }) => latencies).sort((a, b) => a - b)
  const p99 = quantile(samples, 0.99)
  const achieved = spreadOf(rounds.map((round) => round.achieved)).median
  return {
    status: "measured",
    keptUp: achieved >= rate * ENOUGH,
    achieved,
    p50: roundSpread(rounds.map(({ latencies }) => spreadOf(latencies).median)),
    ...(p99 === undefined ? {} : { p99 }),
    samples: samples.length,
  }
}
