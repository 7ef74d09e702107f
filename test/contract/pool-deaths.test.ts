import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Pool, type PoolOptions, type Progress } from "../../runtime/index.js"
import { unreachable } from "../fixtures/broken/throwing-tasks.js"
import * as tasks from "../fixtures/tasks.js"
import { eventually } from "../support/eventually.js"
import { failureOf, outcomeOf, PLACEMENTS } from "../support/outcome.js"
import { strikeProcess } from "../support/strike.js"
import { tempDir } from "../support/temp-dir.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

const timesBegun = (file: string): number => (existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0)

/** The files by which pools of this process know what their workers are at. */
function marks(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return path.includes("troupe-pool-") ? [path] : []
    } catch {
      return []
    }
  })
}

describe.each(PLACEMENTS)("what a pool makes of its workers' deaths: %s", (placement) => {
  /** A pool for one test. */
  const withPool = async (options: PoolOptions, use: (own: Pool) => Promise<void>): Promise<void> => {
    const own = await Pool.start(system, { placement, workers: 2, ...options })
    try {
      await use(own)
    } finally {
      await own.terminate()
    }
  }

  it("P8 a worker is replaced after so many tasks, and all results are right (scenario 14)", async () => {
    await withPool({ maxTasksPerWorker: 5 }, async (own) => {
      const before = new Set(own.workers.map(({ id }) => id))
      const seen = await own.map(tasks.where, range(24), { chunkSize: 2 })
      const counts = new Map<string, number>()
      for (const { loadedAt } of seen) counts.set(loadedAt, (counts.get(loadedAt) ?? 0) + 1)
      // Inline workers share their module with the program.
      if (placement !== "inline") expect(Math.max(...counts.values())).toBeLessThanOrEqual(5)
      if (placement !== "inline") expect(counts.size).toBeGreaterThanOrEqual(5)
      expect(await own.map(tasks.square, range(20))).toEqual(range(20).map((x) => x * x))
      await eventually(() => own.workers.length === 2)
      expect(own.workers.some(({ id }) => before.has(id))).toBe(false)
    })
  })

  it("P8 a task that takes too long fails with its index, its worker is replaced, and the others are right", async () => {
    const file = join(tempDir(), "begun")
    await withPool({}, async (own) => {
      const before = new Set(own.workers.map(({ id }) => id))
      const task = placement === "inline" ? tasks.hangOn : tasks.spinOn
      const items = range(12).map((x) => ({ x, bad: [3, 8], file }))
      // So short that they would not be marked one by one.
      const short = range(2000).map((x) => ({ x, bad: [] as number[], file }))
      await own.map<(typeof items)[number], unknown>(task, short)
      const settled = await own.mapSettled<(typeof items)[number], unknown>(task, items, { timeoutMs: 400 })
      for (const [x, one] of settled.entries())
        if (x !== 3 && x !== 8) expect(one).toEqual({ status: "fulfilled", value: x })
        else
          expect((one as PromiseRejectedResult).reason).toMatchObject({
            code: "ERR_TASK_TIMED_OUT",
            data: { index: x, timeoutMs: 400 },
          })
      expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(2)
      await eventually(() => own.workers.length === 2)
      expect(own.workers.some(({ id }) => !before.has(id))).toBe(true)
    })
  })

  it("P8 a worker that is killed in the middle of a task fails that task alone (scenario 14)", async () => {
    const file = join(tempDir(), "begun")
    await withPool({}, async (own) => {
      const settled = own.mapSettled(
        tasks.hangOn,
        range(60).map((x) => ({ x, bad: [30], file })),
      )
      await eventually(() => existsSync(file))
      await killTheOneIn(own, file)
      for (const [x, one] of (await settled).entries())
        if (x !== 30) expect(one).toEqual({ status: "fulfilled", value: x })
        else expect((one as PromiseRejectedResult).reason).toMatchObject({ code: "ERR_POOL_WORKER_DIED", data: { index: 30 } })
      expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(1)
      await eventually(() => own.workers.length === 2)
      expect(await own.map(tasks.square, range(20))).toEqual(range(20).map((x) => x * x))
    })
  })

  it("P8 of many short tasks too, whose next batch is at its worker already, one that is died of fails alone", async () => {
    const file = join(tempDir(), "begun")
    await withPool({}, async (own) => {
      const items = range(20_000).map((x) => ({ x, bad: [12_000], file }))
      const settled = own.mapSettled(tasks.hangOn, items)
      const state = { isOver: false }
      void settled.then(() => (state.isOver = true))
      // A worker that is killed before it could mark that task has it begun again, alone.
      for (let begun = 1; !state.isOver; begun++) {
        await eventually(() => state.isOver || timesBegun(file) >= begun, { timeoutMs: 20_000 })
        if (timesBegun(file) >= begun) await killTheOneIn(own, file)
      }
      const results = await settled
      expect(timesBegun(file)).toBeLessThanOrEqual(2)
      expect(results.findIndex(({ status }) => status === "rejected")).toBe(12_000)
      expect(results[12_000]).toMatchObject({ reason: { code: "ERR_POOL_WORKER_DIED", data: { index: 12_000 } } })
      expect(results.every((one, x) => x === 12_000 || (one.status === "fulfilled" && one.value === x))).toBe(true)
      expect(results).toHaveLength(20_000)
    })
  })

  it("P8 of many short tasks too a signal gives up the rest, and those whose results cannot be encoded fail alone", async () => {
    await withPool({}, async (own) => {
      const stop = new AbortController()
      let isClosed = false
      const endless = function* (): Generator<number> {
        try {
          for (let x = 0; ; x++) {
            if (x === 30_000) stop.abort()
            yield x
          }
        } finally {
          isClosed = true
        }
      }
      expect(await failureOf(own.map(tasks.square, endless(), { signal: stop.signal }))).toMatchObject({ code: "ERR_CANCELLED" })
      expect(isClosed).toBe(true)
      const bad = [0, 3000, 3001, 9999]
      const results = await own.mapSettled(
        tasks.sometimesUnencodable,
        range(10_000).map((x) => ({ x, bad })),
      )
      if (placement !== "inline") expect(results.flatMap(({ status }, x) => (status === "rejected" ? [x] : []))).toEqual(bad)
      expect(results.every((one, x) => bad.includes(x) || (one.status === "fulfilled" && one.value === x))).toBe(true)
    })
  })

  it("P8 the task of a killed worker is run again when that is asked for, as often as is said", async () => {
    const file = join(tempDir(), "begun")
    await withPool({ retries: 2 }, async (own) => {
      const told: Progress[] = []
      const settled = own.mapSettled(
        tasks.hangOn,
        range(20).map((x) => ({ x, bad: [10], file })),
        { onProgress: (p) => told.push(p) },
      )
      for (const begun of [1, 2, 3]) {
        await eventually(() => existsSync(file) && readFileSync(file, "utf8").trim().split("\n").length === begun)
        await killTheOneIn(own, file)
      }
      const results = await settled
      expect(results.filter(({ status }) => status === "rejected")).toHaveLength(1)
      expect((results[10] as PromiseRejectedResult).reason).toMatchObject({ code: "ERR_POOL_WORKER_DIED", data: { index: 10 } })
      expect(told.at(-1)).toEqual({ total: 20, done: 20, failed: 1, retried: 2 })
    })
  })

  it("P8 workers that are killed while they have nothing to do are replaced", async () => {
    await withPool({}, async (own) => {
      const before = own.workers
      await Promise.all(before.map((ref) => system.kill(ref)))
      expect(await own.map(tasks.square, range(50))).toEqual(range(50).map((x) => x * x))
      expect(own.workers.some((ref) => before.some((one) => one.equals(ref)))).toBe(false)
    })
  })

  it("P8 drain waits for all that was asked for, also of workers that are used up by one task each", async () => {
    const own = await Pool.start(system, { placement, workers: 2, maxTasksPerWorker: 1 })
    const results = range(6).map((value) => own.apply(tasks.wait, [{ ms: 5, value }]))
    await own.drain()
    expect(await Promise.all(results)).toEqual(range(6))
    expect(own.workers).toEqual([])
    // Each worker has a file open with its pool, also one that was being hired at the end.
    await eventually(() => marks().length === 0, { what: "the end of every mark" })
  })

  it("P8 drain ends when a call was just given up, or could not be encoded", async () => {
    const own = await Pool.start(system, { placement, workers: 1 })
    const controller = new AbortController()
    const results = [own.apply(tasks.square, [1], { signal: controller.signal }), own.apply(tasks.echo, [() => 1])].map(outcomeOf)
    controller.abort()
    await own.drain()
    expect(await Promise.all(results)).toEqual(["ERR_CANCELLED", "ERR_TASK_FAILED"])
    expect(own.workers).toEqual([])
  })

  if (placement !== "inline") {
    it("P8 drain ends when a worker dies meanwhile, and leaves none", async () => {
      const own = await Pool.start(system, { placement, workers: 2 })
      const file = join(tempDir(), "begun")
      const results = own.mapSettled(
        tasks.exitOn,
        range(6).map((x) => ({ x, bad: [1, 4], file })),
        { chunkSize: 1 },
      )
      await own.drain()
      expect((await results).map(({ status }) => status === "rejected")).toEqual([false, true, false, false, true, false])
      expect(own.workers).toEqual([])
    })

    it("P8 a task that ends its worker from within fails alone, also in the middle of a chunk", async () => {
      const file = join(tempDir(), "begun")
      const bad = [4, 11]
      await withPool({ chunkSize: 10 }, async (own) => {
        const settled = await own.mapSettled(
          tasks.exitOn,
          range(20).map((x) => ({ x, bad, file })),
        )
        expect(settled.map(({ status }, i) => (status === "rejected" ? i : -1)).filter((i) => i >= 0)).toEqual(bad)
        const begun = readFileSync(file, "utf8").trim().split("\n").map(Number)
        for (const x of bad) expect(begun.filter((one) => one === x).length).toBeLessThanOrEqual(2)
        expect(new Set(begun).size).toBe(20)
      })
    })

    it("P8 of many short tasks that end their workers exactly those fail", async () => {
      const file = join(tempDir(), "begun")
      const bad = [1500, 1501, 4000]
      await withPool({}, async (own) => {
        const items = range(5000).map((x) => ({ x, bad, file }))
        const results = await own.mapSettled(tasks.exitOn, items)
        expect(results.flatMap(({ status }, x) => (status === "rejected" ? [x] : []))).toEqual(bad)
        expect(results.every((one, x) => bad.includes(x) || (one.status === "fulfilled" && one.value === x))).toBe(true)
      })
    })

    it("P8 what a task throws where nobody waits for it ends its worker, and fails that task alone", async () => {
      await withPool({}, async (own) => {
        const settled = await own.mapSettled(
          tasks.throwLaterOn,
          range(10).map((x) => ({ x, bad: [6] })),
        )
        expect(settled.map(({ status }, i) => (status === "rejected" ? i : -1)).filter((i) => i >= 0)).toEqual([6])
        expect((settled[6] as PromiseRejectedResult).reason).toMatchObject({ code: "ERR_POOL_WORKER_DIED", data: { index: 6 } })
      })
    })

    it("P8 a module that cannot be imported by the workers fails its tasks with the cause", async () => {
      await withPool({}, async (own) => {
        const failure = await failureOf(own.apply(unreachable, []))
        expect(failure).toMatchObject({
          code: "ERR_TASK_FAILED",
          cause: { code: "ERR_BAD_TASK", cause: { message: "this module is for others" } },
        })
        expect(await own.apply(tasks.square, [5])).toBe(25)
      })
    })
  }

  /** Kills the worker that is in the task which wrote that file. */
  async function killTheOneIn(own: Pool, file: string): Promise<void> {
    // The file is there before anything is written into it.
    const [pid, thread] = await eventually(() => {
      const numbers = (readFileSync(file, "utf8").trim().split("\n").at(-1) ?? "").split(" ").map(Number)
      return (numbers[0] ?? 0) > 1 ? numbers : undefined
    })
    if (placement === "process") {
      strikeProcess(pid)
      return
    }
    // Inline it is the one that is still at work when the others are done.
    const ref = await eventually(async () => {
      const rows = await system.ps()
      const busy = own.workers.filter((worker) =>
        rows.some(
          ({ id, threadId, inFlight }) => id === worker.id && (placement === "thread" ? threadId === thread : inFlight > 0),
        ),
      )
      return busy.length === 1 ? busy[0] : undefined
    })
    await system.kill(ref)
  }
})
