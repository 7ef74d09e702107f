// The other side of the bare baseline: a process that answers requests with the nats package alone, decoding and encoding JSON.

import type { BusAddress } from "../bus/bus-address.js"
import { connectBus } from "../bus/connect.js"
import { BENCH_VARIABLE } from "./asker-process.js"
import { answerBytes, BARE_BYTES, BARE_FRAMES, BARE_INCREMENT } from "./bare-subjects.js"

const connection = await connectBus({ ...(JSON.parse(process.env[BENCH_VARIABLE] ?? "{}") as BusAddress), name: "bare" })
let count = 0
const encoder = new TextEncoder()
connection.raw.subscribe(BARE_INCREMENT, {
  callback: (_, message) => {
    count += message.json<{ by: number }>().by
    message.respond(encoder.encode(JSON.stringify(count)))
  },
})
connection.raw.subscribe(BARE_BYTES, {
  callback: (_, message) => {
    message.respond(encoder.encode(JSON.stringify(message.data.length)))
  },
})
connection.raw.subscribe(BARE_FRAMES, {
  callback: (_, message) => {
    message.respond(new Uint8Array(answerBytes(message.data.length)))
    connection.push()
  },
})
await connection.flush()
process.on("disconnect", () => void connection.close())
process.send?.("ready")
