// The comparison itself, on real threads, processes and a real nats-server, with limits so small that the figures mean nothing.

import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, it, vi } from "vitest"
import { Budget } from "../../runtime/benchmark/compare/budget.js"
import { CARRIERS } from "../../runtime/benchmark/compare/carrier-list.js"
import { compare } from "../../runtime/benchmark/compare/compare.js"
import { PLANS } from "../../runtime/benchmark/compare/plan.js"
import { createMapped } from "../../runtime/benchmark/compare/mapped-file.js"
import { reportSchema } from "../../runtime/benchmark/compare/report-schema.js"
import { Progress } from "../../runtime/benchmark/compare/progress.js"
import { Stage } from "../../runtime/benchmark/compare/stage.js"
import { teamWorkloads } from "../../runtime/benchmark/compare/team-workloads.js"
import { openTeams } from "../../runtime/benchmark/compare/teams.js"
import { measureWorkload } from "../../runtime/benchmark/compare/workload.js"
import { testServerBinary } from "../support/bus.js"
import { projectRoot } from "../support/project-root.js"

const serverDir = join(projectRoot, ".troupe")
const TINY = { ...PLANS.quick, sizes: [64, 65_536], rounds: 2, warmUpMs: 4, latencyMs: 3, streamMs: 3, workloadMs: 5 }
/** The workloads have a test of their own. */
const HANDOVERS = { ...TINY, rateMs: 5 }

/** Those whose command line has that directory in it. */
function processesOf(dir: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(dir)
    } catch {
      return false
    }
  })
}

describe("a comparison", () => {
  it("measures every cell, each receipt verified, and leaves nothing in shared memory", async () => {
    await testServerBinary()
    const lines: string[] = []
    const report = await compare({
      plan: HANDOVERS,
      workloads: "none",
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
    const copies = Object.fromEntries(
      report.handovers.flatMap(({ carrier, bytes, outcome }) =>
        bytes === 65_536 && outcome.status === "measured" ? [[carrier, Math.floor((outcome.copiedBytes ?? -1) / bytes)]] : [],
      ),
    )
    // Counted, not claimed: into shared memory once, and through two sockets, a server and two codecs.
    expect(copies).toMatchObject({ function: 0, inline: 0, "thread-shared": 1, "thread-clone": 2, "thread-transfer": 0, "process-shared": 1 }) // prettier-ignore
    expect(copies["thread-actor"]).toBeGreaterThanOrEqual(1)
    expect(copies["process-actor"]).toBeGreaterThanOrEqual(6)
    expect(Uint8Array.prototype.set.name).toBe("set")
    expect(report.breakEven).toHaveLength(TINY.rates.length * TINY.rateSizes.length)
    expect(report.workloads).toEqual([])
    expect(report.advice.length).toBeGreaterThan(0)
    expect(lines.at(-1)).toContain("100 %")
    expect(readdirSync("/dev/shm").filter((name) => name.startsWith(`troupe-compare-${String(process.pid)}-`))).toEqual([])
  })

  it("measures a value of the user's own, text and all, in every cell but that of memory that changes hands", async () => {
    await testServerBinary()
    const lines = Array.from({ length: 20 }, (_, n) => ({ sku: `article ${String(n)}`, n, note: "naïve café ".repeat(9) }))
    const report = await compare({
      plan: { ...HANDOVERS, rates: [1000] },
      value: { id: "o-1", lines },
      workloads: "none",
      serverDir,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    })
    const outcomes = report.handovers.map(({ carrier, outcome }) => [
      carrier,
      outcome.status === "measured" ? "measured" : outcome.why,
    ])
    expect(Object.fromEntries(outcomes)).toEqual({
      ...Object.fromEntries(CARRIERS.map(({ id }) => [id, "measured"])),
      "thread-transfer": "only memory can be transferred, not a value made of objects",
    })
    expect(report.breakEven).toHaveLength(1)
    expect(report.advice[0]).toMatch(/^At 1,000 handovers a second of 2\.8 KiB: .*between processes/)
  })

  it("lets teams update, read, compute and wait, and checks what they did", async () => {
    await testServerBinary()
    await using stage = await Stage.open({ serverDir })
    await using teams = await openTeams(stage)
    const run = {
      plan: TINY,
      stage,
      progress: new Progress({ plannedMs: 1, mostMs: 1 }, 0, () => undefined),
      budget: new Budget(1000, { endsAt: performance.now() + 60_000, latest: Infinity }),
      signal: new AbortController().signal,
      pause: () => Promise.resolve(),
    }
    for (const workload of teamWorkloads(teams)) {
      const { points } = await measureWorkload(workload, run)
      expect(points.length).toBeGreaterThan(1)
      for (const { series, outcome } of points) {
        expect(outcome.status === "measured" ? "measured" : outcome.why, `${workload.id}: ${series}`).toBe("measured")
        if (outcome.status === "measured" && workload.id !== "lost-updates") expect(outcome.spread.min).toBeGreaterThan(0)
      }
    }
  })

  it("leaves no daemon, no process and no file behind when its program is ended at once", async () => {
    await testServerBinary()
    const url = (name: string): string => pathToFileURL(join(projectRoot, "dist/runtime/benchmark/compare", name)).href
    const program = `
      const { Stage } = await import(${JSON.stringify(url("stage.js"))})
      const stage = await Stage.open({ serverDir: ${JSON.stringify(serverDir)} })
      await stage.open("process-actor", { payload: { type: "bytes", bytes: 64 }, largest: 64 })
      process.stdout.write(process.env.PM2_HOME)
      process.exit(3)`
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" })
    expect({ status, stderr }).toEqual({ status: 3, stderr: "" })
    const dir = dirname(stdout)
    expect(dir).toMatch(/tc-\w+$/)
    await vi.waitFor(() => {
      expect(existsSync(dir)).toBe(false)
      expect(processesOf(dir)).toEqual([])
    }, 10_000)
  })

  it("has all memory of a mapped file at once, or says that there is no room", async () => {
    await expect(createMapped(2 ** 46)).rejects.toThrow(/^\/dev\/shm has no room for 64 TiB \(error \d+\)$/)
    expect(readdirSync("/dev/shm").filter((name) => name.startsWith(`troupe-compare-${String(process.pid)}-`))).toEqual([])
  })

  it("ends when it is interrupted, and ends what it had started", async () => {
    await testServerBinary()
    const interruption = new AbortController()
    const run = compare({
      plan: HANDOVERS,
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
