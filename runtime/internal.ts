// The test seam: what tests need beyond the public door, by name. Imported by test/ only.

export { connectBus } from "./bus/connect.js"
export { HostRuntime } from "./host/host-runtime.js"
export { endGroup, isAlive } from "./host/pm2/process-group.js"
export { hostId } from "./ids.js"
export { pathOf as machineMemoryPath, sweepMachineMemory } from "./parallel/mapped-memory/machine-memory.js"
export { type FaultHook, setFaultHook } from "./parallel/shared-memory/fault-points.js"
export { joinBus } from "./system/bus-parts.js"
export { MsgpackCodec } from "./wire/msgpack-codec.js"
export { divided } from "./toolkit/divide-and-conquer.js"
