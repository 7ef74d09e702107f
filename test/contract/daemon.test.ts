import { describe, expect, it } from "vitest"
import { Probe } from "../fixtures/probe.js"
import { Parent } from "../fixtures/parent.js"
import { eventually } from "../support/eventually.js"
import { codeOfFailure, PLACEMENTS } from "../support/outcome.js"
import { type RunProgram, runProgram } from "../support/run-program.js"
import { useTestSystem } from "../support/test-system.js"
import { isAlive } from "../../runtime/internal.js"

const test = useTestSystem()
let count = 0

/** A program whose main code ends with `main`, on the test's bus or on none. */
function program(main: string, on: "bus" | "none" = "bus"): RunProgram {
  const { url, user, password } = test.bus
  const bus = on === "bus" ? url.replace("://", `://${user}:${password}@`) : false
  return runProgram(`
    const { ActorSystem } = runtime
    const { Probe } = await import(fixtures + "probe.js")
    const system = await ActorSystem.start({
      bus: ${JSON.stringify(bus)}, prefix: "${test.prefix}d${String(++count)}", stateDir: ${JSON.stringify(test.stateDir)}, logLevel: "silent",
    })
    ${main}
    console.log("main is done")
  `)
}

const CASES = [
  ...PLACEMENTS.map((placement) => [placement, "bus"] as const),
  ["inline", "none"] as const,
  ["thread", "none"] as const,
]

describe.each(CASES)("what keeps a program alive: %s, bus: %s", (placement, on) => {
  it("P9 a program with daemon actors only ends by itself when its main code is done, and stops them", async () => {
    const run = program(
      `const daemon = await system.spawn(Probe, { placement: "${placement}", daemon: true })
      const { pid } = await daemon.ask.where()
      console.log("pid " + pid + ".")`,
      on,
    )
    const { code, signal, printed } = await run.ended
    expect({ code, signal }).toEqual({ code: 0, signal: null })
    expect(printed).toContain("main is done")
    const pid = Number(/pid (\d+)\./.exec(printed)?.[1])
    expect(await eventually(() => !isAlive(pid))).toBe(true)
  })

  it("P9 an actor that is no daemon keeps the program alive until it ends by itself", async () => {
    const run = program(
      `await system.spawn(Probe, { placement: "${placement}", daemon: true })
      const probe = await system.spawn(Probe, { placement: "${placement}", restart: "transient" })
      setTimeout(() => { console.log("it lives"); probe.tell.stop() }, 300).unref()`,
      on,
    )
    const { code, printed } = await run.ended
    // A timer that keeps nothing alive itself came to a program that lived on after its main code.
    expect({ code, lived: printed.includes("it lives") }).toEqual({ code: 0, lived: true })
  })
})

describe.each(CASES)("what a pool keeps alive: %s, bus: %s", (placement, on) => {
  it("P9 a pool that nobody waits for keeps no program alive, and its workers end with it", async () => {
    const run = program(
      `const { square, where } = await import(fixtures + "tasks.js")
      const pool = await runtime.Pool.start(system, { placement: "${placement}", workers: 2 })
      console.log((await pool.map(square, [1, 2, 3])).join(" "), "pid " + (await pool.apply(where, [0])).pid + ".")`,
      on,
    )
    const { code, signal, printed } = await run.ended
    expect({ code, signal, squares: printed.includes("1 4 9") }).toEqual({ code: 0, signal: null, squares: true })
    const pid = Number(/pid (\d+)\./.exec(printed)?.[1])
    expect(await eventually(() => !isAlive(pid))).toBe(true)
  })
})

describe("what keeps a program alive", () => {
  it("P9 a program without actors ends by itself, on the bus or not", async () => {
    for (const on of ["bus", "none"] as const) expect(await program("", on).ended).toMatchObject({ code: 0 })
  })

  it("P9 what a program listens to, watches or joins keeps it alive, until it is taken back", async () => {
    const run = program(`
      const daemon = await system.spawn(Probe, { daemon: true })
      const stop = system.subscribe("never", () => undefined)
      const unwatch = system.watch(daemon, () => undefined)
      const controller = new AbortController()
      const joined = daemon.join({ signal: controller.signal }).catch((error) => console.log(error.code))
      const steps = [stop, unwatch, () => controller.abort()]
      process.on("SIGUSR2", () => { steps.shift()(); console.log("left " + steps.length + ".") })`)
    await run.said("main is done")
    for (const left of ["left 2.", "left 1.", "left 0."]) {
      run.signal("SIGUSR2")
      await run.said(left)
    }
    const { code, printed } = await run.ended
    expect({ code, joined: printed.includes("ERR_CANCELLED") }).toEqual({ code: 0, joined: true })
  })

  it("P9 what was told last is handled before the program ends", async () => {
    const run = program(`
      const daemon = await system.spawn(Probe, { placement: "process", daemon: true })
      await system.spawn(Probe, { name: "ear", restart: "transient" })
      system.subscribe("actor.ear.stopped", () => undefined)()
      const ear = await system.lookup("ear")
      daemon.tell.askOther({ to: ear, handler: "stop" })`)
    expect(await run.ended).toMatchObject({ code: 0 })
  })

  it("P9 below another actor `daemon` is refused, and one that is neither true nor false", async () => {
    const { system } = test
    expect(await codeOfFailure(system.spawn(Probe, { daemon: "yes" as unknown as boolean }))).toBe("ERR_BAD_OPTION")
    const parent = await system.spawn(Parent)
    expect(await codeOfFailure(parent.ask.spawn({ daemon: true }))).toBe("ERR_BAD_OPTION")
    await system.stop(parent)
  })
})
