// The other side of the bare nats reference: a process that answers requests with the nats package and msgpackr alone.

import { connectBus } from "../../bus/connect.js"
import type { BusAddress } from "../../bus/bus-address.js"
import { type BareRequest, bareAnswer } from "./bare-answer.js"
import { packed, unpacked } from "./parcel.js"

const SUBJECT = "compare.bare"

process.on("disconnect", () => process.exit())
const connection = await connectBus({
  ...(JSON.parse(process.env["TROUPE_INTERNAL_BENCH_BUS"] ?? "{}") as BusAddress),
  name: "bare",
})
connection.raw.subscribe(SUBJECT, {
  callback: (_, message) => message.respond(packed(bareAnswer(unpacked(message.data) as BareRequest))),
})
await connection.flush()
process.send?.("ready")
