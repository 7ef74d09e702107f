// The other side of the bare baseline: a process that answers requests with the nats package alone, decoding and encoding JSON.

import { connectBus } from "../bus/connect.js"
import type { BusAddress } from "../bus/bus-address.js"

const connection = await connectBus({
  ...(JSON.parse(process.env["TROUPE_INTERNAL_BENCH_BUS"] ?? "{}") as BusAddress),
  name: "bare",
})
let count = 0
const encoder = new TextEncoder()
connection.raw.subscribe("bare.increment", {
  callback: (_, message) => {
    count += message.json<{ by: number }>().by
    message.respond(encoder.encode(JSON.stringify(count)))
  },
})
await connection.flush()
process.on("disconnect", () => void connection.close())
process.send?.("ready")
