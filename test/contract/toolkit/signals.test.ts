// Semaphores, events and barriers.

import { describe, expect, it } from "vitest"
import { eventually } from "../../support/eventually.js"
import { codeOfFailure, outcomeOf, tally } from "../../support/outcome.js"
import { freshName, useToolkits } from "../../support/toolkits.js"

const toolkits = useToolkits()

describe.each(toolkits)("a semaphore: $name", ({ open }) => {
  it("P2 gives as many permits as it has, then to each who waits in order", async () => {
    const semaphore = await (await open()).semaphore(freshName(), 2)
    const leases = [await semaphore.acquire(), await semaphore.acquire()]
    expect(await semaphore.tryAcquire()).toBeUndefined()
    expect(await semaphore.value()).toBe(0)
    const order: number[] = []
    const waiting = [0, 1, 2].map((n) => semaphore.acquire().then((lease) => (order.push(n), lease)))
    for (const lease of leases) await lease.release()
    await (await waiting[0])?.release()
    await Promise.all(waiting)
    expect(order).toEqual([0, 1, 2])
  })

  it("P2 lets anyone release, and several permits at once", async () => {
    const semaphore = await (await open()).semaphore(freshName(), 0)
    const waiting = [semaphore.acquire(), semaphore.acquire()]
    await semaphore.release(3)
    await Promise.all(waiting)
    expect(await semaphore.value()).toBe(1)
  })

  it("P2 refuses permits below 0, and releases of less than 1", async () => {
    const toolkit = await open()
    for (const permits of [-1, 1.5, NaN])
      expect(await codeOfFailure(toolkit.semaphore(freshName(), permits))).toBe("ERR_BAD_OPTION")
    const semaphore = await toolkit.semaphore(freshName(), 1)
    for (const permits of [0, -1, 0.5]) expect(await codeOfFailure(semaphore.release(permits))).toBe("ERR_BAD_OPTION")
    expect(await semaphore.value()).toBe(1)
  })

  it("P2 times out, and gives the permit to the next who waits", async () => {
    const semaphore = await (await open()).semaphore(freshName(), 1)
    const lease = await semaphore.acquire()
    expect(await codeOfFailure(semaphore.acquire({ timeoutMs: 10 }))).toBe("ERR_WAIT_TIMED_OUT")
    const next = semaphore.acquire()
    await lease.release()
    await (await next).release()
    expect(await semaphore.value()).toBe(1)
  })

  it("P2 bounded, refuses a release above the start value and stays as it was", async () => {
    const semaphore = await (await open()).boundedSemaphore(freshName(), 2)
    expect(await codeOfFailure(semaphore.release())).toBe("ERR_TOO_MANY_RELEASES")
    const lease = await semaphore.acquire()
    expect(await codeOfFailure(semaphore.release(2))).toBe("ERR_TOO_MANY_RELEASES")
    await lease.release()
    expect(await semaphore.value()).toBe(2)
  })
})

describe.each(toolkits)("an event: $name", ({ open }) => {
  it("P2 lets all through when it is set, and holds who comes after it was cleared", async () => {
    const event = await (await open()).event(freshName())
    expect(await event.isSet()).toBe(false)
    const waiting = [event.wait(), event.wait(), event.wait()]
    await event.set()
    expect(await Promise.all(waiting)).toEqual([true, true, true])
    expect(await event.wait({ timeoutMs: 0 })).toBe(true)
    await event.clear()
    expect(await event.wait({ timeoutMs: 5 })).toBe(false)
  })

  it("P2 is true for who waited also when it is cleared before they woke", async () => {
    const event = await (await open()).event(freshName())
    const waiting = Array.from({ length: 10 }, () => event.wait({ timeoutMs: 20_000 }))
    // Each has begun to wait when a request that was made after theirs is answered.
    await event.isSet()
    await event.set()
    await event.clear()
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 10 }, () => true))
  })
})

describe.each(toolkits)("a barrier: $name", ({ open }) => {
  it("P2 lets its parties go when all are there, each with a number of its own, again and again", async () => {
    const barrier = await (await open()).barrier(freshName(), 5)
    for (let round = 0; round < 3; round++) {
      const places = await Promise.all(Array.from({ length: 5 }, () => barrier.wait({ timeoutMs: 20_000 })))
      expect(places.sort()).toEqual([0, 1, 2, 3, 4])
    }
    expect(await barrier.waiting()).toBe(0)
  })

  it("P2 lets nobody go before all are there", async () => {
    const barrier = await (await open()).barrier(freshName(), 3)
    let gone = 0
    const wait = (): Promise<number> => barrier.wait().finally(() => gone++)
    const first = [wait(), wait()]
    await eventually(async () => (await barrier.waiting()) === 2)
    expect(gone).toBe(0)
    expect((await Promise.all([...first, wait()])).sort()).toEqual([0, 1, 2])
  })

  it("P2 breaks for all when one gives up, until it is reset", async () => {
    const barrier = await (await open()).barrier(freshName(), 3)
    const outcomes = await Promise.all([outcomeOf(barrier.wait()), outcomeOf(barrier.wait({ timeoutMs: 20 }))])
    expect(tally(outcomes)).toEqual({ ERR_BROKEN_BARRIER: 2 })
    expect(await barrier.isBroken()).toBe(true)
    expect(await codeOfFailure(barrier.wait())).toBe("ERR_BROKEN_BARRIER")
    await barrier.reset()
    expect(await Promise.all([barrier.wait(), barrier.wait(), barrier.wait()])).toHaveLength(3)
  })

  it("P2 is broken by abort, and reset sends away who waits", async () => {
    const barrier = await (await open()).barrier(freshName(), 2)
    const aborted = codeOfFailure(barrier.wait())
    await eventually(async () => (await barrier.waiting()) === 1)
    await barrier.abort()
    expect(await aborted).toBe("ERR_BROKEN_BARRIER")
    await barrier.reset()
    const sentAway = codeOfFailure(barrier.wait())
    await eventually(async () => (await barrier.waiting()) === 1)
    await barrier.reset()
    expect(await sentAway).toBe("ERR_BROKEN_BARRIER")
    expect(await barrier.isBroken()).toBe(false)
  })

  it("P2 refuses parties that are none", async () => {
    const toolkit = await open()
    for (const parties of [0, -1, 1.5]) expect(await codeOfFailure(toolkit.barrier(freshName(), parties))).toBe("ERR_BAD_OPTION")
    const alone = await toolkit.barrier(freshName(), 1)
    expect(await alone.wait()).toBe(0)
  })
})
