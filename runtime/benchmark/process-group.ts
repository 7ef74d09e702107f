// Process actors over NATS, against bare requests of the nats package on the same server, from this process to another.

import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { BenchCounter } from "./bench-counter.js"
import type { BusAddress } from "../bus/bus-address.js"
import { ActorSystem } from "../system/actor-system.js"
import type { BareRound } from "./bare-asker.js"
import type { BenchCase, BenchGroup } from "./bench-case.js"
import { inFlight } from "./in-flight.js"
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"

const WIDTH = 256
const ACTOR_ASKS = 200_000
const BARE_ASKS = 30_000
const SEQUENTIAL = 1000

export async function processGroup(): Promise<BenchGroup> {
  const stateDir = await mkdtemp(join(tmpdir(), "troupe-bench-"))
  // A pm2 of the bench's own: its socket's path must stay short.
  process.env["PM2_HOME"] = join(stateDir, "pm2")
  const system = await ActorSystem.start({ bus: "embedded", stateDir, prefix: "bench", strictMessages: false })
  const counter = await system.spawn(BenchCounter, { name: "counter", placement: "process" })
  const address = system.busAddress
  if (address === undefined) throw new Error("the bench has no bus")
  const responder = await bareProcess("bare-responder.js", address)
  const asker = await bareProcess("bare-asker.js", address)
  const bare = async (round: BareRound): Promise<number> => {
    asker.send(round)
    const [ms] = (await once(asker, "message")) as [unknown]
    if (typeof ms !== "number") throw new Error(`the bare baseline failed: ${String(ms)}`)
    return (round.total / ms) * 1000
  }
  let expected = 0
  const ask = async (): Promise<void> => {
    await counter.ask.increment({ by: 1 })
  }
  const cases: BenchCase[] = [
    {
      name: `bare request, ${String(WIDTH)} in flight`,
      unit: "per second",
      round: () => bare({ total: BARE_ASKS, width: WIDTH }),
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
      round: () => bare({ total: SEQUENTIAL, width: 1 }),
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
      asker.kill()
      responder.kill()
      await system.shutdown()
      await rm(stateDir, { recursive: true, force: true })
    },
  }
}

async function bareProcess(file: string, address: BusAddress): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    env: { ...process.env, TROUPE_INTERNAL_BENCH_BUS: JSON.stringify(address) },
  })
  await once(child, "message")
  return child
}
