// Starts of process actors that go wrong on pm2's side: its daemon is stopped (SIGSTOP) while it is asked for a process.

import { existsSync, readdirSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, ActorSystem } from "../../runtime/index.js"
import { isAlive } from "../../runtime/internal.js"
import { findDaemonPid } from "../../runtime/host/pm2/launch-daemon.js"
import { Pm2 } from "../../runtime/host/pm2/pm2-daemon.js"
import { pm2Paths } from "../../runtime/host/pm2/pm2-paths.js"
import { processRows, variableOf } from "../../runtime/host/pm2/process-table.js"
import { HOST_FILE_VARIABLE } from "../../runtime/host/processes-below.js"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { failureOf, rowOf } from "../support/outcome.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
let system: ActorSystem
let home: string
let daemon: number
beforeAll(async () => {
  test = await startTestSystem()
  system = test.system
  home = process.env["PM2_HOME"] ?? ""
  // The first process actor starts the daemon.
  await system.spawn(Probe, { placement: "process", name: "bystander" })
  daemon = findDaemonPid(pm2Paths({}, home)) ?? 0
  expect(daemon).toBeGreaterThan(1)
})
afterAll(async () => {
  process.kill(daemon, "SIGCONT")
  await test.stop()
})

const hostOf = (ref: ActorRef): string => ref.id.slice(0, ref.id.lastIndexOf(":"))
/** The host files of an actor, which are there from just before pm2 is asked until all is over. */
const filesOf = (ref: ActorRef): string[] =>
  readdirSync(`${test.stateDir}/hosts`).filter((name) => name.startsWith(`${hostOf(ref)}.`) && name.endsWith(".json"))
const processesOf = (ref: ActorRef): number[] =>
  processRows()
    .map(({ pid }) => pid)
    .filter((pid) => variableOf(pid, HOST_FILE_VARIABLE)?.includes(`/${hostOf(ref)}.`) === true)
const listedOf = async (ref: ActorRef): Promise<unknown[]> => {
  await using pm2 = await Pm2.connect({ home, ifAbsent: "fail" })
  return (await pm2.list()).filter(({ env }) => env[HOST_FILE_VARIABLE]?.includes(`/${hostOf(ref)}.`))
}
const spawning = async (name: string): Promise<{ ref: ActorRef; failed: ReturnType<typeof failureOf> }> => {
  const failed = failureOf(system.spawn(Probe, { placement: "process", name, startTimeoutMs: 30_000 }))
  const ref = await eventually(() => system.lookup(name))
  await eventually(() => filesOf(ref).length > 0)
  return { ref, failed }
}

describe("a process that pm2 is slow to start", () => {
  it("A4 is ended as soon as pm2 has started it, when it was killed before that", async () => {
    process.kill(daemon, "SIGSTOP")
    const { ref, failed } = await spawning("killed-early")
    const killed = system.kill(ref)
    process.kill(daemon, "SIGCONT")
    expect((await killed).rung).toBe("kill")
    expect(await failed).toMatchObject({ code: "ERR_START_FAILED", data: { stage: "abandoned" } })
    expect(processesOf(ref)).toEqual([])
    expect(filesOf(ref)).toEqual([])
    expect(await rowOf(system, ref)).toBeUndefined()
    expect(await listedOf(ref)).toEqual([])
  })

  it("A6 leaves by itself, and pm2's list, when pm2 starts it after its start was given up", async () => {
    process.kill(daemon, "SIGSTOP")
    const { ref, failed } = await spawning("started-late")
    // Our own deadline of a call to pm2.
    expect((await failed).code).toBe("ERR_START_FAILED")
    expect(processesOf(ref)).toEqual([])
    expect(filesOf(ref)).toEqual([])
    process.kill(daemon, "SIGCONT")
    // pm2 does get round to it: it makes its log.
    await eventually(() => existsSync(`${test.stateDir}/logs/started-late-error.log`))
    await eventually(async () => (await listedOf(ref)).length === 0 && processesOf(ref).length === 0)
    expect(await rowOf(system, ref)).toBeUndefined()
  })
})

describe("a process that has outlived pm2's daemon", () => {
  it("S14 takes nobody along when it ends, though the next daemon counts its apps from 0 again", async () => {
    const [old] = await system.enumerate()
    process.kill(daemon, "SIGKILL")
    await eventually(() => !isAlive(daemon))
    // The first of the next daemon, as the bystander was of this one.
    const young = await system.spawn(Probe, { placement: "process", name: "young" })
    daemon = findDaemonPid(pm2Paths({}, home)) ?? 0
    const { life } = await young.ask.where()
    const pid = (await rowOf(system, old?.ref as ActorRef))?.pid ?? 0
    process.kill(pid, "SIGKILL")
    await eventually(async () => (await rowOf(system, old?.ref as ActorRef))?.restarts === 1)
    expect(await rowOf(system, young)).toMatchObject({ status: "running", restarts: 0 })
    expect(await young.ask.where()).toMatchObject({ life })
  })
})
