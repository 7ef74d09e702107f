// Very many inline actors: what memory each takes. Every round has a process of its own, for memory once taken is not given back alike.

import { AskerProcess } from "./asker-process.js"
import type { BenchGroup } from "./bench-case.js"

/** A million of them in one gibibyte. */
const AIM_BYTES = 2 ** 30 / 1e6

export function crowdGroup(actors: number): Promise<BenchGroup> {
  const name = `memory of each of ${actors.toLocaleString("en-US")} inline actors`
  return Promise.resolve({
    question: "What does an inline actor that waits for messages take of memory?",
    baseline: undefined,
    warmUps: 0,
    aims: [{ case: name, atMost: AIM_BYTES, of: "absolute" }],
    cases: [
      {
        name,
        unit: "bytes",
        async round() {
          const crowd = await AskerProcess.start("crowd.js", {})
          try {
            return await crowd.round({ type: "crowd", total: actors })
          } finally {
            await crowd.end()
          }
        },
      },
    ],
    end: () => Promise.resolve(),
  })
}
