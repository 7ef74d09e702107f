import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BATCH_MS, BatchSize } from "../../runtime/parallel/batch-size.js"
import { ProgressCount } from "../../runtime/parallel/progress.js"
import { Reorder } from "../../runtime/parallel/reorder.js"
import { type QueuedTask, TaskQueue } from "../../runtime/parallel/task-queue.js"
import { culprit } from "../../runtime/toolkit/batch-run.js"
import { coresIn } from "../../runtime/toolkit/physical-cores.js"

const task = (index: number, alone = false): QueuedTask => ({ index, args: [index], deaths: 0, alone })
const positive = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max })

describe("BatchSize", () => {
  it("begins with one task and comes to as many as keep a worker busy for a batch's time", () => {
    const size = new BatchSize()
    expect(size.next({ workers: 2 })).toBe(1)
    for (let i = 0; i < 10; i++) {
      const tasks = size.next({ workers: 2 })
      size.measured(tasks, tasks / 64)
    }
    expect(size.next({ workers: 2 })).toBe(BATCH_MS * 64)
  })

  it("never gives fewer than one, nor more than sixteen times the batch before, nor so many that the rest cannot be shared out", () => {
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
            expect(next).toBeGreaterThanOrEqual(1)
            expect(next).toBeLessThanOrEqual(Math.max(1, Math.min(before * 16, Math.ceil(remaining / (workers * 4)))))
            before = next
          }
        },
      ),
    )
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

describe("the task a dead worker was at", () => {
  it.each([
    ["the only one that was left", { first: 4, count: 1, number: 1 }, undefined, 0],
    ["the one it had marked", { first: 2, count: 5, number: 1 }, { batch: 1, offset: 4, exact: true }, 2],
    [
      "unknown when tasks were too short to be marked",
      { first: 2, count: 5, number: 1 },
      { batch: 1, offset: 4, exact: false },
      undefined,
    ],
    [
      "unknown when the mark is of an earlier batch",
      { first: 0, count: 5, number: 2 },
      { batch: 1, offset: 4, exact: true },
      undefined,
    ],
    [
      "unknown when the mark is of a task that is settled",
      { first: 3, count: 5, number: 1 },
      { batch: 1, offset: 2, exact: true },
      undefined,
    ],
    ["unknown without a mark", { first: 0, count: 2, number: 1 }, undefined, undefined],
  ])("is %s", (_, left, mark, expected) => {
    expect(culprit(left, mark)).toBe(expected)
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
