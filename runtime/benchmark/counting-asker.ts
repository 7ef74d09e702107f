// Asks an inline actor in a process of its own, with the counting of messages as it is, or with none: what the books of each actor cost.
// Nothing else is told of each message, so that there is nothing to turn off; here the counts are taken away from under it.

import { Books } from "../actor/books.js"
import { ActorSystem } from "../system/actor-system.js"
import { BENCH_VARIABLE } from "./asker-process.js"
import { BenchCounter } from "./bench-counter.js"
import { many, serveRounds } from "./round.js"

export interface Counting {
  readonly counts: boolean
}

const { counts } = JSON.parse(process.env[BENCH_VARIABLE] ?? "{}") as Counting
if (!counts) {
  for (const name of ["sent", "handled", "failed", "expired", "dropped", "deadLettered", "lost"])
    Object.defineProperty(Books.prototype, name, { get: () => 0, set: () => undefined })
}
const system = await ActorSystem.start({ bus: false, strictMessages: false, logLevel: "silent" })
const counter = await system.spawn(BenchCounter)
let expected = 0
serveRounds(async (round) => {
  if (round.type !== "many") throw new Error(`a round of ${round.type}`)
  const figure = await many(round, () => counter.ask.increment({ by: 1 }))
  expected += round.total
  const value = await counter.ask.value()
  if (value !== expected) throw new Error(`the counter says ${String(value)}, not ${String(expected)}`)
  return figure
})
process.once("disconnect", () => void system.shutdown())
process.send?.("ready")
