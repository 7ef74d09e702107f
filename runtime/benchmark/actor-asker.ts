// The asking side of a process actor: a program with a bus and one process of its own, and nothing else.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { ActorSystem } from "../system/actor-system.js"
import { type ActorAsker, BENCH_VARIABLE } from "./asker-process.js"
import { BenchCounter } from "./bench-counter.js"
import { many, type Round, sequence, serveRounds } from "./round.js"

/** More asks wait than a mailbox takes unless it is told to. */
const CAPACITY = 4096
/** Tells between two looks at the mailbox's end, so that it stays within its bound. */
const BURST = 2000

const { stateDir } = JSON.parse(process.env[BENCH_VARIABLE] ?? "{}") as { readonly stateDir: string }
// A pm2 of the bench's own: its socket's path must stay short.
process.env["PM2_HOME"] = join(stateDir, "pm2")
const system = await ActorSystem.start({ bus: "embedded", stateDir, prefix: "bench", strictMessages: false })
const counter = await system.spawn(BenchCounter, { name: "counter", placement: "process", mailbox: { capacity: CAPACITY } })
let expected = 0

serveRounds(async (round) => {
  const figure = await run(round)
  expected += round.total
  const value = await counter.ask.value()
  if (value !== expected) throw new Error(`the counter says ${String(value)}, not ${String(expected)}`)
  return figure
})
process.on("disconnect", () => void system.shutdown().finally(() => process.exit()))
const { busAddress: address } = system
if (address === undefined) throw new Error("the bench has no bus")
const { binary, pid } = JSON.parse(readFileSync(join(stateDir, "bus.json"), "utf8")) as {
  readonly binary: string
  readonly pid: number
}
const hosts = (await system.ps()).filter(({ placement }) => placement === "process").map((row) => row.pid)
process.send?.({ address, binary, processes: [process.pid, ...hosts, pid] } satisfies ActorAsker)

function run(round: Round): Promise<number> {
  switch (round.type) {
    case "many":
      return round.bytes === undefined ? many(round, ask) : many(round, askWith(new Uint8Array(round.bytes).fill(1)))
    case "sequence":
      return sequence(round, ask)
    case "tells":
      return tells(round.total)
    case "frames":
    case "crowd":
      throw new Error(`a round of ${round.type} is not of this asker`)
  }
}

async function ask(): Promise<void> {
  await counter.ask.increment({ by: 1 })
}

function askWith(ballast: Uint8Array): () => Promise<void> {
  return async () => {
    await counter.ask.increment({ by: 1, ballast } as { by: number })
  }
}

async function tells(total: number): Promise<number> {
  const start = performance.now()
  let last: Promise<number> | undefined
  for (let i = 0; i < total; i += BURST) {
    for (let j = 0; j < BURST; j++) counter.tell.increment({ by: 1 })
    // Two bursts at most are under way.
    const next = counter.ask.value()
    await last
    last = next
  }
  await last
  return (total / (performance.now() - start)) * 1000
}
