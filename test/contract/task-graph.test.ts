// Graphs of tasks, and what stands on them: divide and conquer, tree reduction and prefix scan, on pools of real workers.

import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Pool, type Progress } from "../../runtime/index.js"
import { divided } from "../../runtime/internal.js"
import type { GraphNode } from "../../runtime/toolkit.js"
import { divideAndConquer, prefixScan, TaskGraph, treeReduce } from "../../runtime/toolkit.js"
import { add, addAll, concat, diesOn, length, noSevens, sortWords, spell, withBefore } from "../fixtures/graph-tasks.js"
import { failureOf } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem({ bus: false })
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

let pool: Pool
beforeAll(async () => {
  pool = await Pool.start(system, { workers: 2 })
})
afterAll(() => pool.terminate())

describe("a graph of tasks", () => {
  it("hands results on to the tasks that need them, single and in lists, and gives those that are wanted", async () => {
    const graph = new TaskGraph()
    const three = graph.add(add, [1, 2])
    const seven = graph.add(add, [three, 4])
    const ten = graph.add(addAll, [[three, seven]])
    const words = graph.call((a: number, b: number) => `${String(a)} and ${String(b)}`, [seven, ten])
    expect(graph.size).toBe(4)
    expect(await graph.run(pool, [words, three])).toEqual(["7 and 10", 3])
    // It is a plan: it can be run again.
    expect(await graph.run(pool, [ten])).toEqual([10])
    expect(await new TaskGraph().run(pool, [])).toEqual([])
  })

  it("begins nothing before what it needs is done, and everything once", async () => {
    const graph = new TaskGraph()
    const log: string[] = []
    const note = (name: string) => () => void log.push(name)
    const nodes: GraphNode[] = []
    for (let i = 0; i < 60; i++) {
      // Needs that are the same in each run and have no pattern.
      const after = nodes.filter((_, at) => (at * 7 + i * 13) % 11 === 0)
      const working = graph.add(add, [i, 0], { after })
      nodes.push(graph.call(note(String(i)), [], { after: [working] }))
    }
    const told: Progress[] = []
    await graph.run(pool, [], { onProgress: (progress) => told.push(progress) })
    expect(log.map(Number).sort((a, b) => a - b)).toEqual(upTo(60))
    for (const [i] of nodes.entries())
      for (const [at] of nodes.entries())
        if (at < i && (at * 7 + i * 13) % 11 === 0) expect(log.indexOf(String(at))).toBeLessThan(log.indexOf(String(i)))
    expect(told.at(-1)).toEqual({ total: 120, done: 120, failed: 0, retried: 0 })
  })

  it("begins with the task that has the longest way to the end", async () => {
    const graph = new TaskGraph()
    const log: string[] = []
    const note = (name: string) => () => void log.push(name)
    for (const name of ["a", "b", "c", "d"]) graph.call(note(name), [], { name })
    let last = graph.call(note("long 0"), [])
    for (const at of [1, 2]) last = graph.call(note(`long ${String(at)}`), [], { after: [last] })
    await graph.run(pool, [])
    expect(log[0]).toBe("long 0")
  })

  it("fails with the first task that fails, by name, runs nothing that needs it, and can be run again", async () => {
    const graph = new TaskGraph()
    let after = 0
    const bad = graph.add(noSevens, [7], { name: "the seventh" })
    graph.call(() => after++, [], { after: [bad] })
    const failure = await failureOf(graph.run(pool, []))
    expect(failure).toMatchObject({ code: "ERR_GRAPH_FAILED", data: { name: "the seventh", node: 0 } })
    expect(failure.message).toBe("the seventh: node 0 of the graph failed: 7 is a multiple of seven")
    expect(failure.cause).toMatchObject({ name: "RangeError" })
    expect((await failureOf(graph.run(pool, []))).code).toBe("ERR_GRAPH_FAILED")
    expect(after).toBe(0)
    const thrown = new TaskGraph()
    thrown.call(() => Promise.reject(new Error("no")), [], { name: "here" })
    expect((await failureOf(thrown.run(pool, []))).message).toBe("here: node 0 of the graph failed: no")
  })

  it("fails with the death of a worker, and the pool goes on", async () => {
    const graph = new TaskGraph()
    graph.add(addAll, [[graph.add(add, [1, 1]), graph.add(diesOn, [3])]])
    expect(await failureOf(graph.run(pool, []))).toMatchObject({
      code: "ERR_GRAPH_FAILED",
      cause: { code: "ERR_POOL_WORKER_DIED" },
    })
    expect(await pool.apply(add, [1, 2])).toBe(3)
  })

  it("ends by its signal, before and in the middle", async () => {
    const graph = new TaskGraph()
    const stop = new AbortController()
    const first = graph.call(() => stop.abort(), [])
    let begun = false
    graph.call(() => (begun = true), [], { after: [first] })
    await expect(graph.run(pool, [], { signal: stop.signal })).rejects.toMatchObject({ code: "ERR_CANCELLED" })
    await expect(graph.run(pool, [], { signal: stop.signal })).rejects.toMatchObject({ code: "ERR_CANCELLED" })
    expect(begun).toBe(false)
  })

  it("refuses what is no task, and nodes of another graph", async () => {
    const graph = new TaskGraph()
    expect(() => graph.add(((x: number) => x) as unknown as typeof length, ["x"])).toThrow(expect.objectContaining({ code: "ERR_BAD_TASK" }) as Error) // prettier-ignore
    const foreign = new TaskGraph().add(length, ["x"])
    const refused = expect.objectContaining({ code: "ERR_BAD_OPTION" }) as Error
    expect(() => graph.add(add, [foreign, 1])).toThrow(refused)
    expect(() => graph.add(add, [1, 1], { after: [foreign] })).toThrow(refused)
    await expect(graph.run(pool, [foreign])).rejects.toMatchObject({ code: "ERR_BAD_OPTION" })
  })
})

describe("divide and conquer", () => {
  const WORDS = ["pear", "fig", "apple", "plum", "lime", "kiwi", "date", "nut", "sloe"]
  const halves = (words: readonly string[]) => [words.slice(0, words.length >> 1), words.slice(words.length >> 1)]
  const merged = ([left = [], right = []]: readonly (readonly string[])[]): readonly string[] => [...left, ...right].sort()
  const plan = { size: (words: readonly string[]) => words.length, divide: halves, solve: sortWords, combine: merged }

  it.each([undefined, "automatic", 1, 4, 100] as const)("gives the same with a cut-off of %s", async (cutOff) => {
    const given = cutOff === undefined ? plan : { ...plan, cutOff }
    expect(await divideAndConquer(pool, WORDS, { plan: given })).toEqual([...WORDS].sort())
  })

  it("divides down to the cut-off and no further, or until there are enough parts, the largest first", () => {
    const size = (n: number): number => n
    const leaves = (division: { problem: number; parts: readonly (typeof division)[] }): number[] =>
      division.parts.length === 0 ? [division.problem] : division.parts.flatMap(leaves)
    const divide = (n: number): number[] => [Math.ceil(n / 2), Math.floor(n / 2)]
    expect(leaves(divided(20, { size, divide, cutOff: 5 }, 99))).toEqual([5, 5, 5, 5])
    expect(leaves(divided(21, { size, divide, cutOff: 5 }, 99))).toEqual([3, 3, 5, 5, 5])
    expect(leaves(divided(16, { size, divide }, 4))).toEqual([4, 4, 4, 4])
    const uneven = (n: number): number[] => [n - 1, 1]
    expect(leaves(divided(9, { size, divide: uneven }, 4))).toEqual([6, 1, 1, 1])
    // What cannot be divided is solved, however large.
    expect(leaves(divided<number>(3, { size, divide: (n) => [n], cutOff: 1 }, 99))).toEqual([3])
    const refused = expect.objectContaining({ code: "ERR_BAD_OPTION" }) as Error
    expect(() => divided<number>(3, { size, divide: (n) => [n, n], cutOff: 1 }, 99)).toThrow(refused)
    expect(() => divided(3, { size, divide, cutOff: 0 }, 99)).toThrow(refused)
  })

  it("fails with the part that fails", async () => {
    const numbers = { size: (n: number) => n, divide: (n: number) => [n - 1, 1], solve: noSevens, combine: ([a = 0, b = 0]: readonly number[]) => a + b } // prettier-ignore
    expect((await failureOf(divideAndConquer(pool, 9, { plan: { ...numbers, cutOff: 7 } }))).message).toContain(
      "multiple of seven",
    )
  })
})

describe.each([
  ["a task", concat],
  ["a function", (left: string, right: string) => left + right],
])("with %s that combines,", (_, combine) => {
  it.each([1, 2, 3, 4, 5, 8, 13])("a tree reduction of %i items keeps their order", async (n) => {
    expect(await treeReduce(pool, upTo(n), { how: { each: spell, combine } })).toBe(upTo(n).map(String).join(""))
  })

  it.each([0, 1, 2, 3, 4, 5, 8, 13])("a prefix scan of %i items gives each what came before it", async (n) => {
    const expected = upTo(n).map((at) => `${upTo(at).map(String).join("")}|${String(at)}`)
    expect(await prefixScan(pool, upTo(n), { how: { each: spell, combine, scan: withBefore } })).toEqual(expected)
  })
})

it("a tree reduction of nothing is refused", async () => {
  await expect(treeReduce(pool, [], { how: { each: spell, combine: concat } })).rejects.toMatchObject({ code: "ERR_BAD_OPTION" })
})
