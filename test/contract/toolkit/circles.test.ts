// What the error of a wait says when those who wait do so for each other: by locks, permits, queues, conditions and joins.

import { describe, expect, it } from "vitest"
import { eventually } from "../../support/eventually.js"
import { failureOf, outcomeOf } from "../../support/outcome.js"
import { freshName, useToolkits } from "../../support/toolkits.js"

const toolkits = useToolkits()
const SHORT = { timeoutMs: 200 }
const LONG = { timeoutMs: 20_000 }
const party = (name: string): unknown => expect.stringContaining(name)

describe.each(toolkits)("waits in a circle: $name", ({ open }) => {
  it("P4 a lock and a permit name who holds them, what they wait for, and the circle", async () => {
    const toolkit = await open()
    const [lockName, seats] = [freshName("lock"), freshName("seats")]
    const lock = await (await toolkit.lock(lockName, { as: "ann" })).acquire()
    const seat = await (await toolkit.semaphore(seats, 1, { as: "bob" })).acquire()
    const far = (await toolkit.lock(lockName, { as: "bob" })).acquire(LONG)
    const failure = await failureOf((await toolkit.semaphore(seats, 1, { as: "ann" })).acquire(SHORT))
    expect(failure.data).toMatchObject({
      holders: [party("bob")],
      standing: [{ party: party("bob"), holds: [seats], waitsFor: [lockName] }],
      cycle: [party("ann"), seats, party("bob"), lockName, party("ann")],
    })
    await lock.release()
    await (await far).release()
    await seat.release()
  })

  it("P4 a put into a full queue names who has items that are not done, and waits for who puts", async () => {
    const toolkit = await open()
    const [lockName, name] = [freshName("lock"), freshName("queue")]
    const [producer, consumer] = await Promise.all(
      ["producer", "consumer"].map((as) => toolkit.queue<number>(name, { capacity: 1, as })),
    )
    const lock = await (await toolkit.lock(lockName, { as: "producer" })).acquire()
    await producer?.put(1)
    await consumer?.get()
    await producer?.put(2)
    const far = (await toolkit.lock(lockName, { as: "consumer" })).acquire(LONG)
    const failure = await failureOf(producer?.put(3, SHORT) ?? Promise.resolve())
    expect(failure).toMatchObject({
      code: "ERR_QUEUE_FULL",
      message: expect.stringMatching(/not done are with .*consumer.*a deadlock: /) as unknown,
      data: { capacity: 1, cycle: [party("producer"), name, party("consumer"), lockName, party("producer")] },
    })
    await lock.release()
    await (await far).release()
  })

  it("P4 a lock names a holder who waits for a queue to be done, by items of who wants the lock", async () => {
    const toolkit = await open()
    const [lockName, name] = [freshName("lock"), freshName("queue")]
    const [joiner, worker] = await Promise.all(["joiner", "worker"].map((as) => toolkit.queue<number>(name, { as })))
    const lock = await (await toolkit.lock(lockName, { as: "joiner" })).acquire()
    await joiner?.put(1)
    await worker?.get()
    const joined = joiner?.join(LONG)
    const failure = await failureOf((await toolkit.lock(lockName, { as: "worker" })).acquire(SHORT))
    expect(failure.data).toMatchObject({ cycle: [party("worker"), lockName, party("joiner"), name, party("worker")] })
    await worker?.taskDone()
    expect(await joined).toBe(true)
    await lock.release()
  })

  it("P4 a lock names a holder who waits on a condition, whose lock is held by who wants it", async () => {
    const toolkit = await open()
    const [mine, shared] = [freshName("mine"), freshName("shared")]
    const waiter = await toolkit.lock(shared, { as: "waiter" })
    const notifier = await toolkit.lock(shared, { as: "notifier" })
    const held = await (await toolkit.lock(mine, { as: "waiter" })).acquire()
    const lease = await waiter.acquire()
    const waiting = outcomeOf(waiter.condition().wait(LONG))
    await eventually(async () => !(await notifier.locked()))
    const other = await notifier.acquire()
    const failure = await failureOf((await toolkit.lock(mine, { as: "notifier" })).acquire(SHORT))
    expect(failure.data).toMatchObject({
      standing: [{ holds: [mine], waitsFor: [shared] }],
      cycle: [party("notifier"), mine, party("waiter"), shared, party("notifier")],
    })
    await notifier.condition().notify()
    await other.release()
    expect(await waiting).toBe("answered")
    await lease.release()
    await held.release()
  })

  it("P4 calls nothing a deadlock while one of those who have permits goes on", async () => {
    const toolkit = await open()
    const [seats, lockName] = [freshName("seats"), freshName("lock")]
    const [ann, bob] = await Promise.all(["ann", "bob"].map((as) => toolkit.semaphore(seats, 2, { as })))
    const held = [await ann?.acquire(), await bob?.acquire()]
    const going = await failureOf(ann?.acquire(SHORT) ?? Promise.resolve())
    expect(going).toMatchObject({ code: "ERR_WAIT_TIMED_OUT", data: { holders: [party("ann"), party("bob")], cycle: [] } })
    expect(going.message).not.toContain("deadlock")
    // Now bob waits for ann as well.
    const lock = await (await toolkit.lock(lockName, { as: "ann" })).acquire()
    const far = (await toolkit.lock(lockName, { as: "bob" })).acquire(LONG)
    const stuck = await failureOf(ann?.acquire(SHORT) ?? Promise.resolve())
    expect(stuck.message).toContain("a deadlock: ")
    // And now somebody who goes on can let bob go on.
    await lock.release()
    const lease = await far
    for (const one of held) await one?.release()
    await lease.release()
  })

  it("P4 names a program by its process, or its thread where that is what holds it", async () => {
    const lock = await (await open()).lock(freshName("lock"))
    const lease = await lock.acquire()
    const { holders } = (await failureOf(lock.acquire({ timeoutMs: 0 }))).data
    expect(["the main thread", `process ${String(process.pid)}`]).toContain((holders as string[])[0])
    await lease.release()
  })

  it("P4 says of one that waits for itself that another part of it may still let go", async () => {
    const lock = await (await open()).lock(freshName("lock"))
    const lease = await lock.acquire()
    const failure = await failureOf(lock.acquire(SHORT))
    expect(failure.message).toMatch(/a deadlock: .*, unless another part of .* lets go; take locks/)
    await lease.release()
  })

  it("P4 says of a full queue that others may take items from it", async () => {
    const queue = await (await open()).queue<number>(freshName("queue"), { capacity: 1 })
    await queue.put(1)
    await queue.get()
    await queue.put(2)
    const failure = await failureOf(queue.put(3, SHORT))
    expect(failure.message).toMatch(/a deadlock: .*, unless others take items out$/)
  })
})
