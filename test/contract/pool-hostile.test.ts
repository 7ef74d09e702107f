// What a pool makes of arguments that its workers die of, and of items that do as they like as they are read.

import { readdirSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { Pool, type Placement } from "../../runtime/index.js"
import * as tasks from "../fixtures/tasks.js"
import { codeOfFailure, failureOf } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

describe.each<Placement>(["thread", "process"])("arguments that are more than a worker has memory for: %s", (placement) => {
  it.each([undefined, 1])("P8 fail their task alone, after three workers have died of them (chunkSize %s)", async (chunkSize) => {
    const pool = await Pool.start(system, {
      placement,
      workers: 1,
      memoryMb: 32,
      ...(chunkSize === undefined ? {} : { chunkSize }),
    })
    try {
      const [first] = pool.workers
      // Some 10 MB on their way, and several times as much when they have been taken in.
      const bomb = Array.from({ length: 300_000 }, (_, n) => ({ n, text: `x${String(n)}`, list: [] }))
      const settled = await pool.mapSettled(tasks.echo, [1, 2, bomb, 3, 4])
      expect(settled[2]).toMatchObject({
        status: "rejected",
        reason: {
          code: "ERR_POOL_WORKER_DIED",
          data: { index: 2 },
          message: expect.stringContaining("3 workers died") as string,
        },
      })
      for (const [n, value] of [1, 2, undefined, 3, 4].entries())
        if (value !== undefined) expect(settled[n]).toEqual({ status: "fulfilled", value })
      expect(pool.workers[0]?.id).not.toBe(first?.id)
    } finally {
      await pool.terminate()
    }
  })
})

describe("inline workers that are replaced", () => {
  it("P8 leave no file open", async () => {
    const openFiles = (): number => readdirSync("/proc/self/fd").length
    const replaceMany = async (): Promise<void> => {
      const pool = await Pool.start(system, { placement: "inline", workers: 2, maxTasksPerWorker: 2 })
      await pool.map(tasks.square, range(80))
      await pool.terminate()
    }
    await replaceMany()
    const before = openFiles()
    await replaceMany()
    // Other parts of the program open a file now and then; each worker would keep one.
    expect(openFiles()).toBeLessThan(before + 10)
  })
})

describe("items that are read", () => {
  const withPool = async (use: (pool: Pool) => Promise<void>): Promise<void> => {
    const pool = await Pool.start(system, { placement: "inline", workers: 2 })
    try {
      await use(pool)
    } finally {
      await pool.terminate()
    }
  }

  it("P8 may throw as their value is read, and the job ends with that", async () => {
    await withPool(async (pool) => {
      const items = {
        [Symbol.iterator]: () => ({
          next: () => ({
            done: false,
            get value(): number {
              throw new Error("no value")
            },
          }),
        }),
      }
      expect((await failureOf(pool.map(tasks.square, items))).message).toBe("no value")
    })
  })

  it("P8 may come at once and without end: signals and timers have their turn, and memory is for those that wait alone", async () => {
    await withPool(async (pool) => {
      let read = 0
      let settled = 0
      const endless = async function* (): AsyncGenerator<{ ms: number; value: number }> {
        for (;;) yield Promise.resolve({ ms: 1, value: read++ })
      }
      const onProgress = ({ done }: { done: number }): void => void (settled = done)
      const signal = AbortSignal.timeout(300)
      expect(await codeOfFailure(pool.map(tasks.spin, endless(), { signal, onProgress }))).toBe("ERR_CANCELLED")
      expect(settled).toBeGreaterThan(0)
      expect(read).toBeLessThan(settled + 20_000)
    })
  })

  it("P8 may begin other jobs of the same pool as they are read", async () => {
    await withPool(async (pool) => {
      const others: Promise<number>[] = []
      const items = function* (): Generator<number> {
        for (const n of range(300)) {
          others.push(pool.apply(tasks.square, [n]))
          yield n
        }
      }
      const squares = range(300).map((n) => n * n)
      expect(await pool.map(tasks.square, items())).toEqual(squares)
      expect(await Promise.all(others)).toEqual(squares)
    })
  })
})
