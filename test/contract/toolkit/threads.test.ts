// Shared memory between threads, and the forms that block one.

import { describe, expect, it } from "vitest"
import {
  ToolkitKeeper,
  openBarrier,
  openEvent,
  openLock,
  openQueue,
  openSemaphore,
  openSharedArray,
  openSharedValue,
  openToolkit,
} from "../../../runtime/toolkit.js"
import type { ActorRef } from "../../../runtime/index.js"
import { ToolUser } from "../../fixtures/tool-user.js"
import { codeOfFailure } from "../../support/outcome.js"
import { useTestSystem } from "../../support/test-system.js"
import { freshName } from "../../support/toolkits.js"

const { system } = useTestSystem({ bus: false })
const users = (count: number): Promise<ActorRef<ToolUser>[]> =>
  Promise.all(Array.from({ length: count }, () => system.spawn(ToolUser, { placement: "thread", restart: "temporary" })))
const codeOf = (call: () => unknown): Promise<string | undefined> => codeOfFailure(Promise.resolve().then(call))

describe("threads that share memory", () => {
  it.each(["countUnder", "countPolitely"] as const)("P1 exclude each other under a lock: %s", async (how) => {
    const threads = await users(3)
    const call = { lock: freshName("lock"), value: freshName("value"), times: 500 }
    await Promise.all(threads.map((ref) => ref.with({ timeoutMs: 25_000 }).ask[how](call)))
    expect(openSharedValue(call.value, Float64Array).get()).toBe(1500)
    for (const ref of threads) await system.kill(ref)
  })

  it("P1 may not be blocked on the main thread, which is told so", async () => {
    const lock = openLock(freshName())
    expect(await codeOf(() => lock.acquireSync())).toBe("ERR_MAY_NOT_BLOCK")
    expect(await codeOf(() => openSemaphore(freshName()).acquireSync())).toBe("ERR_MAY_NOT_BLOCK")
    expect(await codeOf(() => openEvent(freshName()).waitSync())).toBe("ERR_MAY_NOT_BLOCK")
    expect(await codeOf(() => openBarrier(freshName(), 2).waitSync())).toBe("ERR_MAY_NOT_BLOCK")
    expect(await codeOf(() => openQueue(freshName()).getSync())).toBe("ERR_MAY_NOT_BLOCK")
    const lease = lock.tryAcquireSync()
    expect(lock.tryAcquireSync()).toBeUndefined()
    lease?.releaseSync()
    expect(await lock.locked()).toBe(false)
    const queue = openQueue<string>(freshName(), { capacity: 1 })
    expect([queue.tryPutSync("a"), queue.tryPutSync("b"), queue.tryGetSync(), queue.tryGetSync()]).toEqual([
      true,
      false,
      "a",
      undefined,
    ])
  })

  it("P1 has no synchronous form where a keeper is asked", async () => {
    const lock = await (await openToolkit(await system.spawn(ToolkitKeeper), system)).lock()
    expect(await codeOf(() => lock.tryAcquireSync())).toBe("ERR_MAY_NOT_BLOCK")
    expect(await codeOf(() => lock.acquireSync())).toBe("ERR_MAY_NOT_BLOCK")
  })
})

describe("shared arrays and values", () => {
  it("P7 lie in a SharedArrayBuffer, and are opened at once", () => {
    const name = freshName("array")
    const [one, other] = [openSharedArray(name, Int32Array, { length: 3 }), openSharedArray(name, Int32Array, { length: 3 })]
    expect(one.view.buffer).toBeInstanceOf(SharedArrayBuffer)
    one.view[1] = 5
    expect(other.view[1]).toBe(5)
    const count = openSharedValue(freshName("value"), Int32Array)
    expect([count.add(5), count.get()]).toEqual([0, 5])
  })
})
