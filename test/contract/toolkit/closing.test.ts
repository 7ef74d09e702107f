// How a queue is closed, and what that is to those who put, take and join it at the time.

import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { describe, expect, it } from "vitest"
import { openQueue, shareMemory } from "../../../runtime/toolkit.js"
import type { CrowdData } from "../../fixtures/queue-crowd.js"
import { eventually } from "../../support/eventually.js"
import { codeOfFailure, outcomeOf, tally } from "../../support/outcome.js"
import { freshName, useToolkits } from "../../support/toolkits.js"

const toolkits = useToolkits()
const SOON = { timeoutMs: 20_000 }
const ORDERS = ["fifo", "lifo", "priority"] as const

shareMemory()

describe.each(toolkits)("closing a queue: $name", ({ open }) => {
  it.each(ORDERS)(
    "P5 keeps what is in it, in order of %s, and refuses every form of put and, once it is empty, of get",
    async (order) => {
      const queue = await (await open()).queue<number>(undefined, { capacity: 3, order })
      for (const n of [1, 2]) await queue.put(n, { priority: n })
      expect(await queue.isClosed()).toBe(false)
      expect(await queue.close({ rest: "keep" })).toBe(0)
      expect([await queue.isClosed(), await queue.size(), await queue.unfinished()]).toEqual([true, 2, 2])
      const puts = [queue.put(3), queue.put(3, { timeoutMs: 0 }), queue.tryPut(3), queue.putMany([3, 4])]
      for (const put of puts) expect(await codeOfFailure(put)).toBe("ERR_CLOSED")
      expect([await queue.get(), await queue.tryGet()]).toEqual(order === "lifo" ? [2, 1] : [1, 2])
      for (const get of [queue.get(), queue.get({ timeoutMs: 0 }), queue.get(SOON), queue.tryGet(), queue.getMany(2)])
        expect(await codeOfFailure(get)).toBe("ERR_CLOSED")
      expect(await queue.join({ timeoutMs: 0 })).toBe(false)
      for (let n = 0; n < 2; n++) await queue.taskDone()
      expect(await queue.join(SOON)).toBe(true)
      expect(await codeOfFailure(queue.taskDone())).toBe("ERR_TOO_MANY_RELEASES")
    },
  )

  it.each(ORDERS)("P5 drops what is in it if asked to, in order of %s, and says how much that was", async (order) => {
    const queue = await (await open()).queue<number>(undefined, { capacity: 3, order })
    for (const n of [1, 2, 3]) await queue.put(n, { priority: n })
    const joined = queue.join(SOON)
    expect(await queue.close({ rest: "drop" })).toBe(3)
    expect(await joined).toBe(true)
    expect([await queue.isClosed(), await queue.size(), await queue.unfinished()]).toEqual([true, 0, 0])
    for (const call of [queue.get(), queue.tryGet(), queue.getMany(2), queue.put(4), queue.tryPut(4), queue.putMany([4])])
      expect(await codeOfFailure(call)).toBe("ERR_CLOSED")
    expect(await codeOfFailure(queue.taskDone())).toBe("ERR_TOO_MANY_RELEASES")
    for await (const item of queue) expect(item).toBeUndefined()
  })

  it("P5 may come again, also to drop what was kept, and never opens it", async () => {
    const name = freshName()
    const [queue, other] = [await (await open()).queue<number>(name), await (await open()).queue<number>(name)]
    await queue.putMany([1, 2, 3])
    await queue.close()
    expect([await other.close({}), await other.close({ rest: "keep" }), await other.get()]).toEqual([0, 0, 1])
    expect([await other.close({ rest: "drop" }), await queue.close({ rest: "drop" })]).toEqual([2, 0])
    await queue.close()
    expect(await codeOfFailure(queue.get())).toBe("ERR_CLOSED")
    expect([await queue.isClosed(), await other.isClosed()]).toEqual([true, true])
    expect(await codeOfFailure(queue.close({ rest: "lose" as "drop" }))).toBe("ERR_BAD_OPTION")
  })

  it.each(["keep", "drop"] as const)(
    "P5 wakes all who wait for items or for room, each with an error, rest: %s",
    async (rest) => {
      const toolkit = await open()
      const [empty, full] = [await toolkit.queue<number>(), await toolkit.queue<number>(undefined, { capacity: 2 })]
      await full.putMany([1, 2])
      const waiting = [empty.get(), empty.get(SOON), empty.getMany(2), full.put(3), full.put(4, SOON)].map(outcomeOf)
      const many = full.putMany([5, 6])
      // An answer to what was asked later: those before have begun to wait.
      await Promise.all([empty.size(), full.size()])
      expect([await empty.close({ rest }), await full.close({ rest })]).toEqual([0, rest === "drop" ? 2 : 0])
      expect(tally(await Promise.all(waiting))).toEqual({ ERR_CLOSED: 5 })
      expect(await codeOfFailure(many)).toBe("ERR_CLOSED")
      expect(await full.size()).toBe(rest === "drop" ? 0 : 2)
    },
  )

  it("P5 gives two of three who take from two items theirs, and refuses the third", async () => {
    const queue = await (await open()).queue<number>()
    await queue.putMany([1, 2])
    await queue.close()
    const taking = [1, 2, 3].map(() => outcomeOf(queue.get(SOON).then(() => queue.taskDone())))
    expect(tally(await Promise.all(taking))).toEqual({ answered: 2, ERR_CLOSED: 1 })
    expect(await queue.join(SOON)).toBe(true)
  })

  it("P5 leaves what was taken before to be finished, and is joined after that", async () => {
    for (const unfinished of ["forget", "requeue"] as const) {
      const queue = await (await open()).queue<number>(undefined, { unfinished })
      await queue.putMany([1, 2, 3])
      await queue.get()
      expect(await queue.close({ rest: "drop" })).toBe(2)
      expect([await queue.unfinished(), await queue.join({ timeoutMs: 0 })]).toEqual([1, false])
      const joined = queue.join(SOON)
      await queue.taskDone()
      expect(await joined).toBe(true)
      expect(await codeOfFailure(queue.taskDone())).toBe("ERR_TOO_MANY_RELEASES")
    }
  })

  it.each(["keep", "drop"] as const)(
    "P5 among many who put and take: each item was taken once, or dropped, rest: %s",
    async (rest) => {
      const [name, options] = [freshName(), { capacity: 4 }]
      const toolkit = await open()
      const out: number[] = []
      let put = 0
      const consume = async (): Promise<void> => {
        const queue = await toolkit.queue<number>(name, options)
        for await (const item of queue) {
          out.push(item)
          await queue.taskDone()
        }
      }
      const produce = async (from: number): Promise<string> => {
        const queue = await toolkit.queue<number>(name, options)
        for (let n = from; ; n++) {
          const outcome = await outcomeOf(queue.put(n))
          if (outcome !== "answered") return outcome
          put++
        }
      }
      const consuming = [1, 2, 3].map(consume)
      const producing = [0, 1000, 2000].map(produce)
      const queue = await toolkit.queue<number>(name, options)
      await eventually(() => out.length >= 50)
      const dropped = await queue.close({ rest })
      expect(await Promise.all(producing)).toEqual(["ERR_CLOSED", "ERR_CLOSED", "ERR_CLOSED"])
      await Promise.all(consuming)
      expect(await queue.join(SOON)).toBe(true)
      expect([new Set(out).size, out.length + dropped, await queue.size()]).toEqual([out.length, put, 0])
      if (rest === "keep") expect(dropped).toBe(0)
    },
  )
})

describe("closing a queue that threads use in all forms at once", () => {
  const THREAD = new URL("../../fixtures/queue-crowd.js", import.meta.url)
  const run = async (workerData: CrowdData): Promise<readonly number[]> => {
    const [answer] = (await once(new Worker(THREAD, { workerData }), "message")) as [readonly number[]]
    return answer
  }

  it.each(["keep", "drop"] as const)("P5 takes each item once, or drops it, in the order it was put, rest: %s", async (rest) => {
    for (const [capacity, unfinished] of [
      [2, "forget"],
      [64, "requeue"],
    ] as const) // prettier-ignore
    {
      const [name, options] = [freshName("closing"), { capacity, unfinished }]
      const queue = openQueue<number>(name, options)
      const taking = [0, 1].map(() => run({ name, ...options, count: 0 }))
      const putting = [0, 1].map((n) => run({ name, ...options, from: n * 1_000_000, count: Infinity }))
      await eventually(async () => (await queue.size()) > 0, SOON)
      await eventually(() => queue.tryPut(5_000_000), SOON)
      const dropped = await queue.close({ rest })
      const put = (await Promise.all(putting)).flat().length + 1
      const lists = await Promise.all(taking)
      expect(await queue.join(SOON)).toBe(true)
      const taken = lists.flat()
      expect([new Set(taken).size, taken.length + dropped, await queue.size()]).toEqual([taken.length, put, 0])
      for (const list of lists)
        for (const producer of [0, 1]) {
          const from = list.filter((item) => Math.floor(item / 1_000_000) === producer)
          expect(from).toEqual([...from].sort((a, b) => a - b))
        }
    }
  })
})
