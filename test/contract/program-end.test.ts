import { spawn } from "node:child_process"
import { once } from "node:events"
import { describe, expect, it } from "vitest"
import { isAlive } from "../../runtime/internal.js"
import { eventually } from "../support/eventually.js"
import { useTestSystem } from "../support/test-system.js"

const test = useTestSystem()

/** A program that joins the test's bus, has a process actor spin for ever, and says its pid. */
const PROGRAM = `
  const { ActorSystem } = await import(process.argv[1])
  const { Probe } = await import(process.argv[2])
  const system = await ActorSystem.start({ bus: process.argv[3], prefix: process.argv[4], stateDir: process.argv[5], logLevel: "silent" })
  const probe = await system.spawn(Probe, { placement: "process" })
  console.log(String((await probe.ask.where()).pid))
  process.on("message", () => undefined)
  process.stdin.on("data", () => setTimeout(() => { throw new Error("nobody's") }))
`

describe("a program that ends without shutdown", () => {
  it.each(["SIGINT", "SIGTERM", "an uncaught error"])("A4 leaves no process actor behind: %s", async (end) => {
    const { url, user, password } = test.bus
    const bus = url.replace("://", `://${user}:${password}@`)
    const modules = ["../../runtime/index.js", "../fixtures/probe.js"].map((path) => new URL(path, import.meta.url).href)
    const program = spawn(
      process.execPath,
      ["--input-type=module", "-e", PROGRAM, ...modules, bus, `${test.prefix}x`, test.bus.stateDir],
      { stdio: ["pipe", "pipe", "ignore"], env: process.env },
    )
    const ended = once(program, "exit")
    const [said] = (await once(program.stdout, "data")) as [Buffer]
    const pid = Number(said.toString("utf8").trim())
    expect(isAlive(pid)).toBe(true)
    if (end === "SIGINT" || end === "SIGTERM") program.kill(end)
    else program.stdin.write("now\n")
    await ended
    expect(await eventually(() => !isAlive(pid))).toBe(true)
  })
})
