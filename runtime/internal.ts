// The test seam: what tests need beyond the public door, by name. Imported by test/ only.

export { endGroup, isAlive } from "./host/pm2/process-group.js"
export { MsgpackCodec } from "./wire/msgpack-codec.js"
