import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BATCH_MS, BatchSize } from "../../runtime/parallel/batch-size.js"
import { ProgressCount } from "../../runtime/parallel/progress.js"
import { Reorder } from "../../runtime/parallel/reorder.js"
import { type QueuedTask, TaskQueue } from "../../runtime/parallel/task-queue.js"
import { suspectsOf } from "../../runtime/toolkit/suspects.js"
import { coresIn } from "../../runtime/toolkit/physical-cores.js"

const task = (index: number, alone = false): QueuedTask => ({ index, given: index, deaths: 0, alone })
const positive = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max })

describe("BatchSize", () => {
  it("begins with one task and comes to as many as keep a worker busy for a batch's time", () => {
    const size = new BatchSize()
    expect(size.next({ workers: 2 })).toBe(1)
    for (let i = 0; i < 10; i++) {
      const tasks = size.next({ workers: 2 })
      size.gave(tasks)
      size.measured(tasks, tasks / 64)
    }
    expect(size.next({ workers: 2 })).toBe(BATCH_MS * 64)
  })

  it("never gives fewer than one, nor more than sixteen times the batch before", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(positive(1000), fc.double({ min: 0, max: 1e6, noNaN: true }), fc.nat(1_000_000))),
        positive(64),
        (measures, workers) => {
          const size = new BatchSize()
          let before = 1
          for (const [tasks, spentMs, remaining] of measures) {
            size.measured(tasks, spentMs)
            const next = size.next({ remaining, workers })
            size.gave(next)
            expect(next).toBeGreaterThanOrEqual(1)
            expect(next).toBeLessThanOrEqual(before * 16)
            before = next
          }
        },
      ),
    )
  })

  it("parts the rest into several batches for each worker, but into none that takes longer to hand over than to run", () => {
    const size = new BatchSize()
    size.gave(1000)
    size.measured(1000, 4)
    const sizes: number[] = []
    for (let remaining = 8000; remaining > 0; remaining -= sizes.at(-1) ?? 1) {
      sizes.push(size.next({ remaining, workers: 2 }))
      size.gave(sizes.at(-1) ?? 1)
    }
    expect(sizes.slice(0, 3)).toEqual([1000, 875, 766])
    expect(Math.min(...sizes)).toBe(125)
  })

  it("has a batch wait at a worker only where it does not for long", () => {
    const size = new BatchSize()
    expect(size.isShort(1)).toBe(false)
    size.gave(100)
    size.measured(100, 5)
    expect(size.isShort(100)).toBe(true)
    // No larger than one that was measured, nor longer than a batch's time.
    expect(size.isShort(101)).toBe(false)
    size.gave(1000)
    expect(size.isShort(201)).toBe(false)
    size.measured(1, 200)
    expect(size.isShort(1)).toBe(false)
  })

  it("hands long tasks over one by one", () => {
    const size = new BatchSize()
    size.measured(1, 500)
    expect(size.next({ remaining: 1_000_000, workers: 1 })).toBe(1)
  })
})

describe("TaskQueue", () => {
  it("gives every task to exactly one worker, in the order of the input, whatever the schedule, the blocks and who asks when", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("static" as const, "dynamic" as const),
        positive(8),
        positive(20),
        fc.nat(200),
        fc.array(fc.tuple(fc.nat(7), positive(9))),
        (schedule, workers, blockSize, count, asks) => {
          const queue = new TaskQueue({ schedule, workers, blockSize })
          for (let i = 0; i < count; i++) queue.put(task(i))
          const taken = new Map<number, number[]>()
          const take = (worker: number, atMost: number): void => {
            const got = queue.take(worker, atMost)
            expect(got.length).toBeLessThanOrEqual(atMost)
            taken.set(worker, [...(taken.get(worker) ?? []), ...got.map(({ index }) => index)])
          }
          for (const [worker, atMost] of asks) take(worker % workers, atMost)
          for (let worker = 0; worker < workers; worker++) while (queue.sizeFor(worker) > 0) take(worker, 7)
          expect(queue.size).toBe(0)
          expect([...taken.values()].flat().sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i))
          for (const [worker, indices] of taken) {
            expect(indices).toEqual([...indices].sort((a, b) => a - b))
            if (schedule === "static") for (const index of indices) expect(Math.floor(index / blockSize) % workers).toBe(worker)
          }
        },
      ),
    )
  })

  it("gives what is put back first, and one that is to be alone by itself", () => {
    const queue = new TaskQueue({ schedule: "dynamic", workers: 2, blockSize: 1 })
    for (let i = 0; i < 6; i++) queue.put(task(i))
    const [first, second, third] = queue.take(0, 3)
    if (first === undefined || second === undefined || third === undefined) throw new Error("three were there")
    queue.putBack([first, task(1, true), third], 0)
    expect([queue.take(0, 5), queue.take(1, 5), queue.take(0, 5)].map((tasks) => tasks.map(({ index }) => index))).toEqual([
      [0],
      [1],
      [2, 3, 4, 5],
    ])
  })
})

describe("Reorder", () => {
  it("gives everything in order, each as soon as all before it are there", () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          Array.from({ length: 50 }, (_, i) => i),
          { minLength: 50 },
        ),
        (order) => {
          const reorder = new Reorder<string>()
          const got: string[] = []
          const seen = new Set<number>()
          for (const index of order) {
            seen.add(index)
            got.push(...reorder.put(index, `r${String(index)}`))
            let next = 0
            while (seen.has(next)) next++
            expect(got).toHaveLength(next)
          }
          expect(got).toEqual(Array.from({ length: 50 }, (_, i) => `r${String(i)}`))
          expect(reorder.waiting).toBe(0)
        },
      ),
    )
  })
})

describe("ProgressCount", () => {
  it("is told at most ten times a second, and at the end unless that was told already", () => {
    const count = new ProgressCount()
    count.total = 3
    count.settled("value")
    expect(count.due(1000, false)).toEqual({ total: 3, done: 1, failed: 0, retried: 0 })
    count.settled("error")
    expect(count.due(1099, false)).toBeUndefined()
    count.retried++
    expect(count.due(1100, false)).toEqual({ total: 3, done: 2, failed: 1, retried: 1 })
    count.settled("value")
    expect(count.due(1101, true)).toMatchObject({ done: 3 })
    expect(count.due(1102, true)).toBeUndefined()
  })
})

describe("the tasks that a dead worker may have died of", () => {
  const two = [
    { number: 7, tasks: ["a", "b", "c", "d"], first: 1 },
    { number: 8, tasks: ["e", "f"], first: 0 },
  ]
  it.each([
    ["those of its first batch without a mark", undefined, "bcd"],
    ["those of its first batch when the mark is of an earlier one", { type: "at", batch: 6, offset: 0 }, "bcd"],
    ["the one it had marked", { type: "at", batch: 7, offset: 2 }, "c"],
    ["the one it had marked, in the batch that was there ahead", { type: "at", batch: 8, offset: 1 }, "f"],
    ["the one it had marked and those after it when they were too short", { type: "from", batch: 7, offset: 2 }, "cd"],
    ["those that are not settled when it is not known where it was after them", { type: "from", batch: 7, offset: 0 }, "bcd"],
    ["those whose results did not come when it was about to answer", { type: "done", batch: 7, offset: 3 }, "bc"],
    ["those of the next batch as well when it was through with one", { type: "done", batch: 7, offset: 4 }, "bcdef"],
    ["those of the last batch when it was through with that", { type: "done", batch: 8, offset: 2 }, "ef"],
  ] as const)("are %s", (_, mark, expected) => {
    expect([...suspectsOf<string>(two, mark)].join("")).toBe(expected)
  })

  it("are none when it had nothing", () => {
    expect(suspectsOf([], { type: "done", batch: 7, offset: 4 }).size).toBe(0)
  })
})

describe("physical cores", () => {
  it("are counted once each, however many hardware threads and sockets there are", () => {
    const cpu = (socket: number, core: number): string =>
      `processor\t: 0\nphysical id\t: ${String(socket)}\ncore id\t\t: ${String(core)}\n`
    expect(coresIn([cpu(0, 0), cpu(0, 1), cpu(0, 0), cpu(0, 1), cpu(1, 0)].join("\n"))).toBe(3)
    expect(coresIn("processor : 0\nmodel name : x\n")).toBe(0)
    expect(coresIn("")).toBe(0)
  })
})
