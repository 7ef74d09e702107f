// The comparison itself, on real threads, processes and a real nats-server, with limits so small that the figures mean nothing.

import { readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { CARRIERS } from "../../runtime/benchmark/compare/carrier-list.js"
import { compare } from "../../runtime/benchmark/compare/compare.js"
import { PLANS } from "../../runtime/benchmark/compare/plan.js"
import { reportSchema } from "../../runtime/benchmark/compare/report-schema.js"
import { testServerBinary } from "../support/bus.js"
import { projectRoot } from "../support/project-root.js"

const serverDir = join(projectRoot, ".troupe")
const TINY = { ...PLANS.quick, sizes: [64, 65_536], rounds: 2, warmUpMs: 4, latencyMs: 3, streamMs: 3, workloadMs: 2 }

describe("a comparison", () => {
  it("measures every cell, each receipt verified, and leaves nothing in shared memory", async () => {
    await testServerBinary()
    const lines: string[] = []
    const report = await compare({
      plan: TINY,
      serverDir,
      signal: new AbortController().signal,
      onProgress: (line) => lines.push(line),
    })
    expect(reportSchema.parse(report)).toEqual(report)
    for (const { id } of CARRIERS) {
      for (const bytes of TINY.sizes) {
        const cell = report.handovers.find((row) => row.carrier === id && row.bytes === bytes)
        expect(cell?.outcome, `${id} at ${String(bytes)}`).toMatchObject({ status: "measured", rounds: 2 })
        if (cell?.outcome.status === "measured") {
          expect(cell.outcome.verified).toBeGreaterThan(cell.outcome.samples)
          expect(cell.outcome.p50.min).toBeGreaterThan(0)
        }
      }
    }
    expect(report.handovers).toHaveLength(CARRIERS.length * TINY.sizes.length)
    expect(report.advice.length).toBeGreaterThan(0)
    expect(lines.at(-1)).toContain("100 %")
    expect(readdirSync("/dev/shm").filter((name) => name.startsWith(`troupe-compare-${String(process.pid)}-`))).toEqual([])
  })

  it("ends when it is interrupted, and ends what it had started", async () => {
    await testServerBinary()
    const interruption = new AbortController()
    const run = compare({
      plan: TINY,
      serverDir,
      signal: interruption.signal,
      onProgress: (line) => {
        if (line.includes("round 1")) interruption.abort()
      },
    })
    await expect(run).rejects.toThrow("aborted")
    expect(process.env["PM2_HOME"] ?? "").not.toContain("tc-")
  })
})
