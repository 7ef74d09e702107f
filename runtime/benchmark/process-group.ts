// Process actors over NATS, against bare requests of the nats package on the same server, from this process to another.

import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { BenchCounter } from "./bench-counter.js"
import { connectBus } from "../bus/connect.js"
import { ActorSystem } from "../system/actor-system.js"
import type { BenchCase, BenchGroup } from "./bench-case.js"
import { inFlight } from "./in-flight.js"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const WIDTH = 256
const ACTOR_ASKS = 50_000
const BARE_ASKS = 10_000
const SEQUENTIAL = 1000

export async function processGroup(): Promise<BenchGroup> {
  const stateDir = await mkdtemp(join(tmpdir(), "troupe-bench-"))
  // A pm2 of the bench's own: its socket's path must stay short.
  process.env["PM2_HOME"] = join(stateDir, "pm2")
  const system = await ActorSystem.start({ bus: "embedded", stateDir, prefix: "bench", strictMessages: false })
  const counter = await system.spawn(BenchCounter, { name: "counter", placement: "process" })
  const address = system.busAddress
  if (address === undefined) throw new Error("the bench has no bus")
  const responder = spawn(process.execPath, [fileURLToPath(new URL("bare-responder.js", import.meta.url))], {
    env: { ...process.env, TROUPE_INTERNAL_BENCH_BUS: JSON.stringify(address) },
    stdio: ["ignore", "pipe", "inherit"],
  })
  await once(responder.stdout, "data")
  const connection = await connectBus({ ...address, name: "bench" })
  const body = new TextEncoder().encode('{"by":1}')
  const bareAsk = (): Promise<unknown> => connection.raw.request("bare.increment", body, { timeout: 10_000 })
  let expected = 0
  const ask = async (): Promise<void> => {
    await counter.ask.increment({ by: 1 })
  }
  const cases: BenchCase[] = [
    {
      name: `bare request, ${String(WIDTH)} in flight`,
      unit: "per second",
      round: async () => (BARE_ASKS / (await inFlight(BARE_ASKS, WIDTH, bareAsk))) * 1000,
    },
    {
      name: `ask, ${String(WIDTH)} in flight`,
      unit: "per second",
      async round() {
        const took = await inFlight(ACTOR_ASKS, WIDTH, ask)
        expected += ACTOR_ASKS
        const value = await counter.ask.value()
        if (value < expected) throw new Error(`the counter says ${String(value)}, less than ${String(expected)}`)
        return (ACTOR_ASKS / took) * 1000
      },
    },
    {
      name: "bare request, one at a time",
      unit: "per second",
      round: async () => (SEQUENTIAL / (await inFlight(SEQUENTIAL, 1, bareAsk))) * 1000,
    },
    {
      name: "ask, one at a time",
      unit: "per second",
      async round() {
        const took = await inFlight(SEQUENTIAL, 1, ask)
        expected += SEQUENTIAL
        return (SEQUENTIAL / took) * 1000
      },
    },
  ]
  return {
    question: "What does an ask of a process actor cost, against a bare NATS request?",
    baseline: `bare request, ${String(WIDTH)} in flight`,
    aims: [{ case: `ask, ${String(WIDTH)} in flight`, atLeast: 8, of: "baseline" }],
    cases,
    async end() {
      await connection.close()
      responder.kill()
      await system.shutdown()
      await rm(stateDir, { recursive: true, force: true })
    },
  }
}
