import { describe, expect, it } from "vitest"
import { eventually } from "../../support/eventually.js"
import { codeOfFailure, failureOf } from "../../support/outcome.js"
import { freshName, useToolkits } from "../../support/toolkits.js"

const toolkits = useToolkits()

describe.each(toolkits)("a queue: $name", ({ open }) => {
  it("P5 gives items out in the order they were put in", async () => {
    const queue = await (await open()).queue(freshName())
    const items = [
      1,
      "two",
      { three: [3] },
      null,
      new Uint8Array([4]),
      5n,
      new Map([[6, new Date(7)]]),
      undefined,
      "",
      "👍",
      "half \ud83d of it",
    ]
    for (const item of items) await queue.put(item)
    expect(await queue.size()).toBe(items.length)
    for (const item of items) expect(await queue.get()).toEqual(item)
    expect(await queue.size()).toBe(0)
  })

  it("P5 gives the last first, or the lowest priority number first, if asked to", async () => {
    const toolkit = await open()
    const lifo = await toolkit.queue<number>(freshName(), { order: "lifo" })
    for (const n of [1, 2, 3]) await lifo.put(n)
    expect([await lifo.get(), await lifo.get(), await lifo.get()]).toEqual([3, 2, 1])
    const queue = await toolkit.queue<string>(freshName(), { order: "priority" })
    for (const [item, priority] of [
      ["c", 5],
      ["a", -1],
      ["d", 5],
      ["b", 0],
    ] as const)
      await queue.put(item, { priority })
    const out: string[] = []
    for (let n = 0; n < 4; n++) out.push(await queue.get())
    expect(out).toEqual(["a", "b", "c", "d"])
    expect(await codeOfFailure(queue.put("x", { priority: 0.5 }))).toBe("ERR_BAD_OPTION")
  })

  it("P5 is full at its capacity, and says so after the time allowed", async () => {
    const queue = await (await open()).queue<number>(freshName(), { capacity: 2 })
    await queue.put(1)
    expect(await queue.tryPut(2)).toBe(true)
    expect(await queue.tryPut(3)).toBe(false)
    expect(await failureOf(queue.put(3, { timeoutMs: 10 }))).toMatchObject({ code: "ERR_QUEUE_FULL", data: { capacity: 2 } })
    const waiting = queue.put(3)
    expect(await queue.get()).toBe(1)
    await waiting
    expect([await queue.get(), await queue.get()]).toEqual([2, 3])
  })

  it("P5 is empty, and says so after the time allowed", async () => {
    const queue = await (await open()).queue<number>(freshName())
    expect(await queue.tryGet()).toBeUndefined()
    expect(await codeOfFailure(queue.get({ timeoutMs: 10 }))).toBe("ERR_QUEUE_EMPTY")
    const stop = new AbortController()
    const calledOff = queue.get({ signal: stop.signal })
    const waiting = queue.get()
    stop.abort()
    expect(await codeOfFailure(calledOff)).toBe("ERR_CANCELLED")
    await queue.put(1)
    expect(await waiting).toBe(1)
  })

  it("P3 serves those who wait for items, or for room, in the order they came", async () => {
    const queue = await (await open()).queue<number>(freshName(), { capacity: 1 })
    const getting = Array.from({ length: 20 }, () => queue.get())
    for (let n = 0; n < 20; n++) await queue.put(n)
    expect(await Promise.all(getting)).toEqual(Array.from({ length: 20 }, (_, n) => n))
    const putting = Array.from({ length: 20 }, (_, n) => queue.put(n))
    const out: number[] = []
    for (let n = 0; n < 20; n++) out.push(await queue.get())
    await Promise.all(putting)
    expect(out).toEqual(Array.from({ length: 20 }, (_, n) => n))
  })

  it("P5 is joined when every item that was put has been dealt with, and not one time more", async () => {
    const queue = await (await open()).queue<number>(freshName())
    expect(await queue.join()).toBe(true)
    expect(await codeOfFailure(queue.taskDone())).toBe("ERR_TOO_MANY_RELEASES")
    await queue.put(1)
    await queue.put(2)
    let isJoined = false
    const joined = queue.join().then((done) => (isJoined = done))
    await queue.get()
    await queue.get()
    await queue.taskDone()
    expect(await queue.join({ timeoutMs: 10 })).toBe(false)
    expect(isJoined).toBe(false)
    await queue.taskDone()
    expect(await joined).toBe(true)
    expect(await codeOfFailure(queue.taskDone())).toBe("ERR_TOO_MANY_RELEASES")
    expect(await queue.unfinished()).toBe(0)
  })

  it("P5 can be emptied after it was closed, and takes nothing more", async () => {
    const queue = await (await open()).queue<number>(freshName(), { capacity: 2 })
    await queue.put(1)
    await queue.put(2)
    const waiting = codeOfFailure(queue.put(3))
    await eventually(async () => (await queue.size()) === 2)
    await queue.close()
    expect(await waiting).toBe("ERR_CLOSED")
    expect(await codeOfFailure(queue.put(4))).toBe("ERR_CLOSED")
    const rest: number[] = []
    for await (const item of queue) rest.push(item)
    expect(rest).toEqual([1, 2])
    expect(await codeOfFailure(queue.get())).toBe("ERR_CLOSED")
  })

  it("P5 wakes who waits for items when it is closed", async () => {
    const queue = await (await open()).queue(freshName())
    const waiting = codeOfFailure(queue.get())
    await queue.size()
    await queue.close()
    expect(await waiting).toBe("ERR_CLOSED")
  })

  it("P5 refuses what is too large or cannot be encoded, and goes on", async () => {
    const queue = await (await open()).queue(freshName(), { itemBytes: 16 })
    expect(await failureOf(queue.put(new Uint8Array(17)))).toMatchObject({ code: "ERR_TOO_LARGE" })
    expect(await codeOfFailure(queue.put(() => 1))).toBe("ERR_UNENCODABLE")
    await queue.put(new Uint8Array(16).fill(7))
    expect(await queue.get()).toEqual(new Uint8Array(16).fill(7))
  })

  it("P5 loses and doubles nothing between many producers and consumers", async () => {
    const toolkit = await open()
    const name = freshName()
    const options = { capacity: 4 }
    const out: number[] = []
    const consume = async (): Promise<void> => {
      for await (const item of await toolkit.queue<number>(name, options)) out.push(item)
    }
    const produce = async (from: number): Promise<void> => {
      const queue = await toolkit.queue<number>(name, options)
      for (let n = from; n < from + 50; n++) await queue.put(n)
    }
    const consumers = Array.from({ length: 4 }, consume)
    await Promise.all([0, 50, 100, 150].map(produce))
    const queue = await toolkit.queue<number>(name, options)
    await queue.close()
    await Promise.all(consumers)
    expect(out.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n))
  })

  it("P5 takes many at once and gives many at once, in order, as far as there is room and time", async () => {
    const queue = await (await open()).queue<number>(freshName(), { capacity: 4 })
    expect(await queue.putMany([])).toBe(0)
    expect(await queue.putMany([1, 2, 3])).toBe(3)
    expect(await queue.putMany([4, 5, 6], { timeoutMs: 10 })).toBe(1)
    expect(await queue.getMany(2)).toEqual([1, 2])
    const putting = queue.putMany([5, 6, 7, 8, 9])
    const out: number[] = []
    while (out.length < 7) out.push(...(await queue.getMany(3)))
    expect(await putting).toBe(5)
    expect(out).toEqual([3, 4, 5, 6, 7, 8, 9])
    expect(await codeOfFailure(queue.getMany(2, { timeoutMs: 10 }))).toBe("ERR_QUEUE_EMPTY")
    for (const atMost of [0, -1, 1.5]) expect(await codeOfFailure(queue.getMany(atMost))).toBe("ERR_BAD_OPTION")
    for (let n = 0; n < 9; n++) await queue.taskDone()
    expect(await queue.join({ timeoutMs: 5000 })).toBe(true)
    expect(await codeOfFailure(queue.taskDone())).toBe("ERR_TOO_MANY_RELEASES")
  })

  it("P5 stops putting many when it is closed, and says how many went in", async () => {
    const queue = await (await open()).queue<number>(freshName(), { capacity: 2 })
    const putting = queue.putMany([1, 2, 3])
    await eventually(async () => (await queue.size()) === 2)
    await queue.close()
    expect(await putting).toBe(2)
    expect(await codeOfFailure(queue.putMany([4]))).toBe("ERR_CLOSED")
    expect(await queue.getMany(5)).toEqual([1, 2])
    expect(await codeOfFailure(queue.getMany(5))).toBe("ERR_CLOSED")
  })

  it("P5 puts none of many of which one is too large or cannot be encoded", async () => {
    const queue = await (await open()).queue(freshName(), { itemBytes: 16 })
    expect(await codeOfFailure(queue.putMany(["a", "b".repeat(17)]))).toBe("ERR_TOO_LARGE")
    expect(await codeOfFailure(queue.putMany(["a", () => 1]))).toBe("ERR_UNENCODABLE")
    expect(await queue.size()).toBe(0)
  })

  it("P3 gives many that are put to those who wait for one, in the order they came", async () => {
    const queue = await (await open()).queue<number>(freshName())
    const getting = [queue.get(), queue.get(), queue.get()]
    await queue.size()
    expect(await queue.putMany([1, 2, 3, 4, 5])).toBe(5)
    expect(await Promise.all(getting)).toEqual([1, 2, 3])
    expect(await queue.getMany(9)).toEqual([4, 5])
  })

  it("P5 refuses options that cannot be", async () => {
    const toolkit = await open()
    for (const options of [{ capacity: 0 }, { capacity: 1.5 }, { itemBytes: 0 }, { order: "other" as "fifo" }, { waiters: 0 }])
      expect(await codeOfFailure(toolkit.queue(freshName(), options))).toBe("ERR_BAD_OPTION")
  })
})

describe.each(toolkits)("a pipe: $name", ({ open }) => {
  it("P6 carries values both ways, in order", async () => {
    const pipe = await (await open()).pipe(freshName())
    const [left, right] = [await pipe.end("left"), await pipe.end("right")]
    await left.send("to the right")
    await left.send({ n: 2 })
    await right.send("to the left")
    expect([await right.receive(), await right.receive(), await left.receive()]).toEqual([
      "to the right",
      { n: 2 },
      "to the left",
    ])
    expect(await codeOfFailure(left.receive({ timeoutMs: 5 }))).toBe("ERR_QUEUE_EMPTY")
  })

  it("P6 comes to its end when the other end is closed, after what was sent", async () => {
    const pipe = await (await open()).pipe<number>(freshName())
    const [left, right] = [await pipe.end("left"), await pipe.end("right")]
    await left.send(1)
    await left.send(2)
    await left.close()
    await left.close()
    const received: number[] = []
    for await (const value of right) received.push(value)
    expect(received).toEqual([1, 2])
    expect(await codeOfFailure(right.receive())).toBe("ERR_CLOSED")
    expect(await codeOfFailure(right.send(3))).toBe("ERR_CLOSED")
    expect(await codeOfFailure(left.send(3))).toBe("ERR_CLOSED")
  })

  it("P6 waits for an other end that nobody has taken yet, and stays open while one of several holds it", async () => {
    const pipe = await (await open()).pipe<number>(freshName())
    const right = await pipe.end("right")
    const waiting = right.receive()
    const lefts = [await pipe.end("left"), await pipe.end("left")]
    await lefts[0]?.close()
    await lefts[1]?.send(5)
    expect(await waiting).toBe(5)
    const end = codeOfFailure(right.receive())
    await lefts[1]?.close()
    expect(await end).toBe("ERR_CLOSED")
  })

  it("P6 goes one way if asked to", async () => {
    const pipe = await (await open()).pipe<number>(freshName(), { ways: "one-way" })
    const [left, right] = [await pipe.end("left"), await pipe.end("right")]
    await left.send(1)
    expect(await right.receive()).toBe(1)
    expect(await codeOfFailure(right.send(1))).toBe("ERR_BAD_OPTION")
    expect(await codeOfFailure(left.receive())).toBe("ERR_BAD_OPTION")
  })
})
