// A handler of the user's own in each placement: one that answers, one that cannot keep up, and those that fail and hang.

import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { compare } from "../../runtime/benchmark/compare/compare.js"
import { PLANS } from "../../runtime/benchmark/compare/plan.js"
import type { Report, WorkloadReport } from "../../runtime/benchmark/compare/report-schema.js"
import { testServerBinary } from "../support/bus.js"
import { projectRoot } from "../support/project-root.js"

const serverDir = join(projectRoot, ".troupe")
const actorsDir = join(import.meta.dirname, "../fixtures/own")
/** The handler alone: nothing else begins. */
const PLAN = { ...PLANS.quick, rounds: 1, workloadMs: 5, latestMs: 0, warmUpMs: 0, patienceMs: 3000 }
const PLACEMENTS = ["inline", "thread", "process"]

async function compared(handler: string, input?: unknown): Promise<Report> {
  await testServerBinary()
  return compare({
    plan: PLAN,
    workloads: "none",
    serverDir,
    handler: { kind: "answerer", handler, input, actorsDir, providers: undefined },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  })
}

function workload({ workloads }: Report, id: string): WorkloadReport {
  const found = workloads.find((one) => one.id === id)
  if (found === undefined) throw new Error(`no ${id}`)
  return found
}

/** By placement, why each was not measured; "measured" where it was. */
function outcomes({ points }: WorkloadReport, x?: number): Record<string, string> {
  const those = points.filter((point) => point.x === x)
  return Object.fromEntries(
    those.map(({ series, outcome }) => [series, outcome.status === "measured" ? "measured" : outcome.why]),
  )
}

describe("a handler of the user's own", () => {
  it("is measured in each placement, one at a time and many in flight, with advice that has the figures", async () => {
    const report = await compared("double", { by: 21 })
    expect(report.handovers.every(({ outcome }) => outcome.status === "not measured")).toBe(true)
    const all = { inline: "measured", thread: "measured", process: "measured" }
    expect(outcomes(workload(report, "handler-latency"))).toEqual(all)
    expect(outcomes(workload(report, "handler-rate"))).toEqual(all)
    expect(outcomes(workload(report, "handler-offered"), 10)).toEqual(all)
    expect(report.advice.slice(0, 3).map((line) => line.split(" answers in ")[0])).toEqual([
      "Your handler inline",
      "Your handler in a thread",
      "Your handler in a process",
    ])
    expect(report.advice[3]).toMatch(
      /^Off your event loop, this many asks a second are kept up: 10 with a thread \([\d.,–]+ µs\)/,
    )
  })

  it("that takes 20 ms keeps up with 10 a second and not with 1,000, and that is said", async () => {
    const report = await compared("slow")
    const offered = workload(report, "handler-offered")
    for (const placement of PLACEMENTS) {
      expect(outcomes(offered, 10)[placement]).toBe("measured")
      expect(outcomes(offered, 1000)[placement]).toMatch(/^it does not keep up: \d+(\.\d+)? of 1,000 asks a second$/)
    }
  })

  it("that fails is not measured, with its error", async () => {
    const latency = outcomes(workload(await compared("fail"), "handler-latency"))
    for (const placement of PLACEMENTS) expect(latency[placement], placement).toContain("the disk is full")
  })

  it.each(["hang", "spin"])("that never answers (%s) is given up, and is not asked inline", async (handler) => {
    const begun = performance.now()
    const report = await compared(handler)
    const latency = outcomes(workload(report, "handler-latency"))
    expect(latency["thread"]).not.toBe("measured")
    expect(latency["process"]).not.toBe("measured")
    expect(latency["inline"]).toContain("it is not asked here, as in a thread it was not measured either: ")
    expect(performance.now() - begun).toBeLessThan(30_000)
  })
})

describe("a handler that ends its process after it has answered", () => {
  it("is not asked inline, where it would end the comparison", async () => {
    const latency = outcomes(workload(await compared("leave"), "handler-latency"))
    expect(latency["thread"]).toMatch(/^it ended after it had answered: exited \(3\)/)
    expect(latency["process"]).toMatch(/^it ended after it had answered: exited \(3\)/)
    expect(latency["inline"]).toContain("it is not asked here")
  })
})

describe("what is not there", () => {
  it("is named: an unknown handler, with those there are", async () => {
    await expect(compared("halve")).rejects.toThrow(
      "answerer has no handler 'halve'; it has: double, fail, hang, spin, leave, slow",
    )
  })
})
