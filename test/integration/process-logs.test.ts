import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { KEPT_LOGS } from "../../runtime/host/process-logs.js"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { tempDir } from "../support/temp-dir.js"
import { useTestSystem } from "../support/test-system.js"

const { join: joinBus } = useTestSystem()

/** Leaves what many unnamed process actors have printed, the first of them the longest ago. */
function litter(stateDir: string, count: number): void {
  mkdirSync(join(stateDir, "logs"), { recursive: true })
  for (let i = 0; i < count; i++) {
    for (const stream of ["out", "error"]) {
      const file = join(stateDir, "logs", `probe-n00000000000a-p${i.toString(36)}-${stream}.log`)
      writeFileSync(file, "said long ago\n")
      utimesSync(file, 1_000_000 + i, 1_000_000 + i)
    }
  }
}

function logsIn(stateDir: string): string[] {
  return readdirSync(join(stateDir, "logs")).sort()
}

describe("the logs of process actors", () => {
  it("of unnamed ones that have ended are swept at start, but for the latest", async () => {
    const stateDir = tempDir()
    litter(stateDir, KEPT_LOGS + 5)
    await joinBus({ stateDir, name: "sweeper" })
    const left = logsIn(stateDir)
    expect(left).toHaveLength(2 * KEPT_LOGS)
    expect(left).not.toContain("probe-n00000000000a-p4-out.log")
    expect(left).toContain("probe-n00000000000a-p5-out.log")
  })

  it("of one that ends take the place of the oldest, and those that run or have a name stay", async () => {
    const stateDir = tempDir()
    const system = await joinBus({ stateDir, name: "sweeping" })
    const running = await system.spawn(Probe, { placement: "process" })
    const named = await system.spawn(Probe, { placement: "process", name: "has-a-name" })
    const ending = await system.spawn(Probe, { placement: "process" })
    const real = logsIn(stateDir)
    expect(real).toHaveLength(6)
    for (const file of real) utimesSync(join(stateDir, "logs", file), 1, 1)
    const [endingHost = ""] = ending.id.split(":")
    for (const file of real.filter((name) => name.includes(`${endingHost}-`))) utimesSync(join(stateDir, "logs", file), 2e6, 2e6)
    litter(stateDir, KEPT_LOGS)
    await system.stop(named)
    await system.stop(ending)
    await eventually(() => !logsIn(stateDir).includes("probe-n00000000000a-p0-out.log"))
    expect(logsIn(stateDir)).toEqual(expect.arrayContaining(real))
    expect(logsIn(stateDir)).toHaveLength(2 * KEPT_LOGS + 4)
    await system.stop(running)
  })
})
