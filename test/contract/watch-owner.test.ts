import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, ActorSystem, ExitReason } from "../../runtime/index.js"
import { isAlive } from "../../runtime/internal.js"
import { Parent } from "../fixtures/parent.js"
import { Probe } from "../fixtures/probe.js"
import { Watcher } from "../fixtures/watcher.js"
import { eventually } from "../support/eventually.js"
import { codeOfFailure, PLACEMENTS, terminationOf } from "../support/outcome.js"
import { runProgram, type RunProgram } from "../support/run-program.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
let system: ActorSystem
beforeAll(async () => {
  test = await startTestSystem()
  process.env["TROUPE_ASK_TIMEOUT_MS"] = "300"
  system = await test.join({ name: "impatient" })
  delete process.env["TROUPE_ASK_TIMEOUT_MS"]
})
afterAll(() => test.stop())

describe.each(["thread", "process"] as const)("an owner that is busy: %s", (placement) => {
  it("W1 longer than an ask may take does not lose its actors: the watch fires when the actor ends, and once", async () => {
    const parent = await system.spawn(Parent, { placement })
    const [child, bystander] = await Promise.all([
      parent.ask.spawn({ placement: "inline", restart: "temporary" }),
      parent.ask.spawn({ placement: "inline", restart: "temporary" }),
    ])
    const told: ExitReason["type"][] = []
    // Its whole host is busy, the part that answers other hosts included.
    bystander.tell.busy(1200)
    system.watch(child, (_, { type }) => told.push(type))
    expect(await codeOfFailure(parent.ask.children())).toBe("ERR_TIMED_OUT")
    await eventually(async () => (await bystander.ask.echo(1).catch(() => 0)) === 1)
    expect(told).toEqual([])
    await system.stop(child)
    await eventually(() => told.length > 0)
    await child.ask.echo(1).catch(() => undefined)
    expect(told).toEqual(["shutdown"])
    await system.stop(parent)
  })
})

/** A program with named probes that says when it is ready, and when five asks are with each of them. */
const PROGRAM = `
  const { Probe } = await import(fixtures + "probe.js")
  const { url, prefix, stateDir } = JSON.parse(process.env.TROUPE_TEST_PROGRAM)
  const system = await runtime.ActorSystem.start({ bus: url, prefix, stateDir, logLevel: "silent", name: "doomed" })
  for (const placement of ["inline", "thread"]) await system.spawn(Probe, { placement, name: "doomed-" + placement })
  console.log("ready")
  setInterval(async () => {
    if ((await system.ps()).every(({ inFlight }) => inFlight === 5)) console.log("all there")
  }, 20)
`

async function startDoomed(): Promise<RunProgram> {
  const { url, user, password, stateDir } = test.bus
  const bus = url.replace("://", `://${user}:${password}@`)
  const program = runProgram(PROGRAM, {
    TROUPE_TEST_PROGRAM: JSON.stringify({ url: bus, prefix: test.prefix, stateDir }),
  })
  await program.said("ready")
  return program
}

describe("a program that is ended by SIGKILL", () => {
  it("M2 W5 every ask to it settles as host lost, and every watch of its actors fires, once, within seconds", async () => {
    const program = await startDoomed()
    const names = ["doomed-inline", "doomed-thread"]
    const doomed = (await Promise.all(names.map((name) => test.system.lookup(name)))) as ActorRef<Probe>[]
    const watchers = await Promise.all(PLACEMENTS.map((placement) => test.system.spawn(Watcher, { placement })))
    for (const watcher of watchers) await watcher.ask.watch(doomed)
    const pairs = doomed.flatMap((to) => PLACEMENTS.map((placement) => ({ to, placement })))
    const askers = await Promise.all(
      pairs.map(async ({ to, placement }) => ({ to, asker: await test.system.spawn(Probe, { placement }) })),
    )
    const patient = { timeoutMs: 25_000 }
    const asked = [
      ...doomed.flatMap((to) => [to.with(patient).ask.ignore(), to.with(patient).ask.echo("behind that")]),
      ...askers.map(({ to, asker }) => asker.with(patient).ask.askOther({ to, handler: "ignore", ...patient })),
    ].map(codeOfFailure)
    const ended = doomed.map((ref) => terminationOf(test.system, ref))
    await program.said("all there")
    program.signal("SIGKILL")
    await program.ended
    const began = performance.now()
    expect(await Promise.all(ended)).toEqual(doomed.map(() => ({ type: "host-lost", known: "missed-heartbeats" })))
    expect(new Set(await Promise.all(asked))).toEqual(new Set(["ERR_HOST_LOST"]))
    expect(performance.now() - began).toBeLessThan(6000)
    for (const watcher of watchers) {
      const heard = await eventually(async () => {
        const all = await watcher.ask.heard()
        return all.length >= doomed.length ? all : undefined
      })
      expect(heard.map((one) => (one.type === "terminated" ? `${one.id} ${one.reason}` : "")).sort()).toEqual(
        doomed.map(({ id }) => `${id} host-lost`).sort(),
      )
    }
    expect(isAlive(program.pid)).toBe(false)
    await Promise.all([...watchers, ...askers.map(({ asker }) => asker)].map((ref) => test.system.stop(ref)))
  })

  it("W1 a watch of its actors afterwards fires at once", async () => {
    const program = await startDoomed()
    const ref = (await test.system.lookup("doomed-inline")) as ActorRef<Probe> | undefined
    if (ref === undefined) throw new Error("not found")
    program.signal("SIGKILL")
    await program.ended
    expect((await terminationOf(test.system, ref)).type).toBe("host-lost")
    expect(await codeOfFailure(ref.ask.echo(1))).toBe("ERR_NOT_DELIVERED")
  })
})
