import { describe, expect, it } from "vitest"
import type { Lease } from "../../../runtime/toolkit.js"
import { eventually } from "../../support/eventually.js"
import { codeOfFailure, failureOf } from "../../support/outcome.js"
import { freshName, useToolkits } from "../../support/toolkits.js"

const toolkits = useToolkits()

describe.each(toolkits)("a lock: $name", ({ open }) => {
  it("P1 is free at first, held by one at a time, and free again", async () => {
    const lock = await (await open()).lock(freshName())
    expect(await lock.locked()).toBe(false)
    const lease = await lock.acquire()
    expect(await lock.locked()).toBe(true)
    expect(await lock.tryAcquire()).toBeUndefined()
    await lease.release()
    expect(await lock.locked()).toBe(false)
    const again = await lock.tryAcquire()
    expect(again?.ownerDied).toBe(false)
    await again?.release()
  })

  it("P1 is the same lock for all who open its name", async () => {
    const name = freshName()
    const [one, other] = [await (await open()).lock(name), await (await open()).lock(name)]
    const lease = await one.acquire()
    expect(await other.tryAcquire()).toBeUndefined()
    await lease.release()
    await using mine = await other.tryAcquire()
    expect(mine).toBeDefined()
  })

  it("P1 is not reentrant: who acquires it again waits for itself until the time is over", async () => {
    const lock = await (await open()).lock(freshName())
    await using _lease = await lock.acquire()
    const failure = await failureOf(lock.acquire({ timeoutMs: 20 }))
    expect(failure).toMatchObject({ code: "ERR_WAIT_TIMED_OUT", data: { primitive: lock.name, timeoutMs: 20 } })
    expect((failure.data as { holders: string[] }).holders).toHaveLength(1)
  })

  it("P1 can be released by another than who acquired it, and once only", async () => {
    const name = freshName()
    const [one, other] = [await (await open()).lock(name), await (await open()).lock(name)]
    const lease = await one.acquire()
    await other.release()
    expect(await codeOfFailure(other.release())).toBe("ERR_NOT_HELD")
    expect(await codeOfFailure(lease.release())).toBe("ERR_NOT_HELD")
  })

  it("P1 does not let an old lease release what another holds now", async () => {
    const lock = await (await open()).lock(freshName())
    const old = await lock.acquire()
    await lock.release()
    await using _now = await lock.acquire()
    expect(await codeOfFailure(old.release())).toBe("ERR_NOT_HELD")
    expect(await lock.locked()).toBe(true)
  })

  it("P1 is released at the end of a block, also when it throws", async () => {
    const lock = await (await open()).lock(freshName())
    const work = async (): Promise<void> => {
      await using _lease = await lock.acquire()
      throw new Error("in the block")
    }
    await expect(work()).rejects.toThrow("in the block")
    expect(await lock.locked()).toBe(false)
  })

  it("P1 forgets who stopped waiting because of its signal", async () => {
    const lock = await (await open()).lock(freshName())
    const lease = await lock.acquire()
    const stop = new AbortController()
    const waiting = lock.acquire({ signal: stop.signal })
    const next = lock.acquire()
    stop.abort(new Error("enough"))
    expect(await codeOfFailure(waiting)).toBe("ERR_CANCELLED")
    expect(await codeOfFailure(lock.acquire({ signal: stop.signal }))).toBe("ERR_CANCELLED")
    await lease.release()
    await (await next).release()
    expect(await lock.locked()).toBe(false)
  })

  it("P1 refuses a time that is none", async () => {
    const lock = await (await open()).lock(freshName())
    for (const timeoutMs of [-1, NaN]) expect(await codeOfFailure(lock.acquire({ timeoutMs }))).toBe("ERR_BAD_OPTION")
    expect(await lock.locked()).toBe(false)
  })

  it("P3 serves 100 who wait in the order they came, and counts a fence up", async () => {
    const lock = await (await open()).lock(freshName())
    const first = await lock.acquire()
    const order: number[] = []
    const fences: number[] = [first.fence]
    const all: Promise<void>[] = []
    for (let n = 0; n < 100; n++) {
      all.push(
        lock.acquire().then(async (lease: Lease) => {
          order.push(n)
          fences.push(lease.fence)
          await lease.release()
        }),
      )
    }
    await first.release()
    await Promise.all(all)
    expect(order).toEqual(Array.from({ length: 100 }, (_, n) => n))
    expect(fences.every((fence, n) => n === 0 || fence > (fences[n - 1] ?? 0))).toBe(true)
  })

  it("P3 lets nobody pass who waits", async () => {
    const lock = await (await open()).lock(freshName())
    const lease = await lock.acquire()
    const waiting = lock.acquire()
    await lease.release()
    // The lock is the waiter's now, whether it has noticed or not.
    const passed = await lock.tryAcquire()
    const held = await waiting
    expect(passed).toBeUndefined()
    await held.release()
  })

  it("P4 may be poisoned by its holder, and is mended by reset", async () => {
    const lock = await (await open()).lock(freshName())
    const lease = await lock.acquire()
    const waiting = codeOfFailure(lock.acquire())
    await lease.poison()
    expect(await waiting).toBe("ERR_POISONED")
    expect(await codeOfFailure(lock.acquire())).toBe("ERR_POISONED")
    expect(await codeOfFailure(lock.tryAcquire())).toBe("ERR_POISONED")
    await lock.reset()
    await (await lock.acquire()).release()
  })

  it("P1 is refused under its name as something else", async () => {
    const toolkit = await open()
    const name = freshName()
    await toolkit.lock(name)
    expect(await failureOf(toolkit.semaphore(name))).toMatchObject({ code: "ERR_OTHER_TYPE", data: { primitive: name } })
    expect(await codeOfFailure(toolkit.lock(name, { onOwnerDied: "poison" }))).toBe("ERR_OTHER_TYPE")
    expect(await codeOfFailure(toolkit.lock("no name"))).toBe("ERR_BAD_NAME")
  })

  it("P1 without a name is another one each time", async () => {
    const toolkit = await open()
    const [one, other] = [await toolkit.lock(), await toolkit.lock()]
    await using _one = await one.acquire()
    await using _other = await other.acquire({ timeoutMs: 1000 })
  })
})

describe.each(toolkits)("a reentrant lock: $name", ({ open }) => {
  it("P1 is acquired again by its owner, and free when it was released as often", async () => {
    const toolkit = await open()
    const name = freshName()
    const [mine, others] = [await toolkit.reentrantLock(name, { as: "me" }), await toolkit.reentrantLock(name, { as: "other" })]
    const outer = await mine.acquire()
    const inner = await mine.acquire({ timeoutMs: 1000 })
    expect(await others.tryAcquire()).toBeUndefined()
    await inner.release()
    expect(await others.tryAcquire()).toBeUndefined()
    await outer.release()
    await using theirs = await others.tryAcquire()
    expect(theirs).toBeDefined()
  })

  it("P1 is released by its owner alone", async () => {
    const toolkit = await open()
    const name = freshName()
    const [mine, others] = [await toolkit.reentrantLock(name, { as: "me" }), await toolkit.reentrantLock(name, { as: "other" })]
    expect(await codeOfFailure(mine.release())).toBe("ERR_NOT_HELD")
    await using _lease = await mine.acquire()
    expect(await codeOfFailure(others.release())).toBe("ERR_NOT_HELD")
  })

  it("P1 passes to who waits when its owner is done with all of it", async () => {
    const toolkit = await open()
    const name = freshName()
    const [mine, others] = [await toolkit.reentrantLock(name, { as: "me" }), await toolkit.reentrantLock(name, { as: "other" })]
    const leases = [await mine.acquire(), await mine.acquire()]
    let isTheirs = false
    const theirs = others.acquire().then((lease) => {
      isTheirs = true
      return lease
    })
    await leases[0]?.release()
    await mine.locked()
    expect(isTheirs).toBe(false)
    await leases[1]?.release()
    await (await theirs).release()
  })
})

describe.each(toolkits)("a condition: $name", ({ open }) => {
  it("P2 needs its lock", async () => {
    const condition = (await (await open()).lock(freshName())).condition()
    expect(await codeOfFailure(condition.wait())).toBe("ERR_NOT_HELD")
    expect(await codeOfFailure(condition.notify())).toBe("ERR_NOT_HELD")
    expect(await codeOfFailure(condition.notifyAll())).toBe("ERR_NOT_HELD")
  })

  it("P2 wakes as many as are notified, those first who came first, each with the lock", async () => {
    const lock = await (await open()).lock(freshName())
    const condition = lock.condition()
    const woken: number[] = []
    let waiting = 0
    let inside = 0
    const wait = async (n: number): Promise<void> => {
      await using _lease = await lock.acquire()
      waiting++
      expect(await condition.wait()).toBe(true)
      expect(++inside).toBe(1)
      woken.push(n)
      inside--
    }
    const all = [0, 1, 2, 3, 4].map(wait)
    await eventually(() => waiting === 5)
    const notify = async (count: number): Promise<number> => {
      await using _lease = await lock.acquire()
      return await condition.notify(count)
    }
    expect(await notify(2)).toBe(2)
    await eventually(() => woken.length === 2)
    expect(woken).toEqual([0, 1])
    expect(await notify(1)).toBe(1)
    await eventually(() => woken.length === 3)
    expect(await notify(10)).toBe(2)
    await Promise.all(all)
    expect(woken).toEqual([0, 1, 2, 3, 4])
    expect(await notify(1)).toBe(0)
  })

  it("P2 gives the lock back when the time is over, and says that nobody notified", async () => {
    const lock = await (await open()).lock(freshName())
    const lease = await lock.acquire()
    expect(await lock.condition().wait({ timeoutMs: 10 })).toBe(false)
    expect(await lock.tryAcquire()).toBeUndefined()
    await lease.release()
  })

  it("P2 holds the lock again when the wait was called off", async () => {
    const lock = await (await open()).lock(freshName())
    const lease = await lock.acquire()
    const stop = new AbortController()
    const waiting = lock.condition().wait({ signal: stop.signal })
    await (await lock.acquire()).release()
    stop.abort()
    expect(await codeOfFailure(waiting)).toBe("ERR_CANCELLED")
    expect(await lock.tryAcquire()).toBeUndefined()
    await lease.release()
  })

  it("P2 waits for a predicate", async () => {
    const lock = await (await open()).lock(freshName())
    const condition = lock.condition()
    let count = 0
    const waiting = (async () => {
      await using _lease = await lock.acquire()
      return await condition.waitFor(() => count >= 3)
    })()
    for (let n = 0; n < 3; n++) {
      await using _lease = await lock.acquire()
      count++
      await condition.notifyAll()
    }
    expect(await waiting).toBe(true)
    await using _lease = await lock.acquire()
    expect(await condition.waitFor(() => false, { timeoutMs: 10 })).toBe(false)
  })

  it("P2 lets go of a reentrant lock entirely, and gets it back as deep", async () => {
    const toolkit = await open()
    const name = freshName()
    const mine = await toolkit.reentrantLock(name, { as: "me" })
    const others = await toolkit.reentrantLock(name, { as: "other" })
    const leases = [await mine.acquire(), await mine.acquire()]
    const waiting = mine.condition().wait()
    const theirs = await others.acquire()
    await others.condition().notify()
    await theirs.release()
    expect(await waiting).toBe(true)
    await leases[0]?.release()
    expect(await others.tryAcquire()).toBeUndefined()
    await leases[1]?.release()
    await using free = await others.tryAcquire()
    expect(free).toBeDefined()
  })

  it("P2 refuses a number that is none: it would wait for ever", async () => {
    const lock = await (await open()).lock(freshName())
    for (const number of [-1, 1.5, NaN, 2 ** 32])
      expect(() => lock.condition(number)).toThrow(expect.objectContaining({ code: "ERR_BAD_OPTION" }))
    await using _lease = await lock.acquire()
    for (const count of [-1, 1.5, NaN, 2 ** 31])
      expect(await codeOfFailure(lock.condition().notify(count))).toBe("ERR_BAD_OPTION")
  })

  it("P2 is told apart from others on the same lock by its number", async () => {
    const lock = await (await open()).lock(freshName())
    const lease = await lock.acquire()
    const waiting = lock.condition(1).wait()
    const mine = await lock.acquire()
    expect(await lock.condition(2).notifyAll()).toBe(0)
    expect(await lock.condition(1).notifyAll()).toBe(1)
    await mine.release()
    expect(await waiting).toBe(true)
    await lease.release()
  })
})
