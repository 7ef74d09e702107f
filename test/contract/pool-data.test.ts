// What goes into a pool and comes out of it, when it is not what it should be.

import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Items, Pool } from "../../runtime/index.js"
import * as tasks from "../fixtures/tasks.js"
import { eventually } from "../support/eventually.js"
import { failureOf, PLACEMENTS } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()

/** Frees what nothing refers to any more. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc")
  ;(runInNewContext("gc") as () => void)()
}

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const result of results) list.push(result)
  return list
}

/** Iterables that break their word, each with how it is told. */
const BROKEN: Record<string, { items: () => Items<number>; message: RegExp }> = {
  "at the very first": { items: () => failing(0), message: /no more/ },
  "asynchronously at the very first": { items: () => rejecting(0), message: /no more/ },
  "asynchronously after three": { items: () => rejecting(3), message: /no more/ },
  "by giving no iterator": { items: () => ({ [Symbol.iterator]: () => { throw new RangeError("no more") } }), message: /no more/ }, // prettier-ignore
  "by giving something else": {
    items: () => ({ [Symbol.iterator]: () => ({ next: () => 5 }) }) as never,
    message: /5 is no result/,
  },
}

function* failing(after: number): Generator<number> {
  for (let n = 0; n < after; n++) yield n
  throw new RangeError("no more")
}

async function* rejecting(after: number): AsyncGenerator<number> {
  for (let n = 0; n < after; n++) yield await Promise.resolve(n)
  throw new RangeError("no more")
}

describe.each(PLACEMENTS)("what goes through a pool: %s", (placement) => {
  let pool: Pool
  beforeAll(async () => {
    pool = await Pool.start(system, { placement, workers: 2 })
  })
  afterAll(() => pool.terminate())

  it.each(Object.entries(BROKEN))(
    "P8 items that fail %s end each kind of call with that, and the pool goes on",
    async (_, { items, message }) => {
      for (const chunkSize of [1, 3])
        for (const call of [
          async () => pool.map(tasks.square, items(), { chunkSize }),
          async () => pool.mapSettled(tasks.square, items(), { chunkSize }),
          async () => all(pool.imap(tasks.square, items(), { chunkSize })),
          async () => all(pool.imapUnordered(tasks.square, items(), { chunkSize })),
        ])
          expect((await failureOf(call())).message).toMatch(message)
      expect(await pool.apply(tasks.square, [5])).toBe(25)
    },
  )

  it("P8 imap gives what was read before the items failed, in their order and whatever the chunks", async () => {
    for (const chunkSize of [1, 2, 4]) {
      const results = pool.imap(tasks.square, failing(7), { chunkSize })
      const seen: unknown[] = []
      for (let n = 0; n < 7; n++) seen.push((await results.next()).value)
      expect(seen).toEqual([0, 1, 4, 9, 16, 25, 36])
      expect((await failureOf(results.next())).message).toBe("no more")
      expect(await results.next()).toEqual({ done: true, value: undefined })
    }
  })

  it("P8 items that cannot be closed, or lie about how many they are, do no harm", async () => {
    let closed = 0
    const unclosable: Iterable<number> = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 3 }),
        return: () => {
          closed++
          throw new Error("cannot be closed")
        },
      }),
    }
    for await (const x of pool.imap(tasks.square, unclosable)) {
      expect(x).toBe(9)
      break
    }
    expect(closed).toBe(1)
    const lying = { length: 100, size: 100, *[Symbol.iterator]() { yield* [1, 2] } } // prettier-ignore
    expect(await pool.map(tasks.square, lying)).toEqual([1, 4])
    expect(await pool.apply(tasks.square, [5])).toBe(25)
  })

  it("P8 an argument or a result that throws when it is read fails its task alone", async () => {
    const bad = { get field() { throw new RangeError("not to be read") } } // prettier-ignore
    const settled = await pool.mapSettled(tasks.echo, [1, bad, 3])
    expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"])
    expect(settled[1]).toMatchObject({
      reason: { code: "ERR_TASK_FAILED", data: { index: 1 }, cause: { code: "ERR_UNENCODABLE" } },
    })
    const results = await pool.mapSettled(tasks.giveWhat, ["is sound", "throws", "is sound"])
    expect(results[1]).toMatchObject({
      reason: { code: "ERR_TASK_FAILED", data: { index: 1 }, cause: { code: "ERR_UNENCODABLE" } },
    })
    for (const n of [0, 2]) expect(results[n]).toEqual({ status: "fulfilled", value: { trouble: 1 } })
  })

  it("P8 whatever a task throws arrives as an error, with what can be said of it", async () => {
    for (const [what, said] of [
      ["a symbol", "Symbol(s)"],
      ["nothing", "undefined"],
      ["a function", "[Function"],
      ["itself", "itself"],
      ["much", "xxx"],
      ["a trap", ""],
    ] as const) {
      const failure = await failureOf(pool.apply(tasks.throwWhat, [what]))
      expect(failure).toMatchObject({ code: "ERR_TASK_FAILED", data: { index: 0 } })
      expect((failure.cause as Error).message).toContain(said)
      expect(failure.message.length).toBeLessThan(20_000)
    }
    expect(await pool.apply(tasks.square, [5])).toBe(25)
  })

  it("P8 the cause of a failed task says where it was thrown, in its worker", async () => {
    const { cause } = await failureOf(pool.apply(tasks.failOn, [{ x: 1, bad: [1] }]))
    expect((cause as Error).stack).toMatch(/^RangeError: 1 is bad\n +at .*tasks\.[jt]s:\d+/)
  })

  it("P8 nothing is kept of what went through it", async () => {
    const [given, got] = await (async () => {
      const objects = Array.from({ length: 10 }, (_, n) => ({ n }))
      const results = [...(await pool.map(tasks.echo, objects)), ...(await all(pool.imap(tasks.echo, objects)))]
      return [objects, results as object[]].map((list) => list.map((object) => new WeakRef(object)))
    })()
    // The last task of a worker is its until the next.
    for (let n = 0; n < 4; n++) await pool.map(tasks.square, [1, 2, 3, 4])
    await eventually(() => {
      collectGarbage()
      return [...(given ?? []), ...(got ?? [])].every((ref) => ref.deref() === undefined)
    })
  })

  if (placement !== "inline") {
    it("P8 a result that ends its worker while it is encoded fails its task alone, and so does one whose encoding never ends", async () => {
      const results = await pool.mapSettled(tasks.giveWhat, ["is sound", "ends its worker", "is sound"], { chunkSize: 1 })
      expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"])
      expect(results[1]).toMatchObject({ reason: { code: "ERR_POOL_WORKER_DIED", data: { index: 1 } } })
      const endless = await failureOf(pool.apply(tasks.giveWhat, ["never ends"], { timeoutMs: 300 }))
      expect(endless).toMatchObject({ code: "ERR_TASK_TIMED_OUT", data: { index: 0 } })
      expect(await pool.map(tasks.square, [1, 2, 3])).toEqual([1, 4, 9])
    })

    it("P8 workers that die of large arguments fail those tasks alone", async () => {
      const items = Array.from({ length: 10 }, (_, n) => ({ text: "x".repeat(1_000_000), dies: n % 3 === 1 }))
      const results = await pool.mapSettled(tasks.lengthOf, items)
      expect(results.map((one) => (one.status === "fulfilled" ? one.value : (one.reason as { code: unknown }).code))).toEqual(
        items.map(({ text, dies }) => (dies ? "ERR_POOL_WORKER_DIED" : text.length)),
      )
    })
  }
})
