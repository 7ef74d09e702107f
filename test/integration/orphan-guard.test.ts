// A program that is killed while its process actor is in an endless loop, and so cannot notice that its owner is gone.

import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { commandOf, processRows } from "../../runtime/host/pm2/process-table.js"
import { isAlive } from "../../runtime/internal.js"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
beforeAll(async () => {
  test = await startTestSystem()
  // The first process actor starts pm2's daemon, which stays with whoever started it.
  await test.system.stop(await test.system.spawn(Probe, { placement: "process" }))
})
afterAll(() => test.stop())

const url = (path: string): string => new URL(path, import.meta.url).href

/** Spawns a process actor with a program of its own, starts a guard that has little patience, and has the actor spin. */
const PROGRAM = `
  const [, index, guard, fixture, bus, prefix, stateDir] = process.argv
  const { ActorSystem } = await import(index)
  const { guardOrphans } = await import(guard)
  const { Probe } = await import(fixture)
  const system = await ActorSystem.start({ bus, prefix, stateDir, logLevel: "silent" })
  const probe = await system.spawn(Probe, { placement: "process" })
  const { pid } = await probe.ask.where()
  const pids = await probe.ask.startPrograms()
  guardOrphans({ stateDir, pm2Home: process.env.PM2_HOME, budgets: { stopMs: 0 } }, 1000)
  const spinning = new Promise((resolve) => system.subscribe("probe.spinning", resolve))
  probe.with({ timeoutMs: 600_000 }).ask.spin().catch(() => undefined)
  await spinning
  console.log(JSON.stringify([pid, ...pids]))
  setInterval(() => undefined, 1000)
`

/** The guards over a state directory, and what becomes of them when they have waited long enough. */
const guardsOf = (stateDir: string): number[] =>
  processRows()
    .map(({ pid }) => pid)
    .filter((pid) => commandOf(pid).endsWith(`orphans-entry.js ${stateDir}`))

describe("the guard over process actors", () => {
  it("S14 ends those in an endless loop when their program was killed, with all they had started, and leaves", async () => {
    const stateDir = `${test.stateDir}-killed`
    const bus = new URL(test.bus.url)
    bus.username = test.bus.user
    bus.password = test.bus.password
    const modules = ["../../runtime/index.js", "../../runtime/host/orphan-guard.js", "../fixtures/probe.js"].map(url)
    const program = spawn(
      process.execPath,
      ["--input-type=module", "-e", PROGRAM, ...modules, bus.href, `${test.prefix}x`, stateDir],
      { stdio: ["ignore", "pipe", "inherit"], env: process.env },
    )
    const [said] = (await once(program.stdout, "data")) as [Buffer]
    const pids = JSON.parse(said.toString("utf8")) as number[]
    expect(pids.filter((pid) => isAlive(pid))).toHaveLength(3)
    // Its own, and the impatient one.
    expect(guardsOf(stateDir)).toHaveLength(2)
    program.kill("SIGKILL")
    await eventually(() => pids.every((pid) => !isAlive(pid)), { timeoutMs: 20_000, what: "the end of the orphans" })
    // The patient one has nothing left to wait for.
    await eventually(() => guardsOf(stateDir).length === 0, { timeoutMs: 10_000, what: "the end of the guards" })
  })

  it("S14 is there for as long as its program, and ends nobody whose owner lives", async () => {
    const stateDir = `${test.stateDir}-living`
    const system = await test.join({ stateDir })
    expect(guardsOf(stateDir)).toEqual([])
    const probe = await system.spawn(Probe, { placement: "process" })
    expect(guardsOf(stateDir)).toHaveLength(1)
    const other = await system.spawn(Probe, { placement: "process" })
    expect(guardsOf(stateDir)).toHaveLength(1)
    const entry = new URL("../../runtime/entry/orphans-entry.js", import.meta.url).pathname
    await promisify(execFile)(process.execPath, [entry, stateDir])
    expect(await probe.ask.echo(1)).toBe(1)
    expect(await other.ask.echo(2)).toBe(2)
    await system.shutdown()
    await eventually(() => guardsOf(stateDir).length === 0)
  })
})
