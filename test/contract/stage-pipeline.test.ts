// Pipelines of stages, in every placement that has workers of its own.

import { describe, expect, it } from "vitest"
import { codeOf, type Stage, StagePipeline } from "../../runtime/index.js"
import { diesAtFive, double, noSevens, plusOne, slow } from "../fixtures/stages.js"
import { eventually } from "../support/eventually.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem({ bus: false })

async function pipelineOf<O = number>(stages: readonly Stage[]): Promise<StagePipeline<number, O>> {
  return StagePipeline.start<number, O>(system, stages)
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

async function valuesOf<O>(results: AsyncIterable<{ value: O }>): Promise<O[]> {
  const values: O[] = []
  for await (const { value } of results) values.push(value)
  return values
}

describe("a pipeline of stages", () => {
  it("gives what the functions give one after the other, in the order of the items", async () => {
    await using pipeline = await pipelineOf([
      { name: "plus", task: plusOne, workers: 2 },
      { name: "double", task: double, workers: 2 },
    ])
    expect(await valuesOf(pipeline.run(upTo(50)))).toEqual(upTo(50).map((x) => 2 * (x + 1)))
    expect(pipeline.report().map(({ stage, done, failed }) => [stage, done, failed])).toEqual([["plus", 50, 0], ["double", 50, 0]]) // prettier-ignore
    // A second run starts from nothing.
    expect(await valuesOf(pipeline.run([1]))).toEqual([4])
    expect(pipeline.report()[0]?.done).toBe(1)
  })

  it("has several workers in a stage, and keeps the order or does not", async () => {
    await using pipeline = await pipelineOf<{ x: number; threadId: number }>([{ name: "slow", task: slow, workers: 2 }])
    const kept = await valuesOf(pipeline.run(upTo(12)))
    expect(kept.map(({ x }) => x)).toEqual(upTo(12))
    expect(new Set(kept.map(({ threadId }) => threadId)).size).toBe(2)
    const loose: number[] = []
    for await (const { index, value } of pipeline.run(upTo(12), { order: "finish" })) {
      expect(value.x).toBe(index)
      loose.push(index)
    }
    expect([...loose].sort((a, b) => a - b)).toEqual(upTo(12))
    const [report] = pipeline.report()
    expect(report?.work).toBeGreaterThan(1)
    expect(report?.latency.mean).toBeGreaterThanOrEqual(report?.work ?? Infinity)
    expect(report?.busy).toBeGreaterThan(0)
    expect(report?.throughput).toBeGreaterThan(0)
  })

  it("takes no more items than there is room for", async () => {
    await using pipeline = await pipelineOf([
      { name: "plus", task: plusOne, workers: 1, capacity: 2 },
      { name: "double", task: double, workers: 1, capacity: 1 },
    ])
    let read = 0
    const source = function* (): Generator<number> {
      for (;;) yield read++
    }
    const results = pipeline.run(source())
    expect((await results.next()).value).toEqual({ index: 0, value: 2 })
    // 1 + 2 in the first, 1 + 1 in the second, one in each hand between them.
    const settled = await eventually(() => (read >= 5 ? read : undefined), { timeoutMs: 10_000 })
    expect(settled).toBeLessThanOrEqual(9)
    await results.return(undefined)
    const after = read
    expect(await valuesOf(pipeline.run([1]))).toEqual([4])
    expect(read).toBe(after)
  })

  it("routes what fails, by its place in the source, and lets the others go on", async () => {
    await using pipeline = await pipelineOf([
      { name: "sevens", task: noSevens, workers: 2 },
      { name: "fives", task: diesAtFive, workers: 2 },
    ])
    const failures: unknown[] = []
    const values = await valuesOf(
      pipeline.run(upTo(16), {
        onFailure: ({ index, stage, error }) => failures.push([index, stage, codeOf(error), codeOf(error.cause)]),
      }),
    )
    expect(values).toEqual(upTo(16).filter((x) => x % 7 !== 0 && x !== 5))
    expect(failures).toHaveLength(4)
    expect(failures).toEqual(
      expect.arrayContaining([
        [0, "sevens", "ERR_STAGE_FAILED", undefined],
        [7, "sevens", "ERR_STAGE_FAILED", undefined],
        [14, "sevens", "ERR_STAGE_FAILED", undefined],
        [5, "fives", "ERR_STAGE_FAILED", "ERR_POOL_WORKER_DIED"],
      ]),
    )
    expect(pipeline.report().map(({ done, failed }) => [done, failed])).toEqual([[13, 3], [12, 1]]) // prettier-ignore
  })

  it("ends with the first failure when nobody takes failures, after the results before it", async () => {
    await using pipeline = await pipelineOf([
      { name: "plus", task: plusOne },
      { name: "sevens", task: noSevens },
      { name: "double", task: double },
    ])
    const values: number[] = []
    const error = await (async () => {
      for await (const { value } of pipeline.run(upTo(20))) values.push(value)
    })().catch((reason: unknown) => reason)
    expect({ code: codeOf(error), data: (error as { data: unknown }).data }).toEqual({ code: "ERR_STAGE_FAILED", data: { stage: "sevens", index: 6 } }) // prettier-ignore
    expect((error as Error).message).toBe("stage sevens: item 6 failed: 7 is a multiple of seven")
    expect(values).toEqual([2, 4, 6, 8, 10, 12])
    expect(await valuesOf(pipeline.run([1, 2]))).toEqual([4, 6])
  })

  it("hands on what the source throws, and ends by its signal", async () => {
    await using pipeline = await pipelineOf([{ name: "plus", task: plusOne }, { name: "double", task: double }]) // prettier-ignore
    const source = function* (): Generator<number> {
      yield 1
      throw new Error("the disk is gone")
    }
    await expect(valuesOf(pipeline.run(source()))).rejects.toThrow("the disk is gone")
    const controller = new AbortController()
    const endless = function* (): Generator<number> {
      for (let i = 0; ; i++) yield i
    }
    const cancelled = (async () => {
      for await (const { index } of pipeline.run(endless(), { signal: controller.signal })) if (index === 3) controller.abort()
    })()
    await expect(cancelled).rejects.toMatchObject({ code: "ERR_CANCELLED" })
  })

  it("refuses stages that are none", async () => {
    await expect(pipelineOf([])).rejects.toMatchObject({ code: "ERR_BAD_OPTION" })
    const twice = [{ name: "a", task: plusOne }, { name: "a", task: double }] // prettier-ignore
    await expect(pipelineOf(twice)).rejects.toMatchObject({ code: "ERR_BAD_OPTION" })
    await expect(pipelineOf([{ name: "a", task: ((x: number) => x) as unknown as Stage["task"] }])).rejects.toMatchObject({ code: "ERR_BAD_TASK" }) // prettier-ignore
  })
})
