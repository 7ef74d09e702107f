import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { exitReasonOf } from "../../runtime/host/pm2/exit-reason-of.js"
import type { Pm2 } from "../../runtime/host/pm2/pm2-daemon.js"
import type { ExitedEvent, ProcessEvent } from "../../runtime/host/pm2/process-event.js"
import { awaitGone, endGroup, isAlive, startTimeOf } from "../../runtime/host/pm2/process-group.js"
import { processRow } from "../../runtime/host/pm2/process-table.js"
import { eventually } from "../support/eventually.js"
import { Pm2Home } from "../support/pm2-home.js"

const IDLE = "setInterval(() => {}, 1000)"

let home: Pm2Home
let pm2: Pm2
let events: ProcessEvent[]
beforeEach(async () => {
  home = new Pm2Home()
  pm2 = await home.connect()
  events = []
  await pm2.subscribe((event) => events.push(event))
})
afterEach(async () => {
  await home.close()
})

const exitsOf = (name: string) => events.filter((event): event is ExitedEvent => event.type === "exited" && event.name === name)
const exitOf = (name: string) => eventually(() => exitsOf(name)[0], { what: `the exit of ${name}`, timeoutMs: 10_000 })

describe("events", () => {
  it("A3 tell how each process ended, exactly once", async () => {
    const heap = "const held = []; for (;;) held.push(new Array(1000).fill({}))"
    await home.start(pm2, home.app("three", "process.exit(3)", { env: { TROUPE_INTERNAL_HOST: "n1-p4" } }))
    await home.start(pm2, home.app("zero", ""))
    await home.start(pm2, home.app("thrown", "throw new Error('no')"))
    await home.start(pm2, home.app("heap", heap, { nodeFlags: ["--max-old-space-size=20"] }))
    const shot = await home.start(pm2, home.app("shot", IDLE))
    process.kill(shot.pid, "SIGKILL")
    expect(await exitOf("three")).toMatchObject({
      code: 3,
      signal: undefined,
      sources: "both",
      labels: { TROUPE_INTERNAL_HOST: "n1-p4" },
    })
    expect(await exitOf("shot")).toMatchObject({ signal: "SIGKILL", code: undefined, pmId: shot.pmId, uniqueId: shot.uniqueId })
    expect(exitReasonOf(await exitOf("zero"))).toMatchObject({ type: "normal" })
    expect(exitReasonOf(await exitOf("thrown"))).toMatchObject({ type: "exited", code: 1 })
    expect(exitReasonOf(await exitOf("heap"))).toMatchObject({ type: "signalled", signal: "SIGABRT" })
    await pm2.delete("shot")
    const stopped = await home.start(pm2, home.app("stopped", IDLE))
    await pm2.delete(stopped.pmId)
    await exitOf("stopped")
    for (const name of ["three", "zero", "thrown", "heap", "shot", "stopped"]) expect(exitsOf(name)).toHaveLength(1)
  })

  it("believe no app that pretends to be the daemon", async () => {
    const source = `process.send({ type: "log:PM2", data: "App [victim:0] exited with code [0] via signal [SIGKILL]" })
      process.send({ type: "process:event", data: { event: "exit", process: { pm_id: 0, name: "victim" } } }, () => process.exit(4))`
    await home.start(pm2, home.app("liar", source))
    await exitOf("liar")
    expect(events.filter((event) => event.type !== "daemon-lost" && event.name === "victim")).toEqual([])
  })

  it("say once that the daemon was lost; its processes go on and can be ended by pid", async () => {
    const app = await home.start(pm2, home.app("a", "process.on('disconnect', () => {}); setInterval(() => {}, 1000)"))
    process.kill(home.daemonPid(), "SIGKILL")
    await eventually(() => events.some((event) => event.type === "daemon-lost"))
    expect(isAlive(app.pid)).toBe(true)
    expect(await endGroup({ pid: app.pid })).toMatchObject({ signal: "SIGTERM", survivors: [] })
    expect(events.filter((event) => event.type === "daemon-lost")).toHaveLength(1)
  })
})

describe("A4 endGroup", () => {
  const family = (dir: string): string => `
    const { spawn } = require("child_process"), fs = require("fs")
    const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"
    const inGroup = spawn(process.execPath, ["-e", stubborn]), apart = spawn(process.execPath, ["-e", stubborn], { detached: true })
    process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)
    setTimeout(() => fs.writeFileSync(${JSON.stringify(join(dir, "family"))}, inGroup.pid + " " + apart.pid + " "), 300)`

  async function startFamily(): Promise<number[]> {
    const { pid } = await home.start(pm2, home.app("family", family(home.dir), { env: { TROUPE_INTERNAL_MARK: home.dir } }))
    const file = join(home.dir, "family")
    const text = await eventually(() => {
      const written = existsSync(file) ? readFileSync(file, "utf8") : ""
      return written.endsWith(" ") ? written : undefined
    })
    return [pid, ...text.trim().split(" ").map(Number)]
  }

  it("ends a process that ignores SIGTERM with its children, in its group and out of it", async () => {
    const pids = await startFamily()
    const [pid = 0] = pids
    expect(processRow(pid)?.pgid).toBe(pid)
    expect(await endGroup({ pid, termMs: 50 })).toMatchObject({ signal: "SIGKILL", survivors: [] })
    expect(pids.filter((one) => isAlive(one))).toEqual([])
    expect(exitReasonOf(await exitOf("family"))).toEqual({ type: "signalled", known: "signal", signal: "SIGKILL" })
  })

  it("finds those who left group and tree by their mark", async () => {
    const pids = await startFamily()
    const [pid = 0] = pids
    process.kill(pid, "SIGKILL")
    expect(await awaitGone({ pid, timeoutMs: 2_000 })).toBe(true)
    await endGroup({ pid, termMs: 0, marker: `TROUPE_INTERNAL_MARK=${home.dir}` })
    expect(pids.filter((one) => isAlive(one))).toEqual([])
  })

  it("does nothing to another process that got the pid, nor to ourselves", async () => {
    const { pid } = await home.start(pm2, home.app("a", IDLE))
    expect(await endGroup({ pid, startTime: "1" })).toMatchObject({ signal: "none" })
    expect([isAlive(pid), isAlive(pid, "1"), isAlive(pid, startTimeOf(pid))]).toEqual([true, false, true])
    await expect(endGroup({ pid: process.pid })).rejects.toThrow(/pid/)
    await expect(endGroup({ pid: 1 })).rejects.toThrow(/pid/)
  })
})
