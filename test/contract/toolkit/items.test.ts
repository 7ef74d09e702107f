// What may be put into a queue or sent through a pipe, and what may not.

import { describe, expect, it } from "vitest"
import { codeOfFailure, failureOf, PLACEMENTS } from "../../support/outcome.js"
import { Probe } from "../../fixtures/probe.js"
import { useTestSystem } from "../../support/test-system.js"
import { freshName, useToolkits } from "../../support/toolkits.js"

const toolkits = useToolkits()
const { system } = useTestSystem({ bus: false })
/** More than a message of the bus holds. */
const LARGE = 2_500_000

describe.each(toolkits)("an item: $name", ({ open }) => {
  it("P5 may be larger than a message of the bus", async () => {
    const queue = await (await open()).queue(freshName(), { capacity: 2, itemBytes: LARGE })
    const bytes = new Uint8Array(LARGE).map((_, n) => n % 251)
    await queue.put(bytes)
    await queue.put("x".repeat(LARGE))
    const [first, second] = [await queue.get(), await queue.get()]
    expect(Buffer.compare(first as Uint8Array, bytes)).toBe(0)
    expect(second).toBe("x".repeat(LARGE))
    expect(await codeOfFailure(queue.put(new Uint8Array(LARGE + 1)))).toBe("ERR_TOO_LARGE")
    expect(await queue.size()).toBe(0)
  })

  it("P5 is the same text and the same bytes when it leaves, however odd, and each is one", async () => {
    const toolkit = await open()
    const pipe = await toolkit.pipe(freshName(), { ways: "one-way" })
    const [left, right] = [await pipe.end("left"), await pipe.end("right")]
    const items = [
      "",
      "a",
      "b",
      "\ud800",
      "x\udfff",
      "\ud83d\ude00",
      "\0",
      new Uint8Array(),
      new Uint8Array([0]),
      new Uint8Array([1, 2]),
    ]
    for (const item of items) await left.send(item)
    await left.close()
    const received: unknown[] = []
    for await (const item of right) received.push(item)
    expect(received).toEqual(items)
  })

  it("P5 is no ref and no primitive, alone or inside of data: those stay where they are", async () => {
    const toolkit = await open()
    const queue = await toolkit.queue(freshName(), { itemBytes: 10_000 })
    const lock = await toolkit.lock()
    await using lease = await lock.acquire()
    const pipe = await toolkit.pipe(freshName())
    const handles: readonly [string, unknown][] = [
      ["ActorRef", await system.spawn(Probe)],
      ["Queue", queue],
      ["Lock", lock],
      ["Lease", lease],
      ["Lock", await toolkit.reentrantLock()],
      ["Condition", lock.condition()],
      ["Semaphore", await toolkit.boundedSemaphore()],
      ["Event", await toolkit.event()],
      ["Barrier", await toolkit.barrier(undefined, 2)],
      ["Pipe", pipe],
      ["PipeEnd", await pipe.end("left")],
      ["SharedArray", await toolkit.sharedArray(freshName(), Int8Array, { length: 1 })],
      ["SharedValue", await toolkit.sharedValue(freshName(), Int8Array)],
      ["Toolkit", toolkit],
      ["Promise", Promise.resolve()],
      ["WeakMap", new WeakMap()],
    ]
    for (const [type, handle] of handles)
      for (const item of [handle, { inside: [handle] }, new Map([[1, handle]]), new Set([handle])])
        expect(await failureOf(queue.put(item))).toMatchObject({
          code: "ERR_UNENCODABLE",
          message: expect.stringContaining(type) as string,
        })
    expect(await queue.size()).toBe(0)
    const data = { when: new Date(1), bytes: new Uint8Array(2), error: new RangeError("no"), text: /x/g, deep: [[[[1]]]] }
    await queue.put(data)
    expect(await queue.get()).toEqual(data)
  })

  it.each(PLACEMENTS.filter((placement) => placement !== "process"))(
    "M8 a primitive is refused in a message, to an actor %s, with its path",
    async (placement) => {
      const toolkit = await open()
      const probe = await system.spawn(Probe, { placement })
      for (const [type, handle] of [
        ["Queue", await toolkit.queue()],
        ["Lock", await toolkit.lock()],
        ["SharedArray", await toolkit.sharedArray(undefined, Int8Array, { length: 1 })],
      ] as const)
        expect(await failureOf(probe.ask.echo({ given: handle }))).toMatchObject({
          code: "ERR_UNENCODABLE",
          data: { path: expect.stringContaining("given") as string, what: `a value of type ${type}` },
        })
      await system.stop(probe)
    },
  )
})

describe.each(toolkits)("an end of a pipe: $name", ({ open }) => {
  it("P6 is closed with its block, and then neither sends nor receives", async () => {
    const pipe = await (await open()).pipe<number>(freshName())
    const right = await pipe.end("right")
    let kept
    {
      await using left = await pipe.end("left")
      await left.send(1)
      kept = left
    }
    expect(await codeOfFailure(kept.send(2))).toBe("ERR_CLOSED")
    expect(await codeOfFailure(kept.receive())).toBe("ERR_CLOSED")
    expect(await right.receive()).toBe(1)
    expect(await codeOfFailure(right.receive())).toBe("ERR_CLOSED")
  })

  it("P6 is looked at without waiting by no time at all, and refuses what is too large", async () => {
    const pipe = await (await open()).pipe(freshName(), { capacity: 1, itemBytes: 8 })
    const [left, right] = [await pipe.end("left"), await pipe.end("right")]
    expect(await codeOfFailure(right.receive({ timeoutMs: 0 }))).toBe("ERR_QUEUE_EMPTY")
    await left.send("one", { timeoutMs: 0 })
    expect(await codeOfFailure(left.send("two", { timeoutMs: 0 }))).toBe("ERR_QUEUE_FULL")
    expect(await right.receive({ timeoutMs: 0 })).toBe("one")
    expect(await codeOfFailure(left.send("nine bytes"))).toBe("ERR_TOO_LARGE")
    expect(await codeOfFailure(left.send(() => 1))).toBe("ERR_UNENCODABLE")
    await left.send("two")
    expect(await right.receive()).toBe("two")
  })

  it("P6 lets its waiting sender go when the other end is closed", async () => {
    const pipe = await (await open()).pipe<number>(freshName(), { capacity: 1 })
    const [left, right] = [await pipe.end("left"), await pipe.end("right")]
    await left.send(1)
    const waiting = codeOfFailure(left.send(2))
    await right.close()
    expect(await waiting).toBe("ERR_CLOSED")
  })
})
