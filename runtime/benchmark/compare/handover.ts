// The workload "hand over a payload": how long one takes, how many go through, and what that costs.

import type { Carrier, Reading } from "./carrier.js"
import { type Check, mustBe, Parcel, type Payload } from "./parcel.js"

/** What one round of one carrier gave. */
export interface HandoverRound {
  /** Microseconds each, one at a time. */
  readonly latencies: readonly number[]
  readonly perSecond: number
  /** Microseconds per handover, of the stream. */
  readonly cpu: Reading
  /** How many were under way in the stream. */
  readonly inFlight: number
  readonly verified: number
}

/** Memory for payloads under way together. */
const POOL_BYTES = 64 * 2 ** 20
/** More samples than that say no more. */
const MOST_SAMPLES = 20_000
/** Few, but enough to have a median, however long one takes. */
const LEAST_SAMPLES = 3
/** Handovers between two looks at the clock of a stream that runs without the event loop. */
const CHUNK_MS = 5

/** Payloads of one size, as many as may be under way. */
export class ParcelPool {
  readonly #payload: Payload
  readonly #bytes: number
  readonly #parcels: Parcel[] = []

  constructor(payload: Payload, bytes: number) {
    this.#payload = payload
    this.#bytes = bytes
  }

  /** As many as the carrier takes at a time. */
  for({ width, mostBytes = POOL_BYTES }: Pick<Carrier, "width" | "mostBytes">): Parcel[] {
    const count = Math.max(1, Math.min(width, Math.floor(mostBytes / this.#bytes)))
    while (this.#parcels.length < count) this.#parcels.push(new Parcel(this.#payload, this.#parcels.length + 1))
    return this.#parcels.slice(0, count)
  }
}

/** One round: a payload checked from end to end, then one at a time, then as many as go. */
export async function handoverRound(
  carrier: Carrier,
  pool: ParcelPool,
  { latencyMs, streamMs }: { readonly latencyMs: number; readonly streamMs: number },
): Promise<HandoverRound> {
  const [parcel] = pool.for({ width: 1 })
  if (parcel === undefined) throw new RangeError("an empty pool")
  await handOne(carrier, parcel, "whole")
  const latencies = await oneAtATime(carrier, parcel, latencyMs)
  const parcels = pool.for(carrier)
  const before = await carrier.cpu()
  const { count, ms } = await streamed(carrier, parcels, { streamMs, guessMs: (latencies[0] ?? 1) / 1000 })
  const after = await carrier.cpu()
  await handOne(carrier, parcel, "whole")
  return {
    latencies,
    perSecond: (count / ms) * 1000,
    cpu: spent(before, after, count),
    inFlight: parcels.length,
    verified: latencies.length + count + 2,
  }
}

/** Hands one over and checks its receipt. */
export async function handOne(carrier: Carrier, parcel: Parcel, check: Check = "lines"): Promise<void> {
  const expected = parcel.stamp(next(parcel.sequence), check)
  mustBe(await carrier.hand(parcel), expected)
}

async function oneAtATime(carrier: Carrier, parcel: Parcel, forMs: number): Promise<number[]> {
  const latencies: number[] = []
  const until = performance.now() + forMs
  for (let now = performance.now(); latencies.length < LEAST_SAMPLES || (now < until && latencies.length < MOST_SAMPLES);) {
    const expected = parcel.stamp(next(parcel.sequence), "lines")
    const start = performance.now()
    const handed = carrier.hand(parcel)
    const receipt = typeof handed === "number" ? handed : await handed
    now = performance.now()
    mustBe(receipt, expected)
    latencies.push((now - start) * 1000)
  }
  return latencies
}

async function streamed(
  carrier: Carrier,
  parcels: readonly Parcel[],
  { streamMs, guessMs }: { readonly streamMs: number; readonly guessMs: number },
): Promise<{ count: number; ms: number }> {
  const start = performance.now()
  const until = start + streamMs
  let count = 0
  if (carrier.stream !== undefined) {
    const chunk = Math.max(parcels.length, Math.min(10_000, Math.ceil(CHUNK_MS / guessMs)))
    do {
      carrier.stream(parcels, chunk)
      count += chunk
    } while (performance.now() < until)
    return { count, ms: performance.now() - start }
  }
  await Promise.all(
    parcels.map(async (parcel) => {
      do {
        await handOne(carrier, parcel)
        count++
      } while (performance.now() < until)
    }),
  )
  return { count, ms: performance.now() - start }
}

function next(sequence: number): number {
  return (sequence + 1) & 0x7fffffff
}

function spent(before: Reading, after: Reading, count: number): Reading {
  const each = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined || b === undefined ? undefined : Math.max(0, (b - a) / 1000 / count)
  return {
    here: each(before.here, after.here),
    there: each(before.there, after.there),
    between: each(before.between, after.between),
  }
}
