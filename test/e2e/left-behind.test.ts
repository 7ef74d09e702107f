// What a program leaves that is killed, and who ends it: a pm2 daemon, and in it process actors without an owner.

import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { readdirSync } from "node:fs"
import { beforeEach, describe, expect, it } from "vitest"
import { Pm2 } from "../../runtime/host/pm2/pm2-daemon.js"
import { processApp } from "../../runtime/host/pm2/process-app.js"
import { eventually } from "../support/eventually.js"
import { NodeProject } from "../support/node-project.js"
import { cliEnv } from "../support/run-cli.js"

const INDEX = new URL("../../runtime/index.js", import.meta.url).href
const PROBE = new URL("../fixtures/probe.js", import.meta.url).href

const CRASHES = `
  const { ActorSystem } = await import("${INDEX}")
  const { Probe } = await import("${PROBE}")
  const system = await ActorSystem.start({ logLevel: "silent" })
  await system.spawn(Probe, { placement: "process" })
  console.log("runs")
`
const STARTS_AND_ENDS = `
  const { ActorSystem } = await import("${INDEX}")
  const system = await ActorSystem.start({ logLevel: "silent" })
  await system.shutdown()
`

let project: NodeProject
beforeEach(async () => {
  project = await NodeProject.create([])
  return () => project.close()
})

function program(source: string): ChildProcess {
  return spawn(process.execPath, ["--input-type=module", "-e", source], {
    cwd: project.dir,
    env: cliEnv(project.env),
    stdio: ["ignore", "pipe", "ignore"],
  })
}

/** Starts a program with a process actor and kills it. */
async function crash(): Promise<void> {
  const crashing = program(CRASHES)
  if (crashing.stdout !== null) await once(crashing.stdout, "data")
  const ended = once(crashing, "exit")
  crashing.kill("SIGKILL")
  await ended
  expect(daemons()).toHaveLength(1)
}

const daemons = (): unknown[] => project.processes().filter(({ command }) => command.includes("God Daemon"))

describe("a program that was killed", () => {
  it("leaves a pm2 daemon that doctor names and down ends, also where PM2_HOME names another by then", async () => {
    await crash()
    const elsewhere = { PM2_HOME: `${project.pm2Home}x` }
    const doctor = await project.cli(["doctor"], elsewhere)
    expect(doctor.stdout).toMatch(
      /warn +left behind +.*probe-\S+ \(pid \d+\).*; the pm2 daemon of \S+p2 \(pid \d+\)\n +→ "troupe down"/,
    )
    const down = await project.cli(["down"], elsewhere)
    expect(down).toMatchObject({ exit: 0, stdout: expect.stringContaining(`pm2 daemon ended (${project.pm2Home})`) as string })
    await eventually(() => project.processes().length === 0)
    expect((await project.cli(["doctor"])).stdout).toMatch(/ok +left behind +nothing/)
    expect(readdirSync(project.stateDir).filter((name) => /pm2|hosts/.test(name))).toEqual([])
  })

  it("has what it left ended by the next one that starts for the same state directory", async () => {
    await crash()
    const next = program(STARTS_AND_ENDS)
    expect(await once(next, "exit")).toEqual([0, null])
    await eventually(() => project.processes().length === 0)
  })

  it("leaves the daemon alone while something else runs in it", async () => {
    await crash()
    await using pm2 = await Pm2.connect({ home: project.pm2Home, ifAbsent: "fail" })
    await pm2.start(
      processApp({
        name: "other",
        entry: "-e",
        nodeFlags: [],
        args: ["setInterval(() => undefined, 1000)"],
        cwd: project.dir,
        pm2Home: project.pm2Home,
        logDir: project.dir,
        parentEnv: process.env,
      }),
    )
    expect(await once(program(STARTS_AND_ENDS), "exit")).toEqual([0, null])
    expect(await project.cli(["down"])).toMatchObject({ exit: 0 })
    expect(await pm2.list()).toMatchObject([{ name: "other", status: "online" }])
    await pm2.delete("other")
    // The last of ours to leave ends it.
    expect(await project.cli(["down"])).toMatchObject({ exit: 0, stdout: expect.stringContaining("pm2 daemon ended") as string })
    expect(daemons()).toEqual([])
  })
})
