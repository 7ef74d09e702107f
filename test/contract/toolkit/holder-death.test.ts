// What becomes of what an actor holds when it ends in the middle.

import { describe, expect, it } from "vitest"
import { type Toolkit, ToolkitKeeper, openMachineToolkit, openToolkit, sharedToolkit } from "../../../runtime/toolkit.js"
import type { ActorRef, Placement } from "../../../runtime/index.js"
import { ToolUser } from "../../fixtures/tool-user.js"
import { eventually } from "../../support/eventually.js"
import { codeOfFailure, failureOf, outcomeOf, terminationOf } from "../../support/outcome.js"
import { useTestSystem } from "../../support/test-system.js"
import { freshName } from "../../support/toolkits.js"

const { system } = useTestSystem()
/** The machine may be busy, and a dead process is noticed after some seconds. */
const SOON = { timeoutMs: 20_000 }

/** Where users run, and where the keeper does; without one they use shared memory: of the process, or of the machine. */
const CASES: readonly { user: Placement; keeper?: Placement | "machine" }[] = [
  { user: "thread" },
  { user: "inline" },
  { user: "inline", keeper: "machine" },
  { user: "inline", keeper: "inline" },
  { user: "thread", keeper: "inline" },
  { user: "process", keeper: "inline" },
  { user: "process", keeper: "process" },
  { user: "thread", keeper: "machine" },
  { user: "process", keeper: "machine" },
]

describe.each(CASES)("a user that dies: user $user, keeper $keeper", ({ user, keeper: placement }) => {
  let keeper: Promise<ActorRef<ToolkitKeeper>> | undefined
  let own: Promise<Toolkit> | undefined
  const keeperOf = async (): Promise<ActorRef<ToolkitKeeper> | "machine" | undefined> =>
    placement === undefined || placement === "machine" ? placement : (keeper ??= system.spawn(ToolkitKeeper, { placement }))
  const tools = async (): Promise<Toolkit> => {
    const at = await keeperOf()
    if (at === "machine") return (own ??= openMachineToolkit(system))
    return (own ??= at === undefined ? Promise.resolve(sharedToolkit()) : openToolkit(at, system))
  }
  const spawn = async (restart: "temporary" | "permanent" = "temporary"): Promise<ActorRef<ToolUser>> =>
    system.spawn(ToolUser, { placement: user, restart, name: freshName("user"), args: { keeper: await keeperOf() } })

  it("P4 leaves its lock to who waits, who is told", async () => {
    const [ref, toolkit, name] = [await spawn(), await tools(), freshName()]
    await ref.ask.hold(name)
    const lock = await toolkit.lock(name)
    const waiting = lock.acquire(SOON)
    expect(await lock.tryAcquire()).toBeUndefined()
    await system.kill(ref)
    const lease = await waiting
    expect(lease.ownerDied).toBe(true)
    await lease.release()
    await using next = await lock.acquire(SOON)
    expect(next.ownerDied).toBe(false)
    expect(next.fence).toBeGreaterThan(lease.fence)
  })

  it("P4 leaves its lock also when it crashes and is started again", async () => {
    const [ref, toolkit, name] = [await spawn("permanent"), await tools(), freshName()]
    await ref.ask.hold(name)
    await outcomeOf(ref.ask.crash())
    await using lease = await (await toolkit.lock(name)).acquire(SOON)
    expect(lease.ownerDied).toBe(true)
    await system.kill(ref)
  })

  it("P4 gives its permits back, and breaks the barrier where it waited", async () => {
    const [ref, toolkit] = [await spawn(), await tools()]
    const [permits, meeting] = [freshName(), freshName()]
    const semaphore = await toolkit.semaphore(permits, 2)
    await ref.ask.takePermit(permits)
    await ref.ask.takePermit(permits)
    expect(await semaphore.value()).toBe(0)
    const barrier = await toolkit.barrier(meeting, 3)
    void outcomeOf(ref.ask.meet(meeting))
    await eventually(async () => (await barrier.waiting()) === 1)
    const broken = codeOfFailure(barrier.wait(SOON))
    await system.kill(ref)
    expect(await broken).toBe("ERR_BROKEN_BARRIER")
    await semaphore.acquire(SOON)
    expect((await semaphore.acquire(SOON)).ownerDied).toBe(true)
  })

  it("P5 puts its unfinished items back if asked to, in front", async () => {
    const [ref, toolkit, name] = [await spawn(), await tools(), freshName()]
    const queue = await toolkit.queue<number>(name, { unfinished: "requeue" })
    for (const n of [1, 2, 3]) await queue.put(n)
    expect(await ref.ask.take({ name, count: 2, unfinished: "requeue" })).toEqual([1, 2])
    await system.kill(ref)
    await eventually(async () => (await queue.size()) === 3, SOON)
    for (const n of [1, 2, 3]) {
      expect(await queue.get()).toBe(n)
      await queue.taskDone()
    }
    expect(await queue.join(SOON)).toBe(true)
  })

  it("P5 gives its unfinished items to who waits, in their order and before what is put later", async () => {
    const [ref, toolkit, name] = [await spawn(), await tools(), freshName()]
    const queue = await toolkit.queue<number>(name, { unfinished: "requeue" })
    for (const n of [1, 2, 3]) await queue.put(n)
    expect(await ref.ask.take({ name, count: 3, unfinished: "requeue" })).toEqual([1, 2, 3])
    const waiting = [queue.get(SOON), queue.get(SOON)]
    await system.kill(ref)
    expect(await Promise.all(waiting)).toEqual([1, 2])
    await queue.put(4)
    expect([await queue.get(SOON), await queue.get(SOON)]).toEqual([3, 4])
    for (let n = 0; n < 4; n++) await queue.taskDone()
    expect(await queue.join(SOON)).toBe(true)
  })

  it.each(["lifo", "priority"] as const)(
    "P5 gives its unfinished items of a queue %s to who waits as they would leave",
    async (order) => {
      const [ref, toolkit, name] = [await spawn(), await tools(), freshName()]
      const options = { unfinished: "requeue", order } as const
      const queue = await toolkit.queue<number>(name, options)
      await queue.put(5, { priority: 5 })
      expect(await ref.ask.take({ name, count: 1, ...options })).toEqual([5])
      await queue.put(1, { priority: 1 })
      expect(await ref.ask.take({ name, count: 1, ...options })).toEqual([1])
      const waiting = [queue.get(SOON), queue.get(SOON)]
      await system.kill(ref)
      expect(await Promise.all(waiting)).toEqual(order === "priority" ? [1, 5] : [5, 1])
    },
  )

  it("P5 counts its unfinished items as done if not, so that join comes to its end", async () => {
    const [ref, toolkit, name] = [await spawn(), await tools(), freshName()]
    const queue = await toolkit.queue<number>(name)
    for (const n of [1, 2]) await queue.put(n)
    expect(await ref.ask.take({ name, count: 2, unfinished: "forget" })).toEqual([1, 2])
    const joined = queue.join(SOON)
    await system.kill(ref)
    expect(await joined).toBe(true)
  })

  it("P5 brings nothing back into a queue that was closed with its rest dropped, and join comes to its end", async () => {
    const [ref, toolkit, name] = [await spawn(), await tools(), freshName()]
    const queue = await toolkit.queue<number>(name, { unfinished: "requeue" })
    await queue.putMany([1, 2, 3])
    expect(await ref.ask.take({ name, count: 2, unfinished: "requeue" })).toEqual([1, 2])
    expect(await queue.close({ rest: "drop" })).toBe(1)
    const joined = queue.join(SOON)
    await system.kill(ref)
    expect(await joined).toBe(true)
    expect([await queue.size(), await codeOfFailure(queue.get())]).toEqual([0, "ERR_CLOSED"])
  })

  it("P5 leaves what it had put for others, when it ends right after that", async () => {
    const [ref, toolkit, name] = [await spawn(), await tools(), freshName()]
    await ref.ask.put({ name, items: ["a", 2, "c"] })
    await system.kill(ref)
    const queue = await toolkit.queue(name)
    expect([await queue.get(SOON), await queue.get(SOON), await queue.get(SOON)]).toEqual(["a", 2, "c"])
    expect(await queue.tryGet()).toBeUndefined()
  })

  it("P6 ends the stream of its pipe after what it had sent", async () => {
    const [ref, toolkit, name] = [await spawn(), await tools(), freshName()]
    const end = await (await toolkit.pipe(name)).end("right")
    await ref.ask.send({ name, values: ["a", "b"] })
    await system.kill(ref)
    const received: unknown[] = []
    for await (const value of end) received.push(value)
    expect(received).toEqual(["a", "b"])
    expect(await codeOfFailure(end.send("c"))).toBe("ERR_CLOSED")
  })

  it("P4 that is not dead but waits in a circle is named, with the circle", async () => {
    const [one, other] = [await spawn(), await spawn()]
    const [first, second] = [freshName("first"), freshName("second")]
    await one.ask.hold(first)
    await other.ask.hold(second)
    const far = other.with({ timeoutMs: 30_000 }).ask.want({ name: first, timeoutMs: 5000 })
    const near = await one.with({ timeoutMs: 30_000 }).ask.want({ name: second, timeoutMs: 1500 })
    const names = [one, other].map(({ name }) => expect.stringContaining(name) as string)
    expect(near.data).toMatchObject({
      primitive: second,
      holders: [names[1]],
      standing: [{ party: names[1], holds: [second], waitsFor: [first] }],
      cycle: [names[0], second, names[1], first, names[0]],
    })
    expect(near.message).toMatch(/a deadlock: .*first\d+ → /)
    const ended = terminationOf(system, one)
    await system.kill(one)
    await ended
    expect((await far).message).toBe("it was acquired")
    await system.kill(other)
  })
})

describe("a process that is killed from outside", () => {
  it("P4 leaves its lock to who waits", async () => {
    const keeper = await system.spawn(ToolkitKeeper)
    const ref = await system.spawn(ToolUser, { placement: "process", restart: "temporary", args: { keeper } })
    await ref.ask.hold("outside")
    const waiting = (await (await openToolkit(keeper, system)).lock("outside")).acquire(SOON)
    process.kill(await ref.ask.pid(), "SIGKILL")
    expect((await waiting).ownerDied).toBe(true)
  })
})

describe("a keeper that ends", () => {
  it("M2 leaves nobody waiting, and its next life starts anew with higher fences", async () => {
    const keeper = await system.spawn(ToolkitKeeper, { placement: "thread" })
    const lock = await (await openToolkit(keeper, system)).lock("kept")
    const { fence } = await lock.acquire()
    const waiting = outcomeOf(lock.acquire(SOON))
    await system.restart(keeper)
    expect(await waiting).not.toBe("answered")
    expect(await failureOf(lock.acquire())).toMatchObject({ code: "ERR_NOT_HELD" })
    const anew = await (await openToolkit(keeper, system)).lock("kept")
    expect((await anew.acquire()).fence).toBeGreaterThan(fence)
  })
})

describe.each(["of the process", "of the machine"])("an inline actor and the memory %s", (memory) => {
  const keeper = memory === "of the machine" ? "machine" : undefined
  const toolkit = (): Promise<Toolkit> => (keeper === undefined ? Promise.resolve(sharedToolkit()) : openMachineToolkit(system))
  const spawn = (): Promise<ActorRef<ToolUser>> =>
    system.spawn(ToolUser, { placement: "inline", restart: "temporary", name: freshName("inline"), args: { keeper } })

  it("P4 is apart from others of its thread: what those hold stays theirs when it ends", async () => {
    const [one, other, tools] = [await spawn(), await spawn(), await toolkit()]
    const [first, second, third] = [freshName(), freshName(), freshName()]
    await one.ask.hold(first)
    await other.ask.hold(second)
    await using _mine = await (await tools.lock(third)).acquire()
    await system.kill(one)
    expect((await (await tools.lock(first)).tryAcquire())?.ownerDied).toBe(true)
    expect(await (await tools.lock(second)).tryAcquire()).toBeUndefined()
    expect(await (await tools.lock(third)).tryAcquire()).toBeUndefined()
    await system.kill(other)
    expect((await (await tools.lock(second)).tryAcquire())?.ownerDied).toBe(true)
  })

  it("P4 that ended while it waited stands in no line any more, and gets nothing late", async () => {
    const [ref, tools, name] = [await spawn(), await toolkit(), freshName()]
    const lock = await tools.lock(name)
    const lease = await lock.acquire()
    const wanted = outcomeOf(ref.with({ timeoutMs: 30_000 }).ask.want({ name, timeoutMs: 20_000 }))
    await ref.ask.pid()
    const next = lock.acquire(SOON)
    await system.kill(ref)
    await wanted
    await lease.release()
    const mine = await next
    expect(mine.ownerDied).toBe(false)
    await mine.release()
    expect(await lock.locked()).toBe(false)
  })

  it("P5 that ended while it waited to put, or for an item, leaves a queue with all its room and all its items", async () => {
    const [tools, name] = [await toolkit(), freshName()]
    const queue = await tools.queue<number>(name, { unfinished: "requeue", capacity: 2 })
    const taker = await spawn()
    void outcomeOf(taker.with({ timeoutMs: 30_000 }).ask.take({ name, count: 1, unfinished: "requeue", capacity: 2 }))
    // An answer to what was asked later: the one before has begun to wait.
    await taker.ask.pid()
    await system.kill(taker)
    for (let n = 0; n < 200; n++) {
      expect(await queue.tryPut(n)).toBe(true)
      expect(await queue.get({ timeoutMs: 5000 })).toBe(n)
      await queue.taskDone()
    }
    await queue.putMany([1, 2])
    const putter = await spawn()
    void outcomeOf(putter.with({ timeoutMs: 30_000 }).ask.put({ name, items: [3, 4], unfinished: "requeue", capacity: 2 }))
    await putter.ask.pid()
    await system.kill(putter)
    expect([await queue.get(SOON), await queue.get(SOON)]).toEqual([1, 2])
    await queue.taskDone()
    await queue.taskDone()
    expect(await queue.tryGet()).toBeUndefined()
    expect(await queue.join(SOON)).toBe(true)
  })
})
