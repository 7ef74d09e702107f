// Names are claimed on the bus: what becomes of a claim when the bus is away, silent, or the claimer dies meanwhile.

import { readdirSync } from "node:fs"
import { connect } from "nats"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorSystem } from "../../runtime/index.js"
import { Parent } from "../fixtures/parent.js"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { failureOf, outcomeOf } from "../support/outcome.js"
import { stateOf } from "../support/process-stat.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
let system: ActorSystem
beforeAll(async () => {
  test = await startTestSystem()
  system = test.system
})
afterAll(() => test.stop())

/** Stops the server as a whole, as a machine that thrashes does, for as long as something is done. */
async function silenced<T>(during: () => Promise<T>): Promise<T> {
  const { pid } = test.bus
  process.kill(pid, "SIGSTOP")
  try {
    // A thread of it that is at work on another core stops a moment later.
    await eventually(() => readdirSync(`/proc/${String(pid)}/task`).every((task) => stateOf(pid, task) === "T"))
    return await during()
  } finally {
    process.kill(pid, "SIGCONT")
  }
}

describe("a name", () => {
  it("that is claimed while the bus is away is not said to be taken, and is free when the bus is back", async () => {
    await test.bus.kill()
    const failure = await failureOf(system.spawn(Probe, { name: "early" }))
    expect(failure.code).toBe("ERR_BUS_UNREACHABLE")
    // Known to be away by now.
    expect((await failureOf(system.spawn(Probe, { name: "early" }))).code).toBe("ERR_BUS_UNREACHABLE")
    expect(await outcomeOf(system.spawn(Probe))).toBe("answered")
    await test.bus.restart()
    await eventually(async () => (await outcomeOf(system.spawn(Probe, { name: "early" }))) === "answered", { timeoutMs: 20_000 })
    expect((await failureOf(system.spawn(Probe, { name: "early" }))).code).toBe("ERR_NAME_TAKEN")
    const other = await test.join({ name: "other" })
    expect(await failureOf(other.spawn(Probe, { name: "early" }))).toMatchObject({
      code: "ERR_NAME_TAKEN",
      message: expect.stringContaining("program (pid") as unknown,
    })
  })

  it("that is claimed while the server does not answer is not said to be taken", async () => {
    expect((await silenced(() => failureOf(system.spawn(Probe, { name: "quiet" })))).code).toBe("ERR_BUS_UNREACHABLE")
    expect(await outcomeOf(system.spawn(Probe, { name: "quiet" }))).toBe("answered")
  })

  it("that a holder keeps silent about is taken", async () => {
    const nats = await connect({ servers: test.bus.url, user: test.bus.user, pass: test.bus.password })
    nats.subscribe(`_${test.prefix}.name.mute`, { callback: () => undefined })
    await nats.flush()
    expect(await failureOf(system.spawn(Probe, { name: "mute" }))).toMatchObject({
      code: "ERR_NAME_TAKEN",
      message: expect.stringContaining("does not say who it is") as unknown,
    })
    await nats.close()
    expect(await outcomeOf(system.spawn(Probe, { name: "mute" }))).toBe("answered")
  })

  it("that was being claimed for an actor in a thread that died meanwhile is free", async () => {
    const parent = await system.spawn(Parent, { placement: "thread", restart: "temporary" })
    await silenced(async () => {
      const spawned = outcomeOf(parent.ask.spawnBeside({ name: "orphan" }))
      // The claim has come when the next ask is answered, and waits for the server.
      await parent.ask.exits()
      await system.kill(parent)
      expect(await spawned).toBe("ERR_DIED_WHILE_HANDLING")
    })
    const other = await test.join({ name: "third" })
    await eventually(async () => (await system.lookup("orphan")) === undefined)
    expect(await outcomeOf(other.spawn(Probe, { name: "orphan" }))).toBe("answered")
    const nats = await connect({ servers: test.bus.url, user: test.bus.user, pass: test.bus.password })
    const reply = await nats.request(`${test.prefix}.orphan.echo`, '"the new one"', { timeout: 5000 })
    expect(reply.json()).toBe("the new one")
    await nats.close()
  })
})
