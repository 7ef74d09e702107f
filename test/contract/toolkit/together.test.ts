// Actors in several hosts that use the same primitives at the same time.

import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openMachineToolkit, openToolkit, sharedToolkit, type Toolkit, ToolkitKeeper } from "../../../runtime/toolkit.js"
import type { ActorRef, Placement } from "../../../runtime/index.js"
import { Partner } from "../../fixtures/partner.js"
import { eventually } from "../../support/eventually.js"
import { useTestSystem } from "../../support/test-system.js"
import { freshName } from "../../support/toolkits.js"

const { system } = useTestSystem()
const LONG = { timeoutMs: 28_000 }
const SOON = { timeoutMs: 20_000 }

/** Where the partners run, where the primitives are kept, and how often each thing is done: a keeper is asked each time. */
const CASES: readonly {
  partners: readonly Placement[]
  keeper: "process" | "machine" | Placement
  times: number
  where: string
}[] = [
  { partners: ["thread", "thread", "thread"], keeper: "process", times: 100, where: "in shared memory" },
  { partners: ["thread", "thread", "thread"], keeper: "machine", times: 100, where: "in memory of the machine" },
  { partners: ["inline", "thread", "process"], keeper: "machine", times: 100, where: "in memory of the machine" },
  { partners: ["process", "process", "process"], keeper: "machine", times: 100, where: "in memory of the machine" },
  { partners: ["inline", "thread", "process"], keeper: "inline", times: 15, where: "by a keeper inline" },
  { partners: ["process", "process", "thread"], keeper: "thread", times: 15, where: "by a keeper in a thread" },
]

describe.each(CASES)("partners $partners, $where", ({ partners: placements, keeper: kept, times }) => {
  let partners: readonly ActorRef<Partner>[] = []
  let tools: Toolkit
  beforeAll(async () => {
    const keeper = kept === "process" || kept === "machine" ? kept : await system.spawn(ToolkitKeeper, { placement: kept })
    if (keeper === "process") tools = sharedToolkit()
    else tools = await (keeper === "machine" ? openMachineToolkit(system) : openToolkit(keeper, system))
    partners = await Promise.all(placements.map((placement) => system.spawn(Partner, { placement, args: { keeper } })))
  })
  afterAll(async () => {
    for (const partner of partners) await system.kill(partner)
  })
  const ask = (n: number): ReturnType<ActorRef<Partner>["with"]>["ask"] => {
    const partner = partners[n]
    if (partner === undefined) throw new Error("there are three")
    return partner.with(LONG).ask
  }
  const all = <T>(call: (ask: ReturnType<ActorRef<Partner>["with"]>["ask"], me: number) => Promise<T>): Promise<T[]> =>
    Promise.all(partners.map((partner, me) => call(partner.with(LONG).ask, me)))

  it("P2 meet at a barrier in lockstep, again and again, each time one of them first", async () => {
    const name = freshName("meet")
    const met = await all((ask) => ask.lockstep({ name, parties: 3, passes: times }))
    expect(met.reduce((sum, [first]) => sum + first, 0)).toBe(times)
    expect(met.map(([, strays]) => strays)).toEqual([0, 0, 0])
  })

  it("P2 are in a semaphore as many as it has permits, and no more", async () => {
    const name = freshName("seats")
    const most = await all((ask) => ask.share({ name, permits: 2, times }))
    expect(Math.max(...most)).toBeLessThanOrEqual(2)
    expect(await (await tools.boundedSemaphore(name, 2)).value()).toBe(2)
  })

  it("P2 take turns by a condition, each as often as it is its turn", async () => {
    const name = freshName("turns")
    expect(await all((ask, me) => ask.takeTurns({ name, me, of: 3, turns: times }))).toEqual([times, times, times])
    expect(await (await tools.sharedValue(`${name}next`, Int32Array)).read()).toBe(3 * times)
  })

  it("P2 answer each other by events", async () => {
    const name = freshName("told")
    const pair = await Promise.all([true, false].map((begins, n) => ask(n + 1).answer({ name, begins, times })))
    expect(pair).toEqual([times, times])
  })

  it("P5 hand items on from queue to queue, in order and none lost, to the end", async () => {
    const names = [0, 1, 2, 3].map(() => freshName("relay"))
    const relaying = all((ask, me) => ask.relay({ from: names[me] ?? "", to: names[me + 1] ?? "" }))
    const [first, last] = [await tools.queue(names[0], { capacity: 3 }), await tools.queue(names[3], { capacity: 3 })]
    const items = Array.from({ length: times }, (_, n) => ({ n }))
    const feeding = (async () => {
      for (const item of items) await first.put(item, SOON)
      expect(await first.join(SOON)).toBe(true)
      await first.close()
    })()
    const out: unknown[] = []
    for await (const item of last) out.push(item)
    await Promise.all([feeding, relaying])
    expect(out).toEqual(items)
  })

  it.each(["keep", "drop"] as const)(
    "P5 are told of the end of a queue, and each item was taken or dropped: %s",
    async (rest) => {
      const [name, capacity] = [freshName("end"), 4]
      const queue = await tools.queue<number>(name, { capacity })
      const taking = [0, 1].map((n) => ask(n).takeAll({ name, capacity }))
      const putting = ask(2).putAll({ name, capacity, from: 0 })
      let mine = 0
      for (; mine < times; mine++) await queue.put(1_000_000 + mine, SOON)
      await eventually(async () => (await queue.size()) > 0, SOON)
      const dropped = await queue.close({ rest })
      const [put, code] = await putting
      expect(code).toBe("ERR_CLOSED")
      const taken = (await Promise.all(taking)).flat()
      expect(await queue.join(SOON)).toBe(true)
      expect([new Set(taken).size, taken.length + dropped]).toEqual([taken.length, put + mine])
      if (rest === "keep") expect(dropped).toBe(0)
    },
  )

  it("P6 send through a pipe that is smaller than what goes through it, to its end", async () => {
    const name = freshName("pipe")
    const values = Array.from({ length: times }, (_, n) => `value ${String(n)}`)
    const received = ask(1).receiveAll(name)
    await ask(2).sendAll({ name, values })
    expect(await received).toEqual(values)
  })
})
