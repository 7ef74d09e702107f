// Inline actors: what a message costs on one event loop. The baseline is an awaited call of an async method.

import { BenchCounter } from "./bench-counter.js"
import { ActorSystem } from "../system/actor-system.js"
import type { BenchGroup } from "./bench-case.js"

class Plain {
  #count = 0
  // eslint-disable-next-line @typescript-eslint/require-await -- the baseline is what a caller pays for a promise
  async increment({ by }: { by: number }): Promise<number> {
    return (this.#count += by)
  }
}

const ASKS = 100_000
const TELLS = 500_000
/** Tells between two looks at the mailbox's end, so that it stays within its bound. */
const BURST = 500

export async function inlineGroup(): Promise<BenchGroup> {
  const system = await ActorSystem.start({ bus: false, strictMessages: false })
  const counter = await system.spawn(BenchCounter)
  const plain = new Plain()
  let expected = 0
  return {
    question: "What does a message to an inline actor cost, against an awaited method call?",
    baseline: "awaited call",
    aims: [
      { case: "tell", atLeast: 5e6, of: "absolute" },
      { case: "ask, one at a time", atLeast: 5e5, of: "absolute" },
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
        name: "tell",
        unit: "per second",
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
    ],
    end: () => system.shutdown(),
  }
}

function perSecond(operations: number, ms: number): number {
  return (operations / ms) * 1000
}
