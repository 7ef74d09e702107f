// Inline actors: what a message costs on one event loop. The baseline is an awaited call of an async method.

import { AskerProcess } from "./asker-process.js"
import { BenchCounter } from "./bench-counter.js"
import { ActorSystem } from "../system/actor-system.js"
import type { BenchCase, BenchGroup } from "./bench-case.js"
import { floodCases } from "./flood-cases.js"
import { inFlight } from "./in-flight.js"

class Plain {
  #count = 0
  // eslint-disable-next-line @typescript-eslint/require-await -- the baseline is what a caller pays for a promise
  async increment({ by }: { by: number }): Promise<number> {
    return (this.#count += by)
  }
}

const ASKS = 100_000
const WIDTH = 256
const SPAWNS = 5000
const TELLS = 500_000
/** Tells between two looks at the mailbox's end, so that it stays within its bound. */
const BURST = 500

export async function inlineGroup(): Promise<BenchGroup> {
  const system = await ActorSystem.start({ bus: false, strictMessages: false, logLevel: "silent" })
  const counter = await system.spawn(BenchCounter)
  const plain = new Plain()
  const flood = await floodCases(system)
  const counting: AskerProcess[] = []
  const asksOf = (name: string, counts: boolean): BenchCase => ({
    name,
    unit: "per second",
    ...(counts ? { baseline: UNCOUNTED } : {}),
    async round() {
      const process = (counting[Number(counts)] ??= await AskerProcess.start("counting-asker.js", { counts }))
      return process.round({ type: "many", total: ASKS, width: WIDTH })
    },
  })
  let expected = 0
  return {
    question: "What does a message to an inline actor cost, against an awaited method call?",
    baseline: undefined,
    aims: [
      { case: "tell", atLeast: 1e7, of: "absolute" },
      { case: "ask, one at a time", atLeast: 1e6, of: "absolute" },
      { case: MANY, atLeast: 2e6, of: "absolute" },
      { case: COUNTED, atLeast: 0.95, of: "baseline" },
      { case: SPAWN, atLeast: 5e5, of: "absolute" },
    ],
    cases: [
      {
        name: "awaited call",
        unit: "per second",
        async round() {
          const start = performance.now()
          for (let i = 0; i < ASKS; i++) await plain.increment({ by: 1 })
          return perSecond(ASKS, performance.now() - start)
        },
      },
      {
        name: "ask, one at a time",
        unit: "per second",
        baseline: "awaited call",
        async round() {
          const start = performance.now()
          let last = 0
          for (let i = 0; i < ASKS; i++) last = await counter.ask.increment({ by: 1 })
          const took = performance.now() - start
          expected += ASKS
          if (last !== expected) throw new Error(`the counter says ${String(last)}, not ${String(expected)}`)
          return perSecond(ASKS, took)
        },
      },
      {
        name: MANY,
        unit: "per second",
        baseline: "awaited call",
        async round() {
          const took = await inFlight(ASKS, WIDTH, () => counter.ask.increment({ by: 1 }))
          expected += ASKS
          const value = await counter.ask.value()
          if (value !== expected) throw new Error(`the counter says ${String(value)}, not ${String(expected)}`)
          return perSecond(ASKS, took)
        },
      },
      asksOf(UNCOUNTED, false),
      asksOf(COUNTED, true),
      {
        name: "tell",
        unit: "per second",
        baseline: "awaited call",
        async round() {
          const start = performance.now()
          for (let i = 0; i < TELLS; i += BURST) {
            for (let j = 0; j < BURST; j++) counter.tell.increment({ by: 1 })
            await counter.ask.value()
          }
          const took = performance.now() - start
          expected += TELLS
          const value = await counter.ask.value()
          if (value !== expected) throw new Error(`the counter says ${String(value)}, not ${String(expected)}`)
          return perSecond(TELLS, took)
        },
      },
      {
        name: SPAWN,
        unit: "per second",
        async round() {
          const start = performance.now()
          const refs = await Promise.all(Array.from({ length: SPAWNS }, () => system.spawn(BenchCounter)))
          const took = performance.now() - start
          const values = await Promise.all(refs.map((ref) => ref.ask.increment({ by: 1 })))
          if (values.some((value) => value !== 1)) throw new Error("an actor that was spawned answers wrongly")
          await Promise.all(refs.map((ref) => system.stop(ref)))
          return perSecond(SPAWNS, took)
        },
      },
      ...flood.cases,
    ],
    async end() {
      flood.end()
      for (const process of counting) await process.end()
      await system.shutdown()
    },
  }
}

const MANY = `ask, ${String(WIDTH)} in flight`
const UNCOUNTED = `${MANY}, in a process of its own, with no message counted`
const COUNTED = `${MANY}, in a process of its own`
const SPAWN = `spawn, ${SPAWNS.toLocaleString("en-US")} at once`

function perSecond(operations: number, ms: number): number {
  return (operations / ms) * 1000
}
