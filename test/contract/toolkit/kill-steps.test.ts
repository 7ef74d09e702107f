// A thread that is killed at each step of each operation, and what its survivors find.

import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { describe, expect, it } from "vitest"
import {
  type Queue,
  openBarrier,
  openEvent,
  openLock,
  openQueue,
  openReentrantLock,
  openSemaphore,
  openSharedArray,
  shareMemory,
  threadEnded,
} from "../../../runtime/toolkit.js"
import type { StoppedThreadData, Work } from "../../fixtures/stopped-thread.js"
import { outcomeOf } from "../../support/outcome.js"
import { freshName } from "../../support/toolkits.js"

const THREAD = new URL("../../fixtures/stopped-thread.js", import.meta.url)
/** What nobody waits longer for; the machine may be busy. */
const SOON = { timeoutMs: 10_000 }

shareMemory()

/** Runs the work until its step, kills the thread there and has what it held taken back. Gives the step's name, or "done". */
async function killedAt(work: Work, name: string, step: number): Promise<string> {
  const workerData: StoppedThreadData = { work, name, step }
  const worker = new Worker(THREAD, { workerData })
  const { threadId } = worker
  const [at] = (await once(worker, "message")) as [string]
  await worker.terminate()
  threadEnded(threadId)
  return at
}

/** Kills a thread at each step of a work in turn. `before` prepares, `after` sees what is left. Gives the steps there were. */
async function eachStep(
  work: Work,
  before: (name: string) => unknown,
  after: (name: string, at: string, prepared: unknown) => Promise<void>,
): Promise<string[]> {
  const steps: string[] = []
  for (let step = 1; ; step++) {
    const name = freshName(work.replaceAll("-", ""))
    const prepared = await before(name)
    const at = await killedAt(work, name, step)
    await after(name, at, prepared)
    if (at === "done") return steps
    steps.push(at)
  }
}

/** Every slot is free again: more items go through than there are slots. */
async function passesMany(queue: Queue<string>): Promise<void> {
  const items = ["x", "y", "z"]
  for (let n = 0; n < 100; n++) {
    expect(await queue.putMany(items, SOON)).toBe(3)
    expect(await queue.getMany(3, SOON)).toEqual(items)
  }
}

describe("a thread that is killed at any step", () => {
  it("P4 of acquire and release leaves the lock to the next (scenario 15)", async () => {
    const steps = await eachStep(
      "lock",
      () => undefined,
      async (name, at) => {
        const lock = openLock(name)
        const lease = await lock.acquire(SOON)
        // Between the change that took the lock and the one that gave it back, it was held.
        const held = ["acquire: committed", "release: begun", "release: read", "release: stored"]
        expect({ at, died: lease.ownerDied }).toEqual({ at, died: held.includes(at) })
        await lease.release()
        expect((await lock.acquire(SOON)).ownerDied).toBe(false)
      },
    )
    expect(steps).toEqual(
      expect.arrayContaining(["acquire: stored", "acquire: committed", "release: read", "release: committed"]),
    )
  })

  it("P4 of waiting for a lock and of handing it over leaves it to the next", async () => {
    const steps = await eachStep(
      "lock-handover",
      () => undefined,
      async (name) => {
        const lock = openLock(name)
        await (await lock.acquire(SOON)).release()
        expect((await lock.acquire(SOON)).ownerDied).toBe(false)
      },
    )
    expect(steps).toContain("release: woken")
    expect(steps.filter((step) => step === "acquire: committed")).toHaveLength(2)
  })

  it("P4 of a reentrant lock leaves it to the next", async () => {
    const steps = await eachStep(
      "reentrant-lock",
      () => undefined,
      async (name) => {
        const lock = openReentrantLock(name)
        await (await lock.acquire(SOON)).release()
        expect(await lock.locked()).toBe(false)
      },
    )
    expect(steps.length).toBeGreaterThan(10)
  })

  it("P4 while another waits gives it the lock, and poisons it if asked for", async () => {
    for (const onOwnerDied of ["tell", "poison"] as const) {
      const name = freshName()
      const lock = openLock(name, { onOwnerDied })
      const gone = new Worker(
        `import(${JSON.stringify(new URL("../../../runtime/toolkit.js", import.meta.url).href)}).then(({ openLock }) => {
          openLock(${JSON.stringify(name)}, { onOwnerDied: ${JSON.stringify(onOwnerDied)} }).acquireSync()
          require("node:worker_threads").parentPort.postMessage("held")
        })`,
        { eval: true },
      )
      const { threadId } = gone
      gone.ref()
      await once(gone, "message")
      const waiting = lock.acquire(SOON)
      expect(await lock.locked()).toBe(true)
      await gone.terminate()
      threadEnded(threadId)
      if (onOwnerDied === "tell") {
        const lease = await waiting
        expect(lease.ownerDied).toBe(true)
        await lease.release()
      } else {
        expect(await outcomeOf(waiting)).toBe("ERR_POISONED")
        expect(await outcomeOf(lock.acquire())).toBe("ERR_POISONED")
        await lock.reset()
        await (await lock.acquire(SOON)).release()
      }
    }
  })

  it("P4 of a semaphore leaves all permits", async () => {
    await eachStep(
      "semaphore",
      () => undefined,
      async (name) => {
        const semaphore = openSemaphore(name, 1)
        await (await semaphore.acquire(SOON)).release()
        expect(await semaphore.value()).toBe(1)
      },
    )
  })

  it("P4 of notifying, waiting on a condition and getting the lock back leaves the lock to the next", async () => {
    const steps = await eachStep(
      "condition",
      (name) => {
        const lock = openLock(name)
        return lock.acquire().then(async (lease) => {
          const waiting = lock
            .condition()
            .wait(SOON)
            .finally(() => lease.release())
          await lock.locked()
          return { waiting }
        })
      },
      async (name, _at, prepared) => {
        const { waiting } = prepared as { waiting: Promise<boolean> }
        const lock = openLock(name)
        const notifying = (async () => {
          await using _mine = await lock.acquire(SOON)
          await lock.condition().notifyAll()
        })()
        expect(await waiting).toBe(true)
        await notifying
        expect(await lock.locked()).toBe(false)
      },
    )
    expect(steps).toEqual(expect.arrayContaining(["notify: committed", "wait: stored", "wait: committed", "cancel: committed"]))
  })

  it("P4 of setting an event leaves nobody waiting who was let go", async () => {
    const steps: string[] = []
    for (let step = 1; ; step++) {
      const name = freshName("event")
      const event = openEvent(name)
      const waiting = event.wait(SOON)
      const at = await killedAt("event", name, step)
      steps.push(at)
      const isSet = await event.isSet()
      expect({ at, isSet }).toEqual({ at, isSet: ["set: committed", "set: woken", "done"].includes(at) })
      if (!isSet) await event.set()
      expect(await waiting).toBe(true)
      if (at === "done") break
    }
    expect(steps).toEqual(["set: begun", "set: read", "set: stored", "set: committed", "set: woken", "done"])
  })

  it("P4 of waiting at a barrier breaks it, and nobody waits for ever", async () => {
    for (let step = 1; ; step++) {
      const name = freshName("barrier")
      const barrier = openBarrier(name, 2)
      const first = step % 2 === 0 ? outcomeOf(barrier.wait(SOON)) : undefined
      if (first === undefined && step > 5) break
      const at = await killedAt("barrier", name, step)
      if (at === "done") break
      // Either nobody had come, or it was let go before, or it is broken; in no case is somebody counted who is gone.
      expect(await barrier.waiting()).toBeLessThanOrEqual(1)
      await barrier.abort()
      if (first !== undefined) expect(["answered", "ERR_BROKEN_BARRIER"]).toContain(await first)
    }
  })

  it("P4 of put leaves the queue whole: the item is in it, or it is not", async () => {
    const steps = await eachStep(
      "put",
      async (name) => openQueue<string>(name, { capacity: 2 }).put("first"),
      async (name, at) => {
        const queue = openQueue<string>(name, { capacity: 2 })
        const isIn = ["put: committed", "done"].includes(at)
        expect({ at, size: await queue.size() }).toEqual({ at, size: isIn ? 2 : 1 })
        expect(await queue.get(SOON)).toBe("first")
        if (isIn) expect(await queue.get(SOON)).toBe("put")
        // Every slot is free again: as many items go through as there are slots, and more.
        for (let n = 0; n < 200; n++) {
          await queue.put(String(n), SOON)
          expect(await queue.get(SOON)).toBe(String(n))
        }
      },
    )
    expect(steps).toEqual(expect.arrayContaining(["put: slot-claimed", "put: slot-written", "put: stored", "put: committed"]))
  })

  it("P4 of get loses no item that nobody has had", async () => {
    const steps = await eachStep(
      "get",
      async (name) => {
        const queue = openQueue<string>(name, { capacity: 2 })
        await queue.put("first")
        await queue.put("second")
      },
      async (name, at) => {
        const queue = openQueue<string>(name, { capacity: 2 })
        const first = await queue.get(SOON)
        // The item is the dead thread's from when the state says so.
        const isHad = ["take: committed", "get: slot-freed", "done"].includes(at)
        expect({ at, first }).toEqual({ at, first: isHad ? "second" : "first" })
        if (!isHad) expect(await queue.get(SOON)).toBe("second")
        for (let n = 0; n < 200; n++) {
          await queue.put(String(n), SOON)
          expect(await queue.get(SOON)).toBe(String(n))
        }
      },
    )
    expect(steps).toEqual(expect.arrayContaining(["get: slot-read", "take: stored", "take: committed", "get: slot-freed"]))
  })

  it("P4 of a get that had to wait loses no item either", async () => {
    const seen = new Set<string>()
    await eachStep(
      "get-late",
      () => undefined,
      async (name, at) => {
        const queue = openQueue<string>(name, { capacity: 2 })
        seen.add(at)
        // Steps come in the same order each time: what was seen before has happened.
        const isIn = seen.has("try-put: committed") && !seen.has("finish: committed")
        expect({ at, size: await queue.size() }).toEqual({ at, size: isIn ? 1 : 0 })
        if (isIn) expect(await queue.get(SOON)).toBe("late")
        for (let n = 0; n < 200; n++) {
          await queue.put(String(n), SOON)
          expect(await queue.get(SOON)).toBe(String(n))
        }
      },
    )
    expect([...seen]).toEqual(
      expect.arrayContaining(["get: committed", "get: slot-read", "finish: committed", "get: slot-freed"]),
    )
  })

  it("P4 of putting many puts all of them or none, and of taking many takes all or none", async () => {
    const putting = await eachStep(
      "put-many",
      () => undefined,
      async (name, at) => {
        const queue = openQueue<string>(name, { capacity: 3 })
        const isIn = ["put: committed", "done"].includes(at)
        expect({ at, items: isIn ? await queue.getMany(9, SOON) : await queue.size() }).toEqual({
          at,
          items: isIn ? ["a", "b", "c"] : 0,
        })
        await passesMany(queue)
      },
    )
    expect(putting).toEqual(expect.arrayContaining(["put: slot-claimed", "put: slot-written", "put: stored", "put: committed"]))
    await eachStep(
      "get-many",
      (name) => openQueue<string>(name, { capacity: 3 }).putMany(["a", "b", "c"]),
      async (name, at) => {
        const queue = openQueue<string>(name, { capacity: 3 })
        const isHad = ["take: committed", "get: slot-freed", "admit: begun", "admit: read", "done"].includes(at)
        expect({ at, items: await queue.getMany(9, SOON) }).toEqual({ at, items: isHad ? ["c"] : ["a", "b", "c"] })
        await passesMany(queue)
      },
    )
  })

  it("P4 of closing a queue and dropping what is in it does both or neither, and who joins it goes on", async () => {
    const steps = await eachStep(
      "close-dropping",
      async (name) => {
        const queue = openQueue<string>(name, { capacity: 3 })
        await queue.putMany(["a", "b", "c"])
        return { joined: queue.join(SOON) }
      },
      async (name, at, prepared) => {
        const queue = openQueue<string>(name, { capacity: 3 })
        const isDone = ["close: committed", "close: woken", "get: slot-freed", "done"].includes(at)
        expect({ at, closed: await queue.isClosed(), size: await queue.size() }).toEqual({
          at,
          closed: isDone,
          size: isDone ? 0 : 3,
        })
        expect(await queue.close({ rest: "drop" })).toBe(isDone ? 0 : 3)
        expect(await (prepared as { joined: Promise<boolean> }).joined).toBe(true)
      },
    )
    expect(steps).toEqual(expect.arrayContaining(["close: read", "close: stored", "close: committed", "get: slot-freed"]))
  })

  it("P4 of write is noticed by readers when it is half done, and the next writer is told", async () => {
    const steps = await eachStep(
      "write",
      () => undefined,
      async (name, at) => {
        const array = openSharedArray(name, Int32Array, { length: 4 })
        const half = ["write: begun", "write: half-written"].includes(at)
        expect({ at, outcome: await outcomeOf(array.snapshot(SOON)) }).toEqual({
          at,
          outcome: half ? "ERR_POISONED" : "answered",
        })
        const told = await array.write((view, halfWritten) => {
          view.fill(7)
          return halfWritten
        }, SOON)
        expect(told).toBe(half)
        expect([...(await array.snapshot())]).toEqual([7, 7, 7, 7])
      },
    )
    expect(steps).toEqual(expect.arrayContaining(["write: begun", "write: half-written", "write: committed"]))
  })
})
