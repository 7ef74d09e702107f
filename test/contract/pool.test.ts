import { getEventListeners } from "node:events"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Pool, type PoolOptions, type Progress, type Task } from "../../runtime/index.js"
import * as tasks from "../fixtures/tasks.js"
import { eventually } from "../support/eventually.js"
import { codeOfFailure, failureOf, PLACEMENTS } from "../support/outcome.js"
import { tempDir } from "../support/temp-dir.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()
/** How many cores there are, as their hardware threads tell; 0 where nobody does. */
function coresBySiblings(): number {
  const dir = "/sys/devices/system/cpu"
  if (!existsSync(dir)) return 0
  const files = readdirSync(dir).map((cpu) => join(dir, cpu, "topology", "thread_siblings_list"))
  return new Set(files.filter((file) => existsSync(file)).map((file) => readFileSync(file, "latin1"))).size
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

describe.each(PLACEMENTS)("a pool: %s", (placement) => {
  let pool: Pool
  beforeAll(async () => {
    pool = await Pool.start(system, { placement, workers: 2 })
  })
  afterAll(() => pool.terminate())

  /** A pool for one test. */
  const withPool = async (options: PoolOptions, use: (own: Pool) => Promise<void>): Promise<void> => {
    const own = await Pool.start(system, { placement, workers: 2, ...options })
    try {
      await use(own)
    } finally {
      await own.terminate()
    }
  }

  it("P8 apply, map, starmap and imap give what the function gives, in the order of the items", async () => {
    expect(await pool.apply(tasks.square, [5])).toBe(25)
    expect(await pool.map(tasks.square, range(100))).toEqual(range(100).map((x) => x * x))
    expect(
      await pool.starmap(
        tasks.power,
        range(20).map((x): [number, number] => [x, 2]),
      ),
    ).toEqual(range(20).map((x) => x * x))
    const streamed: number[] = []
    for await (const x of pool.imap(tasks.square, range(100))) streamed.push(x)
    expect(streamed).toEqual(range(100).map((x) => x * x))
    const unordered: number[] = []
    for await (const x of pool.imapUnordered(tasks.square, range(100))) unordered.push(x)
    expect(unordered.sort((a, b) => a - b)).toEqual(range(100).map((x) => x * x))
    expect(tasks.square(3)).toBe(9)
  })

  it("P8 the result is the same for every chunk size and schedule, for lists, generators and async iterables", async () => {
    const expected = range(50).map((x) => x * x)
    for (const schedule of ["dynamic", "static"] as const)
      for (const chunkSize of [1, 3, 50, 1000, undefined]) {
        const options = { schedule, ...(chunkSize === undefined ? {} : { chunkSize }) }
        expect(await pool.map(tasks.square, range(50), options)).toEqual(expected)
        expect(await pool.map(tasks.square, new Set(range(50)), options)).toEqual(expected)
      }
    const slowly = async function* (): AsyncGenerator<number> {
      for (const x of range(50)) yield await Promise.resolve(x)
    }
    expect(await pool.map(tasks.square, slowly())).toEqual(expected)
  })

  it("P8 listens to a signal no longer than a call takes", async () => {
    const { signal } = new AbortController()
    for (let i = 0; i < 3; i++) await pool.map(tasks.square, [1, 2], { signal })
    expect(getEventListeners(signal, "abort")).toEqual([])
  })

  it("P8 no items give no results", async () => {
    expect(await pool.map(tasks.square, [])).toEqual([])
    expect(await pool.mapSettled(tasks.square, [], { schedule: "static" })).toEqual([])
    expect(await pool.imap(tasks.square, []).next()).toEqual({ done: true, value: undefined })
  })

  it("P8 imap keeps the order of the items and imapUnordered that of the ends", async () => {
    const file = join(tempDir(), "begun")
    await withPool({ chunkSize: 1 }, async (own) => {
      const items = [{ x: 0, bad: [0], file }, ...[1, 2, 3].map((x) => ({ x, bad: [0], file }))]
      const results = own.imapUnordered(tasks.hangOn, items)
      const first = await Promise.all([1, 2, 3].map(() => results.next()))
      expect(first.map(({ value }) => value as unknown)).toEqual([1, 2, 3])
      const ordered = own.imap(tasks.square, [4, 5])
      expect([await ordered.next(), await ordered.next()].map(({ value }) => value)).toEqual([16, 25])
    })
  })

  it("P8 an error of a task comes back with its index and its cause, and the worker goes on", async () => {
    const [before] = await pool.map(tasks.where, [0])
    const failure = await failureOf(
      pool.map(
        tasks.failOn,
        range(10).map((x) => ({ x, bad: [7] })),
      ),
    )
    expect(failure).toMatchObject({ name: "TaskFailedError", code: "ERR_TASK_FAILED", data: { index: 7 } })
    expect(failure.cause).toMatchObject({ name: "RangeError", message: "7 is bad", code: "ERR_BAD_NUMBER" })
    const settled = await pool.mapSettled(
      tasks.failOn,
      range(10).map((x) => ({ x, bad: [2, 5] })),
    )
    expect(settled.map(({ status }, i) => (status === "rejected" ? i : -1)).filter((i) => i >= 0)).toEqual([2, 5])
    expect(settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []))).toEqual([0, 1, 3, 4, 6, 7, 8, 9])
    const lives = new Set((await pool.map(tasks.where, range(20), { chunkSize: 1 })).map(({ loadedAt }) => loadedAt))
    expect(lives).toContain(before?.loadedAt)
  })

  it("P8 a task that failed rejects its turn of imap, and the next turn goes on; for await ends there", async () => {
    const items = range(6).map((x) => ({ x, bad: [2] }))
    const results = pool.imap(tasks.failOn, items)
    const seen: unknown[] = []
    for (let i = 0; i < 6; i++)
      seen.push(
        await results.next().then(
          ({ value }) => value as unknown,
          (error: unknown) => (error as { data: object }).data,
        ),
      )
    expect(seen).toMatchObject([0, 1, { index: 2 }, 3, 4, 5])
    expect(await results.next()).toEqual({ done: true, value: undefined })

    const looped: number[] = []
    const loop = async (): Promise<void> => {
      for await (const x of pool.imap(tasks.failOn, items)) looped.push(x)
    }
    expect(await codeOfFailure(loop())).toBe("ERR_TASK_FAILED")
    expect(looped).toEqual([0, 1])
  })

  it("P8 what the items throw ends the call with that, and the pool goes on", async () => {
    const items = function* (): Generator<number> {
      yield* [1, 2, 3]
      throw new RangeError("no more")
    }
    expect(await failureOf(pool.map(tasks.square, items()))).toMatchObject({ name: "RangeError", message: "no more" })
    const results = pool.imapUnordered(tasks.square, items(), { chunkSize: 1 })
    const seen = [await results.next(), await results.next(), await results.next()].map(({ value }) => value)
    expect(new Set(seen)).toEqual(new Set([1, 4, 9]))
    expect((await failureOf(results.next())).message).toBe("no more")
    expect(await pool.apply(tasks.square, [5])).toBe(25)
  })

  it("P8 imap reads no more items than may be in flight, and stops reading when its reader does", async () => {
    let read = 0
    let closed = false
    const endless = function* (): Generator<number> {
      try {
        for (;;) yield read++
      } finally {
        closed = true
      }
    }
    let taken = 0
    for await (const x of pool.imap(tasks.square, endless(), { inFlight: 10 })) {
      expect(x).toBe(taken ** 2)
      expect(read).toBeLessThanOrEqual(++taken + 10)
      if (taken === 100) break
    }
    expect(closed).toBe(true)
    expect(await pool.apply(tasks.square, [5])).toBe(25)
  })

  it("P8 20 results that cannot be encoded fail those tasks alone and lose no worker; so do arguments (scenario 14)", async () => {
    const before = pool.workers.map(({ id }) => id)
    const bad = range(20).map((i) => i * 5)
    const settled = await pool.mapSettled(
      tasks.sometimesUnencodable,
      range(100).map((x) => ({ x, bad })),
    )
    for (const [x, one] of settled.entries())
      if (!bad.includes(x)) expect(one).toEqual({ status: "fulfilled", value: x })
      else
        expect((one as PromiseRejectedResult).reason).toMatchObject({
          code: "ERR_TASK_FAILED",
          data: { index: x },
          cause: { code: "ERR_UNENCODABLE" },
        })
    const given = range(30).map((x): unknown => (x % 10 === 3 ? () => x : x))
    const echoed = await pool.mapSettled(tasks.echo, given)
    expect(echoed.map(({ status }) => status === "rejected")).toEqual(given.map((x) => typeof x === "function"))
    expect(pool.workers.map(({ id }) => id)).toEqual(before)
  })

  it("P8 progress is told to the end, to a callback and on a topic", async () => {
    const heard: unknown[] = []
    const stop = system.subscribe(`progress.${placement}`, (_, data) => heard.push(data))
    await withPool({ topic: `progress.${placement}` }, async (own) => {
      const told: Progress[] = []
      await own.map(
        tasks.wait,
        range(30).map((value) => ({ ms: 10, value })),
        { chunkSize: 1, onProgress: (p) => told.push(p) },
      )
      expect(told.at(-1)).toEqual({ total: 30, done: 30, failed: 0, retried: 0 })
      expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).sort((a, b) => a - b))
      await eventually(() => heard.length === told.length)
      expect(heard.at(-1)).toMatchObject({ done: 30, total: 30 })
      const cause = await failureOf(
        own.map(tasks.square, [1], {
          onProgress: () => {
            throw new TypeError("not told")
          },
        }),
      )
      expect(cause.message).toBe("not told")
    })
    stop()
  })

  it("P8 a signal gives up what has not begun, and the pool goes on", async () => {
    const controller = new AbortController()
    const file = join(tempDir(), "begun")
    await withPool({}, async (own) => {
      const given = own.map(
        tasks.hangOn,
        range(1000).map((x) => ({ x, bad: [5], file })),
        { signal: controller.signal, chunkSize: 1 },
      )
      await eventually(() => existsSync(file))
      controller.abort()
      expect(await codeOfFailure(given)).toBe("ERR_CANCELLED")
      expect(await codeOfFailure(own.map(tasks.square, [1], { signal: AbortSignal.abort() }))).toBe("ERR_CANCELLED")
      expect(await own.apply(tasks.square, [5])).toBe(25)
    })
  })

  it("P8 drain waits for what is under way, terminate gives it up, and neither leaves a worker; a closed pool takes nothing", async () => {
    const drained = await Pool.start(system, { placement, workers: 2 })
    const result = drained.map(
      tasks.wait,
      range(10).map((value) => ({ ms: 5, value })),
    )
    drained.close()
    expect(await codeOfFailure(drained.map(tasks.square, [1]))).toBe("ERR_POOL_CLOSED")
    const refs = drained.workers
    await drained.drain()
    expect(await result).toEqual(range(10))
    expect(await Promise.all(refs.map((ref) => ref.isAlive()))).toEqual([false, false])

    const file = join(tempDir(), "begun")
    const ended = await Pool.start(system, { placement, workers: 2 })
    const given = codeOfFailure(
      ended.map(
        tasks.hangOn,
        range(10).map((x) => ({ x, bad: [5], file })),
      ),
    )
    await eventually(() => existsSync(file))
    const others = ended.workers
    await Promise.all([ended.terminate(), ended.terminate()])
    expect(await given).toBe("ERR_POOL_CLOSED")
    expect(await Promise.all(others.map((ref) => ref.isAlive()))).toEqual([false, false])
    expect((await system.enumerate()).filter(({ ref }) => others.some((one) => one.equals(ref)))).toEqual([])
    await ended.drain()
  })

  it("P8 several calls at once share the workers, and each gets its own results", async () => {
    const calls = range(8).map((n) =>
      pool.starmap(
        tasks.power,
        range(200).map((x): [number, number] => [x % 10, n]),
      ),
    )
    for (const [n, results] of (await Promise.all(calls)).entries()) expect(results).toEqual(range(200).map((x) => (x % 10) ** n))
    expect(await Promise.all(range(100).map((x) => pool.apply(tasks.square, [x])))).toEqual(range(100).map((x) => x * x))
  })
})

describe("a pool", () => {
  it("P8 bad options are refused by name, and a function that is no task is told what it lacks", async () => {
    for (const options of [
      { workers: 0 },
      { workers: 1.5 },
      { placement: "moon" },
      { chunkSize: 0 },
      { retries: -1 },
      { speed: 1 },
      { schedule: "fast" },
      { timeoutMs: 0 },
      { maxTasksPerWorker: 0 },
    ])
      expect(await codeOfFailure(Pool.start(system, options as PoolOptions))).toBe("ERR_BAD_OPTION")
    const pool = await Pool.start(system, { placement: "inline", workers: 1 })
    const plain = ((x: number) => x) as unknown as Task<[number], number>
    expect(await failureOf(pool.map(plain, [1]))).toMatchObject({ code: "ERR_BAD_TASK", data: { task: "plain" } })
    expect(await codeOfFailure(pool.map(tasks.square, 5 as unknown as number[]))).toBe("ERR_BAD_OPTION")
    expect(await codeOfFailure(pool.map(tasks.square, [1], { chunks: 1 } as object))).toBe("ERR_BAD_OPTION")
    expect(() => pool.imap(tasks.square, [1], { schedule: "static" })).toThrow(/dynamic/)
    await pool.terminate()
  })

  it("P8 a pool whose first workers cannot start is refused, and nothing of it is left", async () => {
    const before = (await system.enumerate()).length
    expect(await codeOfFailure(Pool.start(system, { placement: "inline", memoryMb: 64 }))).toBe("ERR_BAD_OPTION")
    // A pool knows what its workers are at by files, and here they have no place.
    const place = process.env["TMPDIR"]
    process.env["TMPDIR"] = join(tempDir(), "nowhere")
    const failure = await failureOf(Pool.start(system, { placement: "inline", workers: 3 })).finally(() => {
      if (place === undefined) delete process.env["TMPDIR"]
      else process.env["TMPDIR"] = place
    })
    expect(failure.code).toBe("ERR_UNAVAILABLE")
    expect(failure.message).toContain("TMPDIR")
    expect((await system.enumerate()).length).toBe(before)
  })

  it("P8 a pool ends with the block it was made in", async () => {
    let refs: Pool["workers"] = []
    {
      await using pool = await Pool.start(system, { workers: 2, placement: "inline" })
      refs = pool.workers
      expect(await pool.map(tasks.square, [1, 2])).toEqual([1, 4])
    }
    expect(await Promise.all(refs.map((ref) => ref.isAlive()))).toEqual([false, false])
  })

  it("P8 the default is threads, one less than there are physical cores, and one at least", async () => {
    await using pool = await Pool.start(system)
    const cores = coresBySiblings()
    if (cores > 0) expect(pool.workers.length).toBe(Math.max(1, Math.min(cores, availableParallelism()) - 1))
    else expect(pool.workers.length).toBeGreaterThanOrEqual(1)
    const { threadId, pid } = await pool.apply(tasks.where, [0])
    expect({ elsewhere: threadId !== 0, pid }).toEqual({ elsewhere: true, pid: process.pid })
  })
})
