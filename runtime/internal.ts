// The test seam: what tests need beyond the public door, by name. Imported by test/ only.

export { connectBus } from "./bus/connect.js"
export { awaitGone, endGroup, isAlive, startTimeOf } from "./host/pm2/process-group.js"
export { NatsClient } from "./transport/nats-client.js"
export { MsgpackCodec } from "./wire/msgpack-codec.js"

export type { BusConnection } from "./bus/bus-connection.js"
export type { NatsReply } from "./transport/nats-client.js"
