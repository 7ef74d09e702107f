// Starts very many inline actors in a process of its own, and says how much of its memory each of them takes. All are asked, and answer.

import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import type { ActorRef } from "../actor/actor-ref.js"
import { ActorSystem } from "../system/actor-system.js"
import { BenchCounter } from "./bench-counter.js"
import { serveRounds } from "./round.js"

const AT_ONCE = 1000
const WARM_UP = 1000

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void
const system = await ActorSystem.start({ bus: false, strictMessages: false, logLevel: "silent" })

async function spawn(total: number): Promise<ActorRef<BenchCounter>[]> {
  const refs: ActorRef<BenchCounter>[] = []
  while (refs.length < total) {
    const batch = Array.from({ length: Math.min(AT_ONCE, total - refs.length) }, () => system.spawn(BenchCounter))
    refs.push(...(await Promise.all(batch)))
  }
  return refs
}

function memory(): number {
  collect()
  return process.memoryUsage.rss()
}

serveRounds(async (round) => {
  if (round.type !== "crowd") throw new Error(`a round of ${round.type}`)
  await Promise.all((await spawn(WARM_UP)).map((ref) => system.stop(ref)))
  const before = memory()
  const refs = await spawn(round.total)
  const bytes = (memory() - before) / round.total
  let answered = 0
  for (const [at, ref] of refs.entries()) if ((await ref.ask.increment({ by: at })) === at) answered++
  if (answered !== round.total) throw new Error(`${String(answered)} of ${String(round.total)} actors answered rightly`)
  return round.answered ? (memory() - before) / round.total : bytes
})
process.once("disconnect", () => process.exit(0))
process.send?.("ready")
