// What waits have in common, and the less usual turns of each primitive: cases that other toolkits' suites show to matter.

import { describe, expect, it } from "vitest"
import type { Toolkit } from "../../../runtime/toolkit.js"
import { eventually } from "../../support/eventually.js"
import { codeOfFailure, outcomeOf } from "../../support/outcome.js"
import { freshName, useToolkits } from "../../support/toolkits.js"

const toolkits = useToolkits()
type Wait = (options: { timeoutMs: number }) => Promise<unknown>

/** A wait of each kind that nobody ends, with what it gives when the time is over. */
async function hopeless(toolkit: Toolkit): Promise<Record<string, { wait: Wait; gives: unknown }>> {
  const lock = await toolkit.lock()
  await lock.acquire()
  const noticed = await toolkit.lock()
  await noticed.acquire()
  const semaphore = await toolkit.semaphore(undefined, 0)
  const event = await toolkit.event()
  const barrier = await toolkit.barrier(undefined, 2)
  const full = await toolkit.queue<number>(undefined, { capacity: 1 })
  await full.put(1)
  const empty = await toolkit.queue()
  return {
    lock: { wait: (options) => lock.acquire(options), gives: "ERR_WAIT_TIMED_OUT" },
    semaphore: { wait: (options) => semaphore.acquire(options), gives: "ERR_WAIT_TIMED_OUT" },
    event: { wait: (options) => event.wait(options), gives: false },
    condition: { wait: (options) => noticed.condition().wait(options), gives: false },
    barrier: { wait: (options) => barrier.wait(options), gives: "ERR_BROKEN_BARRIER" },
    put: { wait: (options) => full.put(2, options), gives: "ERR_QUEUE_FULL" },
    get: { wait: (options) => empty.get(options), gives: "ERR_QUEUE_EMPTY" },
    join: { wait: (options) => full.join(options), gives: false },
  }
}

describe.each(toolkits)("waits: $name", ({ open }) => {
  it("P1–P5 are over when their time is, and not before", async () => {
    for (const [what, { wait, gives }] of Object.entries(await hopeless(await open()))) {
      const start = performance.now()
      const given = await wait({ timeoutMs: 25 }).catch((error: unknown) => (error as { code: unknown }).code)
      expect({ what, given }).toEqual({ what, given: gives })
      expect(performance.now() - start).toBeGreaterThanOrEqual(24)
    }
  })

  it("P1–P5 with no time at all are one try", async () => {
    const toolkit = await open()
    for (const [what, { wait, gives }] of Object.entries(await hopeless(toolkit)))
      expect({ what, given: await wait({ timeoutMs: 0 }).catch((error: unknown) => (error as { code: unknown }).code) }).toEqual({
        what,
        given: gives,
      })
    const queue = await toolkit.queue<number>()
    await queue.put(1, { timeoutMs: 0 })
    expect(await queue.get({ timeoutMs: 0 })).toBe(1)
    await (await (await toolkit.lock()).acquire({ timeoutMs: 0 })).release()
    await (await (await toolkit.semaphore(undefined, 1)).acquire({ timeoutMs: 0 })).release()
  })

  it("P1–P5 refuse a time that is none, and change nothing by that", async () => {
    const toolkit = await open()
    for (const [what, { wait }] of Object.entries(await hopeless(toolkit)))
      for (const timeoutMs of [-1, NaN, "1" as unknown as number])
        expect({ what, code: await codeOfFailure(wait({ timeoutMs })) }).toEqual({ what, code: "ERR_BAD_OPTION" })
    const queue = await toolkit.queue<number>()
    expect(await codeOfFailure(queue.put(1, { timeoutMs: -1 }))).toBe("ERR_BAD_OPTION")
    expect([await queue.size(), await queue.unfinished()]).toEqual([0, 0])
    const barrier = await toolkit.barrier(undefined, 2)
    expect(await codeOfFailure(barrier.wait({ timeoutMs: -1 }))).toBe("ERR_BAD_OPTION")
    expect([await barrier.waiting(), await barrier.isBroken()]).toEqual([0, false])
  })

  it("P1 leave a lock as it was when they timed out: its next is served, and the late one may come again", async () => {
    const lock = await (await open()).lock()
    const lease = await lock.acquire()
    const late = codeOfFailure(lock.acquire({ timeoutMs: 10 }))
    const next = lock.acquire()
    expect(await late).toBe("ERR_WAIT_TIMED_OUT")
    await lease.release()
    await (await next).release()
    await (await lock.acquire({ timeoutMs: 5000 })).release()
    expect(await lock.locked()).toBe(false)
  })

  it("P5 lose no item when they are called off as it comes", async () => {
    const queue = await (await open()).queue<number>()
    for (let n = 0; n < 20; n++) {
      const stop = new AbortController()
      const getting = outcomeOf(queue.get({ signal: stop.signal }))
      await queue.size()
      const putting = queue.put(n)
      stop.abort()
      await putting
      // Either it was got, or it is there still.
      if ((await getting) === "answered") expect(await queue.size()).toBe(0)
      else expect(await queue.get({ timeoutMs: 5000 })).toBe(n)
    }
  })
})

describe.each(toolkits)("many at one: $name", ({ open }) => {
  it("P1 lock are in it one at a time, whoever opened it", async () => {
    const name = freshName()
    let [inside, most, turns] = [0, 0, 0]
    const work = async (): Promise<void> => {
      const lock = await (await open()).lock(name)
      for (let n = 0; n < 10; n++) {
        await using _lease = await lock.acquire()
        most = Math.max(most, ++inside)
        await new Promise(setImmediate)
        inside--
        turns++
      }
    }
    await Promise.all([work(), work(), work(), work()])
    expect({ most, turns }).toEqual({ most: 1, turns: 40 })
  })

  it("P2 semaphore are in it as many as it has permits, and no more", async () => {
    const name = freshName()
    let [inside, most] = [0, 0]
    const semaphore = await (await open()).semaphore(name, 3)
    const gate = await (await open()).event()
    const work = async (): Promise<void> => {
      await using _lease = await semaphore.acquire()
      most = Math.max(most, ++inside)
      await gate.wait()
      inside--
    }
    const all = Array.from({ length: 8 }, work)
    await eventually(() => inside === 3)
    expect(await semaphore.value()).toBe(0)
    await gate.set()
    await Promise.all(all)
    expect([most, await semaphore.value()]).toEqual([3, 3])
  })

  it("P2 semaphore go on as many as permits are released, in their order", async () => {
    const semaphore = await (await open()).semaphore(undefined, 0)
    const order: number[] = []
    const all = [0, 1, 2, 3, 4].map((n) => semaphore.acquire().then(() => order.push(n)))
    await semaphore.value()
    await semaphore.release(2)
    await eventually(() => order.length === 2)
    await semaphore.release(1)
    await eventually(() => order.length === 3)
    await semaphore.release(2)
    await Promise.all(all)
    expect(order).toEqual([0, 1, 2, 3, 4])
    expect(await semaphore.value()).toBe(0)
  })

  it("P2 event go on each time it is set; setting or clearing it twice is as once", async () => {
    const event = await (await open()).event()
    for (let round = 0; round < 2; round++) {
      const waiting = [event.wait(), event.wait(), event.wait()]
      await event.set()
      await event.set()
      expect(await Promise.all(waiting)).toEqual([true, true, true])
      expect(await event.isSet()).toBe(true)
      await event.clear()
      await event.clear()
      expect(await event.isSet()).toBe(false)
    }
  })

  it("P5 queue may join it, each time its items are done", async () => {
    const name = freshName()
    const [queue, other] = [await (await open()).queue<number>(name), await (await open()).queue<number>(name)]
    for (let round = 0; round < 2; round++) {
      await queue.putMany([1, 2])
      const joining = [queue.join(), other.join(), queue.join()]
      for (const one of [queue, other]) {
        await one.get()
        await one.taskDone()
      }
      expect(await Promise.all(joining)).toEqual([true, true, true])
    }
  })
})

describe.each(toolkits)("less usual turns: $name", ({ open }) => {
  it("P1 a reentrant lock is given back as often as it was taken, and not once more", async () => {
    const lock = await (await open()).reentrantLock()
    const leases = []
    for (let n = 0; n < 20; n++) leases.push(await lock.acquire())
    for (const lease of leases) {
      expect(await lock.locked()).toBe(true)
      await lease.release()
    }
    expect(await lock.locked()).toBe(false)
    expect(await codeOfFailure(lock.release())).toBe("ERR_NOT_HELD")
  })

  it("P2 who was notified goes on when the notifier has let go of the lock, and not before", async () => {
    const lock = await (await open()).lock()
    const condition = lock.condition()
    let isOn = false
    const first = await lock.acquire()
    const waiting = condition.wait().then(() => (isOn = true))
    const lease = await lock.acquire()
    expect(await condition.notify()).toBe(1)
    await lock.locked()
    expect(isOn).toBe(false)
    await lease.release()
    await waiting
    await first.release()
  })

  it("P2 a notice goes to one who waits still, not to one whose time was over", async () => {
    const lock = await (await open()).lock()
    const condition = lock.condition()
    const late = await lock.acquire()
    expect(await condition.wait({ timeoutMs: 5 })).toBe(false)
    await late.release()
    const patient = await lock.acquire()
    const waiting = condition.wait()
    await using lease = await lock.acquire()
    expect([await condition.notify(), await condition.notify()]).toEqual([1, 0])
    await lease.release()
    expect(await waiting).toBe(true)
    await patient.release()
  })

  it("P2 a barrier is broken for the others by one that is called off, and can be aborted and reset with nobody there", async () => {
    const barrier = await (await open()).barrier(undefined, 3)
    const stop = new AbortController()
    const [off, other] = [outcomeOf(barrier.wait({ signal: stop.signal })), outcomeOf(barrier.wait())]
    await eventually(async () => (await barrier.waiting()) === 2)
    stop.abort()
    expect(await other).toBe("ERR_BROKEN_BARRIER")
    expect(["ERR_CANCELLED", "ERR_BROKEN_BARRIER"]).toContain(await off)
    await barrier.reset()
    await barrier.reset()
    expect(await barrier.isBroken()).toBe(false)
    await barrier.abort()
    expect(await codeOfFailure(barrier.wait())).toBe("ERR_BROKEN_BARRIER")
    await barrier.reset()
    expect((await Promise.all([barrier.wait(), barrier.wait(), barrier.wait()])).sort()).toEqual([0, 1, 2])
  })

  it.each(["fifo", "lifo", "priority"] as const)("P5 a queue in order of %s is full and empty alike", async (order) => {
    const queue = await (await open()).queue<number>(undefined, { capacity: 2, order })
    expect(await queue.tryGet()).toBeUndefined()
    expect([await queue.tryPut(1), await queue.tryPut(2), await queue.tryPut(3)]).toEqual([true, true, false])
    expect(await codeOfFailure(queue.put(3, { timeoutMs: 5 }))).toBe("ERR_QUEUE_FULL")
    const waiting = queue.put(3)
    const out = [await queue.get()]
    await waiting
    out.push(await queue.get(), await queue.get())
    expect(out).toEqual(order === "lifo" ? [2, 3, 1] : [1, 2, 3])
    expect(await codeOfFailure(queue.get({ timeoutMs: 5 }))).toBe("ERR_QUEUE_EMPTY")
    expect([await queue.size(), await queue.unfinished()]).toEqual([0, 3])
  })

  it("P5 a closed queue refuses what comes, whatever the form, and is joined when what was in it is done", async () => {
    const queue = await (await open()).queue<number>(undefined, { capacity: 2 })
    await queue.put(1)
    await queue.close()
    await queue.close()
    expect(await codeOfFailure(queue.tryPut(2))).toBe("ERR_CLOSED")
    expect(await codeOfFailure(queue.put(2, { timeoutMs: 0 }))).toBe("ERR_CLOSED")
    const joined = queue.join()
    expect(await queue.tryGet()).toBe(1)
    expect(await codeOfFailure(queue.tryGet())).toBe("ERR_CLOSED")
    await queue.taskDone()
    expect(await joined).toBe(true)
  })

  it("P2 a barrier of one party holds nobody up", async () => {
    const barrier = await (await open()).barrier(undefined, 1)
    for (let n = 0; n < 3; n++) expect(await barrier.wait({ timeoutMs: 0 })).toBe(0)
    expect([await barrier.isBroken(), await barrier.waiting()]).toEqual([false, 0])
  })

  it("P2 a predicate that stays false is asked at each notice, and the lock is held again when the time is over", async () => {
    const lock = await (await open()).lock()
    const lease = await lock.acquire()
    let asked = 0
    const waited = lock.condition().waitFor(() => (asked++, false), { timeoutMs: 300 })
    await using other = await lock.acquire({ timeoutMs: 20_000 })
    await lock.condition().notify()
    await other.release()
    expect(await waited).toBe(false)
    expect(asked).toBeGreaterThan(1)
    expect(await lock.locked()).toBe(true)
    await lease.release()
  })

  it("P6 a pipe makes its sender wait, and loses nothing of more than it holds", async () => {
    const pipe = await (await open()).pipe<number>(undefined, { capacity: 2 })
    const [left, right] = [await pipe.end("left"), await pipe.end("right")]
    const sending = (async () => {
      for (let n = 0; n < 20; n++) await left.send(n)
      await left.close()
    })()
    const received: number[] = []
    for await (const n of right) received.push(n)
    await sending
    expect(received).toEqual(Array.from({ length: 20 }, (_, n) => n))
  })
})
