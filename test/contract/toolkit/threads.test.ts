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
import { codeOfFailure, failureOf } from "../../support/outcome.js"
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
  const TYPES = [
    ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array],
    ...[BigInt64Array, BigUint64Array],
  ]

  it.each(TYPES.map((Type) => [Type.name, Type] as const))("P7 hold %s, the same for all who open the name", async (_, Type) => {
    const name = freshName("array")
    const [one, other] = [openSharedArray(name, Type, { length: 3 }), openSharedArray(name, Type, { length: 3 })]
    const two = Type.name.startsWith("Big") ? 2n : 2
    await one.write((view) => {
      view[2] = two
    })
    expect(other.view[2]).toBe(two)
    expect([...(await other.snapshot())].map(Number)).toEqual([0, 0, 2])
    expect(one.view.buffer).toBeInstanceOf(SharedArrayBuffer)
  })

  it("P7 are refused under their name as of another type or length", async () => {
    const name = freshName("array")
    openSharedArray(name, Int32Array, { length: 3 })
    expect(await codeOf(() => openSharedArray(name, Float64Array, { length: 3 }))).toBe("ERR_OTHER_TYPE")
    expect(await failureOf(Promise.resolve().then(() => openSharedArray(name, Int32Array, { length: 4 })))).toMatchObject({
      code: "ERR_OTHER_TYPE",
      data: { primitive: name },
    })
    for (const length of [0, -1, 1.5])
      expect(await codeOf(() => openSharedArray(undefined, Int32Array, { length }))).toBe("ERR_BAD_OPTION")
    expect(await codeOf(() => openSharedArray(undefined, Array as never, { length: 1 }))).toBe("ERR_BAD_OPTION")
  })

  it("P7 are updated under the lock, and whole numbers added to without it", async () => {
    const count = openSharedValue(freshName("value"), Int32Array)
    expect(count.add(5)).toBe(0)
    expect(await count.update((old) => old * 2)).toBe(10)
    count.set(-1)
    expect(count.get()).toBe(-1)
    const array = openSharedArray(freshName("array"), Float64Array, { length: 2 })
    await Promise.all(Array.from({ length: 50 }, () => array.update(1, (old) => old + 0.5)))
    expect([...(await array.snapshot())]).toEqual([0, 25])
    expect(await codeOf(() => array.update(2, (old) => old))).toBe("ERR_BAD_OPTION")
  })

  it("P4 count as half written when a writer throws, until the next has put them in order", async () => {
    const array = openSharedArray(freshName("array"), Int32Array, { length: 2 })
    const failing = array.write((view) => {
      view[0] = 1
      throw new Error("half")
    })
    await expect(failing).rejects.toThrow("half")
    expect(array.halfWritten).toBe(true)
    expect(await codeOfFailure(array.snapshot())).toBe("ERR_POISONED")
    expect(await array.write((view, half) => (view.fill(3), half))).toBe(true)
    expect([...(await array.snapshot())]).toEqual([3, 3])
  })
})
