// The asking side of the bare baseline, in a process of its own: in one process with the actors' side the two would share, and
// spoil, each other's compiled code.

import { connectBus } from "../bus/connect.js"
import type { BusAddress } from "../bus/bus-address.js"
import { inFlight } from "./in-flight.js"

/** One round: so many asks, so many at a time. */
export interface BareRound {
  readonly total: number
  readonly width: number
}

const connection = await connectBus({
  ...(JSON.parse(process.env["TROUPE_INTERNAL_BENCH_BUS"] ?? "{}") as BusAddress),
  name: "bare asker",
})
const encoder = new TextEncoder()
const decoder = new TextDecoder()

async function ask(): Promise<number> {
  const { data } = await connection.raw.request("bare.increment", encoder.encode(JSON.stringify({ by: 1 })), { timeout: 10_000 })
  return JSON.parse(decoder.decode(data)) as number
}

process.on("message", ({ total, width }: BareRound) => {
  inFlight(total, width, ask).then(
    (ms) => process.send?.(ms),
    (error: unknown) => {
      process.send?.(String(error))
    },
  )
})
process.on("disconnect", () => void connection.close())
process.send?.("ready")
