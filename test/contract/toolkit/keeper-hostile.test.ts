// A keeper and those who are not what they say: who was taken for dead and goes on, who is of before its last start, and who asks for nonsense.

import { describe, expect, it } from "vitest"
import { openToolkit, ToolkitKeeper } from "../../../runtime/toolkit.js"
import type { ActorRef } from "../../../runtime/index.js"
import { codeOfFailure, outcomeOf } from "../../support/outcome.js"
import { useTestSystem } from "../../support/test-system.js"
import { eventually } from "../../support/eventually.js"

const { system } = useTestSystem()
const SOON = { timeoutMs: 5000 }

/** A toolkit, and the actor that stands for its user. */
async function openWithParty(keeper: ActorRef<ToolkitKeeper>) {
  let party: ActorRef | undefined
  const spawn = async (...args: Parameters<typeof system.spawn>): Promise<ActorRef> => (party = await system.spawn(...args))
  const toolkit = await openToolkit(keeper, { spawn: spawn as typeof system.spawn })
  if (party === undefined) throw new Error("it has no party")
  return { toolkit, party }
}

describe("who was a member of a keeper once", () => {
  it.each(["the keeper started anew", "its user was taken for dead"])(
    "P4 is not taken for who has its number now: %s",
    async (how) => {
      const keeper = await system.spawn(ToolkitKeeper, { placement: "thread" })
      const { toolkit: old, party } = await openWithParty(keeper)
      const [oldLock, oldArray] = [await old.reentrantLock("lock"), await old.sharedArray("array", Float64Array, { length: 2 })]
      const [oldQueue, oldLease] = [await old.queue("queue"), await oldLock.acquire()]
      if (how === "the keeper started anew") await system.restart(keeper)
      else await system.kill(party)
      await eventually(async () => (await outcomeOf(oldLock.locked())) === "ERR_NOT_HELD")
      const anew = await openToolkit(keeper, system)
      const [lock, array, queue] = [
        await anew.reentrantLock("lock"),
        await anew.sharedArray("array", Float64Array, { length: 2 }),
        await anew.queue("queue"),
      ]
      const lease = await lock.acquire(SOON)
      await using _arrays = await array.lock.acquire(SOON)
      await queue.put(1)
      const asked = [
        oldLease.release(),
        oldLock.release(),
        oldLock.acquire({ timeoutMs: 50 }),
        oldLock.tryAcquire(),
        oldLock.reset(),
        oldArray.write((numbers) => numbers.fill(7)),
        oldArray.read(),
        oldArray.increase(0, 1),
        oldQueue.put(2),
        oldQueue.get({ timeoutMs: 50 }),
        oldQueue.close(),
        old.lock("another"),
      ]
      expect(await Promise.all(asked.map((one: Promise<unknown>) => outcomeOf(one)))).toEqual(asked.map(() => "ERR_NOT_HELD"))
      expect(await lock.locked()).toBe(true)
      await lease.release()
      expect([...(await array.read())]).toEqual([0, 0])
      expect(await queue.get(SOON)).toBe(1)
      await queue.put(2)
    },
  )
})

describe("who asks a keeper for nonsense", () => {
  it("P4 harms nobody's things, and ends nobody's life", async () => {
    const keeper = await system.spawn(ToolkitKeeper, { placement: "thread" })
    const toolkit = await openToolkit(keeper, system)
    const [permits, queue] = [await toolkit.semaphore("permits", 3), await toolkit.queue<string>("queue", { itemBytes: 10 })]
    const { member, pass } = await keeper.ask.join({ party: await system.spawn(ToolkitKeeper), name: "liar" })
    const owner = member << 20
    const run = (
      key: string,
      type: string,
      given: { amount?: number; slot?: number; ticket?: number; bytes?: Uint8Array } = {},
    ) => {
      const { amount = 0, slot = 0, ticket = 0, bytes } = given
      return keeper.ask.run({ key, pass, bytes, operation: { type, owner, amount, slot, ticket } })
    }
    const REFUSED = { outcome: { type: "refused", why: "unknown" } }
    await queue.put("first")
    for (const amount of [0, -1, -(2 ** 31)]) expect(await run("permits", "release", { amount })).toEqual(REFUSED)
    for (const type of ["put", "try-put"]) expect(await run("queue", type, { slot: 0 })).toEqual(REFUSED)
    expect(await run("queue", "put", { bytes: new Uint8Array(1e6) })).toEqual(REFUSED)
    for (const type of ["size", "get", "close"]) expect(await run("queue", type, { bytes: new Uint8Array(5) })).toEqual(REFUSED)
    for (const type of ["take", "finish", "admit", "room", "__proto__", "constructor", ""])
      expect(await run("queue", type, { amount: 2 ** 31 - 1, ticket: -1 })).toEqual(REFUSED)
    for (const key of ["__proto__", "constructor", "\0", "\ud800", "x".repeat(10_000)])
      expect(await codeOfFailure(run(key, "locked"))).toBe("ERR_NOT_HELD")
    // In another's name.
    const theirs = { type: "put", owner: owner ^ (1 << 20), amount: 0, slot: 0, ticket: 0 }
    expect(await codeOfFailure(keeper.ask.run({ key: "queue", pass, operation: theirs, bytes: new Uint8Array(5) }))).toBe(
      "ERR_NOT_HELD",
    )
    const bad = [
      { amount: NaN },
      { amount: 1.5 },
      { slot: Infinity },
      { ticket: 2 ** 31 },
      { amount: "1" as unknown as number },
      { bytes: "x" as unknown as Uint8Array },
    ]
    for (const given of bad) expect(await codeOfFailure(run("queue", "put", given))).toBe("ERR_BAD_MESSAGE")
    const plans = [
      { kind: "__proto__", config: [], entries: 5 },
      { kind: "array", config: [1, 0, 8, -5], entries: 5 },
      { kind: "array", config: [1, 0, 99, 5], entries: 5 },
      { kind: "lock", config: [NaN], entries: 5 },
      { kind: "lock", config: [], entries: 2 ** 30 },
      { kind: "lock", config: [], entries: -1 },
    ]
    for (const plan of plans)
      expect(await codeOfFailure(keeper.ask.open({ member, pass, name: "z", plan, as: undefined }))).toBe("ERR_BAD_MESSAGE")
    expect(await permits.value()).toBe(3)
    expect(await queue.size()).toBe(1)
    expect(await queue.get(SOON)).toBe("first")
    await queue.put("second")
    expect(await queue.get(SOON)).toBe("second")
  })
})

describe("a lease of a keeper at the end of a block that waits for nothing", () => {
  const warned = (): Promise<Error & { code?: string }> =>
    new Promise((resolve) => process.once("warning", resolve as (warning: Error) => void))

  it("P4 is given back", async () => {
    const toolkit = await openToolkit(await system.spawn(ToolkitKeeper), system)
    const lock = await toolkit.lock("lock")
    {
      using lease = await lock.acquire(SOON)
      expect(lease.held).toBe(true)
    }
    await eventually(async () => !(await lock.locked()))
  })

  it("P4 ends no program when it cannot be given back: a warning says so", async () => {
    const keeper = await system.spawn(ToolkitKeeper, { placement: "thread" })
    const lock = await (await openToolkit(keeper, system)).lock("lock")
    const warning = warned()
    {
      using _lease = await lock.acquire(SOON)
      await system.restart(keeper)
    }
    expect(await warning).toMatchObject({ name: "LeaseWarning", code: "ERR_NOT_HELD" })
    expect((await warning).message).toContain("lock")
  })
})
