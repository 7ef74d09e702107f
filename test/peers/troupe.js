// troupe itself, as built, measured like the others.

import { ActorSystem } from "../../dist/runtime/index.js"
import { BenchCounter } from "../../dist/runtime/benchmark/bench-counter.js"

export async function startTroupe(placement, { bus, stateDir }) {
  const { user, pass } = bus
  const url = placement === "process" ? bus.servers.replace("://", `://${user}:${pass}@`) : false
  const mailbox = { capacity: 10_000 }
  const system = await ActorSystem.start({ bus: url, stateDir, prefix: "peers", logLevel: "silent", strictMessages: false })
  const counter = await system.spawn(BenchCounter, { placement, mailbox })
  const { ask } = counter.with({ timeoutMs: 30_000 })
  return { ask: (message) => ask.increment(message), stop: () => system.shutdown() }
}
