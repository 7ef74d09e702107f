// Handovers at a given rate. Each is timed from when it was due, not from when it could begin: what waits behind a slow one counts as
// late too (coordinated omission corrected).

import { setTimeout as delay } from "node:timers/promises"
import { spreadOf, quantile } from "../statistics.js"
import { hasTimeFor, type Share } from "./budget.js"
import { CARRIERS, carrierWords } from "./carrier-list.js"
import type { Carrier, CarrierId } from "./carrier.js"
import { ParcelPool } from "./handover.js"
import { bytesOf, roundSpread, type Run, shuffled, tooLate } from "./handover-table.js"
import { mustBe, type Parcel, type Payload } from "./parcel.js"
import type { Plan } from "./plan.js"
import type { Offered, Unmeasured } from "./report-schema.js"
import { shownBytes } from "./shown-bytes.js"

/** Fewer where the plan has fewer. */
const MOST_ROUNDS = 3
/** What counts as keeping up: so much of what was due, in the time. */
const ENOUGH = 0.98
/** What one would choose among, and the call to compare it with; the references are not offered anything. */
const OFFERED = CARRIERS.filter(({ role }) => role === "cell").map(({ id }) => id)

interface OfferedRound {
  readonly latencies: readonly number[]
  readonly achieved: number
}

/** What is offered: the user's own value, or bytes of some sizes. */
export function offeredPayloads({ rateSizes }: Plan, own: Payload | undefined): readonly Payload[] {
  return own === undefined ? rateSizes.map((bytes) => ({ type: "bytes", bytes })) : [own]
}

export function plannedOfferedMs(plan: Plan, payloads: readonly Payload[]): number {
  return payloads.length * plan.rates.length * plannedMs(plan)
}

/** For all carriers at one size and rate. */
function plannedMs({ rounds, rateMs }: Plan): number {
  return OFFERED.length * Math.min(MOST_ROUNDS, rounds) * rateMs
}

export async function measureOffered(run: Run, payloads: readonly Payload[]): Promise<Offered[]> {
  const { plan, carriers, progress, budget } = run
  const rows: Offered[] = []
  for (const payload of payloads) {
    const bytes = bytesOf(payload)
    const pool = new ParcelPool(payload, bytes)
    for (const rate of plan.rates) {
      const share = budget.share(plannedMs(plan), performance.now())
      if (budget.isOver(performance.now())) {
        rows.push(...OFFERED.map((carrier) => ({ carrier, bytes, rate, outcome: tooLate(plan) })))
        progress.done(plannedMs(plan))
        continue
      }
      await carriers.revive()
      rows.push(...(await atRate(run, { share, pool, bytes, rate })))
    }
    await run.pause()
  }
  return rows
}

interface Offer {
  readonly share: Share
  readonly pool: ParcelPool
  readonly bytes: number
  readonly rate: number
}

async function atRate({ plan, carriers, progress, signal }: Run, { share, pool, bytes, rate }: Offer): Promise<Offered[]> {
  const rounds = new Map<CarrierId, OfferedRound[]>()
  const failures = new Map<CarrierId, Unmeasured>(carriers.lost)
  const most = Math.min(MOST_ROUNDS, plan.rounds)
  let round = 0
  for (; hasTimeFor(share, { done: round, most }, performance.now()); round++) {
    for (const id of shuffled(OFFERED)) {
      signal.throwIfAborted()
      progress.say(`${shownBytes(bytes)} at ${String(rate)} per second: ${carrierWords(id).label}`, performance.now())
      if (!failures.has(id)) {
        const done = await carriers.use(id, (carrier) => {
          carrier.fit?.(bytes)
          return offeredRound(carrier, pool.for(carrier), { rate, forMs: plan.rateMs })
        })
        if ("failed" in done) failures.set(id, done.failed)
        else rounds.set(id, [...(rounds.get(id) ?? []), done.result])
      }
      progress.done(plan.rateMs)
    }
  }
  progress.done(plannedMs(plan) * (1 - round / most))
  return OFFERED.map((carrier) => ({
    carrier,
    bytes,
    rate,
    outcome: failures.get(carrier) ?? measured(rounds.get(carrier) ?? [], rate),
  }))
}

/**
 * One round: hands over what is due, as soon as a parcel is free, and lets what is under way come home. What was due and had not begun when
 * the time was over counts as late as it was by then: left out, it would make a carrier that falls behind look quick.
 */
export async function offeredRound(
  carrier: Pick<Carrier, "hand">,
  parcels: readonly Parcel[],
  { rate, forMs }: { readonly rate: number; readonly forMs: number },
): Promise<OfferedRound> {
  const free = [...parcels]
  const latencies: number[] = []
  let failure: { readonly error: unknown } | undefined
  const under = new Set<Promise<void>>()
  let wake = (): void => undefined
  const changed = (): Promise<void> => new Promise((resolve) => (wake = resolve))
  const start = performance.now()
  const end = start + forMs
  const dueAt = (i: number): number => start + (i * 1000) / rate
  let next = 0
  for (; failure === undefined && dueAt(next) < end && performance.now() < end; next++) {
    const due = dueAt(next)
    await until(due)
    while (free.length === 0) await changed()
    const parcel = free.pop()
    if (parcel === undefined) break
    const expected = parcel.stamp((parcel.sequence + 1) & 0x7fffffff, "lines")
    const arrived = (receipt: number): void => {
      mustBe(receipt, expected)
      latencies.push((performance.now() - due) * 1000)
      free.push(parcel)
    }
    const handed = carrier.hand(parcel)
    if (typeof handed === "number") arrived(handed)
    else {
      const way = handed
        .then(arrived)
        .catch((error: unknown) => {
          failure ??= { error }
          free.push(parcel)
        })
        .finally(() => {
          under.delete(way)
          wake()
        })
      under.add(way)
    }
  }
  // The last one that was due has its time too.
  if (failure === undefined) await until(end)
  const achieved = (latencies.length / forMs) * 1000
  const over = performance.now()
  await Promise.all(under)
  const failed = failure as { readonly error: unknown } | undefined
  if (failed !== undefined) throw failed.error
  for (; dueAt(next) < end; next++) latencies.push((over - dueAt(next)) * 1000)
  return { latencies, achieved }
}

/** A timer may be a millisecond late: the last ones are waited out turn by turn, the others asleep, since the other side needs a core as well. */
async function until(due: number): Promise<void> {
  const early = due - performance.now()
  if (early > 2) await delay(early - 2)
  while (performance.now() < due) await new Promise((resolve) => setImmediate(resolve))
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
