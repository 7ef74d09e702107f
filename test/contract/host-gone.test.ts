// Messages to a host that is gone, going, or not there yet.

import { fork } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, ActorSystem, DeadLetter } from "../../runtime/index.js"
import { Eager } from "../fixtures/eager.js"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { outcomeOf, PLACEMENTS, rowOf, tally } from "../support/outcome.js"
import { strikeProcess } from "../support/strike.js"
import { makeTempDir } from "../support/temp-dir.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
let system: ActorSystem
const dir = makeTempDir()
beforeAll(async () => {
  test = await startTestSystem()
  system = test.system
})
afterAll(async () => {
  await test.stop()
  dir.remove()
})

describe.each(PLACEMENTS)("a host that goes or comes: %s", (placement) => {
  it("M2 what is posted in the moment in which an actor ends for good is refused, not forgotten", async () => {
    const name = `going-${placement}`
    const probe = await system.spawn(Probe, { placement, name })
    const letters: DeadLetter[] = []
    const stopListening = system.subscribe("dead-letter", (_, data) => letters.push(data as DeadLetter))
    const asked: Promise<string>[] = []
    const stop = system.subscribe(`actor.${name}.*`, (topic) => {
      if (!topic.endsWith("killed")) return
      for (let i = 0; i < 3; i++) {
        asked.push(outcomeOf(probe.with({ timeoutMs: 25_000 }).ask.echo(i)))
        probe.tell.note(i)
      }
    })
    await system.kill(probe)
    stop()
    const start = performance.now()
    const outcomes = tally(await Promise.all(asked))
    expect(performance.now() - start).toBeLessThan(5_000)
    expect([{ ERR_NO_ACTOR: 3 }, { ERR_STOPPING: 3 }, { ERR_DIED_BEFORE_START: 3 }]).toContainEqual(outcomes)
    await eventually(() => letters.filter(({ actor, handler }) => actor === probe.id && handler === "note").length === 3)
    stopListening()
  })

  it("an actor may ask others, and look for them, before it is ready itself", async () => {
    const other = await system.spawn(Probe, { placement: "inline", name: `other-${placement}` })
    const eager = await system.spawn(Eager, { placement, args: { ask: other, find: other.name } })
    expect(await eager.ask.answers()).toEqual(["early", other.name])
    await system.stop(eager)
    await system.stop(other)
  })

  it("S7 what is sent to an actor while it is started again waits for it, from callers everywhere", async () => {
    const name = `again-${placement}`
    const probe = await system.spawn(Probe, { placement, name })
    const callers: readonly ActorRef<Probe>[] = await Promise.all(
      PLACEMENTS.map((where) => system.spawn(Probe, { placement: where })),
    )
    for (const caller of callers) await caller.ask.askOther({ to: probe, handler: "where" })
    const before = await probe.ask.where()
    const down = new Promise<void>((resolve) => {
      const stop = system.subscribe(`actor.${name}.crashed`, () => {
        stop()
        resolve()
      })
    })
    const crashed = outcomeOf(probe.ask.crash("by request"))
    await down
    const lives = callers.map(async (caller) => caller.with({ timeoutMs: 20_000 }).ask.askOther({ to: probe, handler: "where" }))
    for (const life of await Promise.all(lives)) expect((life as typeof before).life).not.toBe(before.life)
    await crashed
    for (const caller of callers) await system.stop(caller)
    await system.stop(probe)
  })
})

describe("a process that is killed", () => {
  it("M2 what is sent to a process that is gone and whose end nobody knows of yet waits for the next", async () => {
    const placement = "process"
    const probe = await system.spawn(Probe, { placement })
    const caller = await system.spawn(Probe, { placement })
    await caller.ask.askOther({ to: probe, handler: "echo", input: 1 })
    const before = await probe.ask.where()
    const row = await rowOf(system, probe)
    strikeProcess(row?.pid)
    const asks = Array.from({ length: 20 }, () => probe.with({ timeoutMs: 20_000 }).ask.where())
    const far = caller.with({ timeoutMs: 20_000 }).ask.askOther({ to: probe, handler: "where" })
    // Those that had reached the kernel of the dead process died with it; those that found nobody wait.
    const outcomes = await Promise.all(asks.map(outcomeOf))
    for (const outcome of outcomes) expect(["answered", "ERR_DIED_BEFORE_START"]).toContain(outcome)
    expect(["answered", "ERR_DIED_BEFORE_START"]).toContain(await outcomeOf(far))
    expect((await probe.ask.where()).life).not.toBe(before.life)
    await system.stop(caller)
    await system.stop(probe)
  })
})

describe("a program that is killed", () => {
  it("M2 every ask of a long burst to it is told that it was not delivered", async () => {
    const index = new URL("../../runtime/index.js", import.meta.url).href
    const module = new URL("../fixtures/probe.js", import.meta.url).href
    const url = new URL(test.bus.url)
    url.username = test.bus.user
    url.password = test.bus.password
    const file = join(dir.path, "program.mjs")
    writeFileSync(
      file,
      `const { ActorSystem } = await import(${JSON.stringify(index)})
       const { Probe } = await import(${JSON.stringify(module)})
       const system = await ActorSystem.start({
         bus: ${JSON.stringify(url.href)}, prefix: ${JSON.stringify(test.prefix)}, stateDir: ${JSON.stringify(join(dir.path, "state"))},
         name: "victim", logLevel: "silent" })
       await system.spawn(Probe, { name: "victim" })
       process.send("ready")`,
    )
    const program = fork(file, { stdio: "ignore" })
    await once(program, "message")
    const victim = (await system.lookup("victim")) as ActorRef<Probe>
    expect(await victim.ask.echo("there")).toBe("there")
    const exited = once(program, "exit")
    program.kill("SIGKILL")
    await exited
    await eventually(async () => (await outcomeOf(victim.ask.echo(0))) === "ERR_NOT_DELIVERED")
    const start = performance.now()
    const outcomes = await Promise.all(
      Array.from({ length: 20_000 }, (_, i) => outcomeOf(victim.with({ timeoutMs: 20_000 }).ask.echo(i))),
    )
    expect(tally(outcomes)).toEqual({ ERR_NOT_DELIVERED: 20_000 })
    expect(performance.now() - start).toBeLessThan(10_000)
  })
})
