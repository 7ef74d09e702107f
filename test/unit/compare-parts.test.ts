// Time that is short takes rounds from everything, a carrier that broke is tried again, and who falls behind does not look quick.

import { fork } from "node:child_process"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Budget, hasTimeFor } from "../../runtime/benchmark/compare/budget.js"
import type { Carrier } from "../../runtime/benchmark/compare/carrier.js"
import { childReady } from "../../runtime/benchmark/compare/child-ready.js"
import { copiedHere, putCounters } from "../../runtime/benchmark/compare/copy-counter.js"
import { haloSum } from "../../runtime/benchmark/compare/halo-job.js"
import { type Halo, HaloPart, type Side } from "../../runtime/benchmark/compare/halo-part.js"
import { offeredRound } from "../../runtime/benchmark/compare/offered.js"
import { OpenCarriers } from "../../runtime/benchmark/compare/open-carriers.js"
import { Parcel, receiptOf } from "../../runtime/benchmark/compare/parcel.js"
import { TooLargeError } from "../../runtime/errors.js"

describe("the time of a run", () => {
  it("is shared out by what was planned, so that who takes too long leaves less to everything after it, and something to each", () => {
    const budget = new Budget(100, { endsAt: 1000, latest: 2000 })
    expect(budget.share(50, 0)).toEqual({ begunAt: 0, until: 500 })
    expect(budget.share(25, 900)).toEqual({ begunAt: 900, until: 950 })
    expect(budget.share(25, 1000)).toEqual({ begunAt: 1000, until: 1000 })
    expect([budget.isOver(1999), budget.isOver(2000)]).toEqual([false, true])
  })

  it("cuts rounds by how long those before took, but to two that count", () => {
    const share = { begunAt: 0, until: 100 }
    expect(hasTimeFor(share, { done: 2, most: 5 }, 60)).toBe(true)
    expect(hasTimeFor(share, { done: 2, most: 5 }, 80)).toBe(false)
    expect(hasTimeFor(share, { done: 1, most: 5 }, 5000)).toBe(true)
    expect(hasTimeFor(share, { done: 2, most: 5, warmUps: 1 }, 5000)).toBe(true)
    expect(hasTimeFor(share, { done: 5, most: 5 }, 10)).toBe(false)
  })
})

const fine: Carrier = {
  width: 1,
  hand: () => 1,
  cpu: () => Promise.resolve({ here: 0, there: 0 }),
  copied: () => Promise.resolve({ here: 0, there: 0 }),
  close: () => Promise.resolve(),
}
const cargo = { payload: { type: "bytes", bytes: 64 }, largest: 64 } as const
const stage = { open: () => Promise.resolve(fine) }

describe("the counting of copies", () => {
  it("is taken away whatever fails, and who asks later finds none and puts none", () => {
    const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), "set")?.value as unknown
    const failing = (): void => {
      using _counters = putCounters()
      const before = copiedHere() ?? 0
      new Uint8Array(4096).set(new Uint8Array(1000))
      expect((copiedHere() ?? 0) - before).toBeGreaterThanOrEqual(1000)
      throw new Error("broken")
    }
    expect(failing).toThrow("broken")
    expect(copiedHere()).toBeUndefined()
    expect(Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), "set")?.value).toBe(own)
  })
})

describe("a receipt", () => {
  it("tells a byte that is wrong in any cache line from one that is right, and one handover from the next", () => {
    for (const bytes of [8, 64, 65, 200, 4096]) {
      const parcel = new Parcel({ type: "bytes", bytes })
      const [first, second] = [parcel.stamp(1, "lines"), parcel.stamp(2, "lines")]
      expect(second).not.toBe(first)
      expect(receiptOf(parcel)).toBe(second)
      const body = parcel.body as Uint8Array
      for (let at = 64; at < bytes - 4; at += 64) {
        body[at] = (body[at] ?? 0) ^ 1
        expect(receiptOf(parcel), `${String(bytes)} bytes, at ${String(at)}`).not.toBe(second)
        body[at] = (body[at] ?? 0) ^ 1
      }
    }
  })
})

describe("a forked process", () => {
  it("that ends before it is ready is not waited for", async () => {
    const child = fork(join(import.meta.dirname, "none-such.js"), { silent: true })
    await expect(childReady(child)).rejects.toThrow("the other process ended before it was ready")
  })
})

describe("carriers", () => {
  it("that broke are not asked again until they are opened anew, and are lost when they break too often", async () => {
    await using carriers = await OpenCarriers.open(stage, { cargo, ids: ["process-nats"] })
    const drown = () => carriers.use("process-nats", () => Promise.reject(new Error("slow consumer")))
    const ask = () => carriers.use("process-nats", () => Promise.resolve("here"))
    const lost = { failed: { status: "not measured", why: "slow consumer" } }
    for (let breaks = 1; breaks <= 3; breaks++) {
      expect(await drown()).toEqual(lost)
      expect(await ask()).toEqual(lost)
      await carriers.revive()
      expect(await ask()).toEqual(breaks < 3 ? { result: "here" } : lost)
    }
  })

  it("are not broken by a payload that is over their limit: that is not possible, and said", async () => {
    await using carriers = await OpenCarriers.open(stage, { cargo, ids: ["thread-actor"] })
    const tooLarge = new TooLargeError("the message", 70_000_000, 64 * 2 ** 20)
    expect(await carriers.use("thread-actor", () => Promise.reject(tooLarge))).toEqual({
      failed: { status: "not possible", why: "over the limit of 64 MiB of a message" },
    })
    expect(await carriers.use("thread-actor", () => Promise.resolve("here"))).toEqual({ result: "here" })
  })

  it("that hang are given up", async () => {
    await using carriers = await OpenCarriers.open(stage, { cargo, ids: ["inline"], patienceMs: 5 })
    expect(await carriers.use("inline", () => new Promise(() => undefined))).toEqual({
      failed: { status: "not measured", why: "no end after 0.005 s" },
    })
  })
})

describe("a round at a given rate", () => {
  it("counts what was due and never began with the time that it had waited", async () => {
    // One at a time, and each takes some 10 ms: of 100 that are due in 100 ms, most never begin.
    const slow = {
      hand: (parcel: Parcel) =>
        new Promise<number>((resolve) => {
          const receipt = parcel.stamp(parcel.sequence, parcel.check)
          setTimeout(() => resolve(receipt), 10)
        }),
    }
    const { latencies, achieved } = await offeredRound(slow, [new Parcel({ type: "bytes", bytes: 64 })], {
      rate: 1000,
      forMs: 100,
    })
    expect(latencies).toHaveLength(100)
    expect(achieved).toBeLessThan(200)
    // Timed since it began, each would have taken 10 ms.
    expect(Math.max(...latencies)).toBeGreaterThan(50_000)
  })

  it("gives the last one that is due its time: who takes a millisecond of two hundred keeps up", async () => {
    const quick = {
      hand: (parcel: Parcel) =>
        new Promise<number>((resolve) => {
          const receipt = parcel.stamp(parcel.sequence, parcel.check)
          setTimeout(() => resolve(receipt), 1)
        }),
    }
    const { achieved } = await offeredRound(quick, [new Parcel({ type: "bytes", bytes: 64 })], { rate: 5, forMs: 600 })
    expect(achieved).toBe(5)
  })

  it("fails with what a handover fails with", async () => {
    const broken = { hand: () => Promise.reject(new Error("gone")) }
    const parcels = [new Parcel({ type: "bytes", bytes: 64 })]
    await expect(offeredRound(broken, parcels, { rate: 1000, forMs: 20 })).rejects.toThrow("gone")
  })
})

describe("a ring of parts that exchange edges", () => {
  /** Delivers edges in whatever order chance has it. */
  async function ring(members: number, spoil: (halo: Halo) => Halo = (halo) => halo): Promise<{ steps: number; sum: number }[]> {
    const parts: HaloPart[] = []
    const at = (i: number): HaloPart => parts[(i + members) % members] as HaloPart
    for (let member = 0; member < members; member++) {
      const send = (to: Side, halo: Halo): void => {
        const there = at(member + (to === "left" ? -1 : 1))
        setTimeout(() => there.take(spoil(halo)), Math.random() * 3)
      }
      parts.push(new HaloPart({ run: 1, member, members }, send))
    }
    return Promise.all(parts.map((part) => part.run(20)))
  }

  it.each([1, 2, 3, 5])("of %d ends everywhere at the same step, with the sum that it must have", async (members) => {
    const results = await ring(members)
    const [first] = results
    expect(first?.steps).toBeGreaterThan(1)
    expect(new Set(results.map(({ steps }) => steps)).size).toBe(1)
    expect(results.reduce((sum, one) => (sum + one.sum) | 0, 0)).toBe(haloSum(members, first?.steps ?? 0))
  })

  it("has another sum when a single edge is wrong", async () => {
    let spoiled = false
    const results = await ring(3, (halo) => {
      if (spoiled) return halo
      spoiled = true
      return { ...halo, edge: halo.edge + 1 }
    })
    expect(results.reduce((sum, one) => (sum + one.sum) | 0, 0)).not.toBe(haloSum(3, results[0]?.steps ?? 0))
  })
})
