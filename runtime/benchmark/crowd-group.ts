// Very many inline actors: what memory each takes. Every round has a process of its own, for memory once taken is not given back alike.

import { AskerProcess } from "./asker-process.js"
import type { BenchCase, BenchGroup } from "./bench-case.js"

/** A million of them in one gibibyte. */
const AIM_BYTES = 2 ** 30 / 1e6

export function crowdGroup(actors: number): Promise<BenchGroup> {
  const memoryOf = (what: string, answered: boolean): BenchCase => ({
    name: `memory of each of ${actors.toLocaleString("en-US")} inline actors ${what}`,
    unit: "bytes",
    async round() {
      const crowd = await AskerProcess.start("crowd.js", {})
      try {
        return await crowd.round({ type: "crowd", total: actors, answered })
      } finally {
        await crowd.end()
      }
    },
  })
  const cases = [memoryOf("that wait", false), memoryOf("that have answered an ask", true)]
  return Promise.resolve({
    question: "What does an inline actor that waits for messages take of memory?",
    baseline: undefined,
    warmUps: 0,
    aims: cases.map(({ name }) => ({ case: name, atMost: AIM_BYTES, of: "absolute" })),
    cases,
    end: () => Promise.resolve(),
  })
}
