// Copies — how many bytes are copied for one handover: counted on both sides, after everything that is timed.

import { putCounters } from "./copy-counter.js"
import { carrierWords } from "./carrier-list.js"
import type { Carrier, Reading } from "./carrier.js"
import { handOne, ParcelPool } from "./handover.js"
import { bytesOf, type Run } from "./handover-table.js"
import type { Payload } from "./parcel.js"
import type { Handover } from "./report-schema.js"
import { shownBytes } from "./shown-bytes.js"

/** Handovers of a count, fewer of large payloads. */
const MOST_HANDOVERS = 64
const MOST_BYTES = 16 * 2 ** 20

/** The rows with what each handover had copied, where that can be counted and there is time for it. */
export async function countCopies(run: Run, payloads: readonly Payload[], rows: readonly Handover[]): Promise<Handover[]> {
  const { carriers, progress, budget, signal } = run
  const counted: Handover[] = []
  using _counters = putCounters()
  for (const payload of payloads) {
    const bytes = bytesOf(payload)
    const pool = new ParcelPool(payload, bytes)
    await carriers.revive()
    for (const row of rows.filter((one) => one.bytes === bytes)) {
      signal.throwIfAborted()
      const { carrier: id, outcome } = row
      if (outcome.status !== "measured" || budget.isOver(performance.now())) {
        counted.push(row)
        continue
      }
      progress.say(`counting copies of ${shownBytes(bytes)}: ${carrierWords(id).label}`, performance.now())
      const done = await carriers.use(id, (carrier) => countedBytes(carrier, pool, bytes))
      const seen = "failed" in done ? undefined : done.result
      const copiedBytes = seen === undefined ? undefined : seen + carrierWords(id).unseenCopies * bytes
      counted.push(copiedBytes === undefined ? row : { ...row, outcome: { ...outcome, copiedBytes } })
    }
  }
  return counted
}

/** Bytes that were seen to be copied, for each handover. */
async function countedBytes(carrier: Carrier, pool: ParcelPool, bytes: number): Promise<number | undefined> {
  carrier.fit?.(bytes)
  const [parcel] = pool.for({ width: 1 })
  if (parcel === undefined) return undefined
  const handovers = Math.max(1, Math.min(MOST_HANDOVERS, Math.floor(MOST_BYTES / bytes)))
  await carrier.copied()
  await handOne(carrier, parcel)
  // To ask for a count is work as well.
  const asking = difference(await carrier.copied(), await carrier.copied())
  const before = await carrier.copied()
  for (let i = 0; i < handovers; i++) await handOne(carrier, parcel)
  const all = difference(before, await carrier.copied())
  return asking === undefined || all === undefined ? undefined : Math.max(0, Math.round((all - asking) / handovers))
}

function difference(before: Reading, after: Reading): number | undefined {
  const [was, is] = [sumOf(before), sumOf(after)]
  return was === undefined || is === undefined ? undefined : is - was
}

function sumOf({ here, there, between = 0 }: Reading): number | undefined {
  return here === undefined || there === undefined ? undefined : here + there + between
}
