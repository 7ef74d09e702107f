// Many threads at one queue, in all forms at once.

import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { describe, expect, it } from "vitest"
import { openQueue, shareMemory } from "../../../runtime/toolkit.js"
import type { CrowdData } from "../../fixtures/queue-crowd.js"
import { freshName } from "../../support/toolkits.js"

const THREAD = new URL("../../fixtures/queue-crowd.js", import.meta.url)
const COUNT = 1000

shareMemory()

async function run(workerData: CrowdData): Promise<number[] | undefined> {
  const [answer] = (await once(new Worker(THREAD, { workerData }), "message")) as [number[] | undefined]
  return answer
}

describe("a queue between threads", () => {
  it.each([
    { capacity: 1, unfinished: "forget" },
    { capacity: 3, unfinished: "requeue" },
    { capacity: 64, unfinished: "forget" },
  ] as const)("P5 loses, doubles and overtakes nothing: $capacity, $unfinished", async (options) => {
    const name = freshName("crowd")
    const taking = [0, 1].map(() => run({ name, ...options, count: 0 }))
    await Promise.all([0, 1].map((n) => run({ name, ...options, from: n * COUNT, count: COUNT })))
    const queue = openQueue<number>(name, options)
    expect(await queue.join({ timeoutMs: 20_000 })).toBe(true)
    await queue.close()
    const lists = (await Promise.all(taking)).map((list) => list ?? [])
    expect(lists.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 2 * COUNT }, (_, n) => n))
    // Of each producer, every consumer has got what came later later.
    for (const list of lists)
      for (const producer of [0, 1]) {
        const from = list.filter((item) => Math.floor(item / COUNT) === producer)
        expect(from).toEqual([...from].sort((a, b) => a - b))
      }
  })
})
