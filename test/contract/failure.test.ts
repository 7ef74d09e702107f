import { readdirSync } from "node:fs"
import { beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, ExitReason } from "../../runtime/index.js"
import { Faulty, type Fault } from "../fixtures/faulty.js"
import { FaultyImport } from "../fixtures/faulty-import.js"
import { Parent } from "../fixtures/parent.js"
import { Probe } from "../fixtures/probe.js"
import { Scheduler } from "../fixtures/scheduler.js"
import { eventually } from "../support/eventually.js"
import { failureOf, outcomeOf, PLACEMENTS, terminationOf } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()
let bystander: ActorRef<Scheduler>
beforeAll(async () => {
  bystander = await system.spawn(Scheduler, { name: "bystander" })
})

const CAUSES = ["constructor", "onStart", "onStartLater", "onStartStray", "onStartDetached"] as const

describe.each(PLACEMENTS)("whatever throws (scenario 2): %s", (placement) => {
  const once = { placement, restart: "temporary" } as const
  const survives = async (): Promise<void> => {
    expect(await bystander.ask.mood()).toBe("calm")
  }

  it.each(CAUSES)("A6 a throw in %s fails the spawn with its cause, and nothing is left of the actor", async (fault) => {
    const failure = await failureOf(system.spawn(Faulty, { ...once, name: `faulty-${placement}`, args: { fault } }))
    expect(failure).toMatchObject({ code: "ERR_START_FAILED", cause: { name: "TypeError", message: `fault in ${fault}` } })
    expect(failure.data["stage"]).toBe(fault === "constructor" ? "constructor" : "onStart")
    expect(await system.lookup(`faulty-${placement}`)).toBeUndefined()
    await survives()
  })

  it("A6 a start that takes too long is given up, and nothing is left of the actor", async () => {
    const args: { fault: Fault } = { fault: "onStartForever" }
    const failure = await failureOf(system.spawn(Faulty, { ...once, name: `late-${placement}`, args, startTimeoutMs: 2_000 }))
    expect(failure.code).toBe("ERR_START_TIMED_OUT")
    expect((await system.ps()).filter(({ name }) => name === `late-${placement}`)).toEqual([])
    expect(await system.lookup(`late-${placement}`)).toBeUndefined()
    await survives()
  })

  it("A6 a throw in a handler is told to the caller and to the parent", async () => {
    const parent = await system.spawn(Parent, { placement: "inline" })
    const child = await parent.ask.spawnFaulty({ fault: "none", options: once })
    expect(await failureOf(child.ask.crash())).toMatchObject({ name: "RangeError", message: "fault in handler" })
    await eventually(async () => (await parent.ask.exits()).length > 0)
    expect(await parent.ask.exits()).toEqual([{ id: child.id, reason: "crashed" }])
    await system.stop(parent)
    await survives()
  })

  it("A6 a handler that calls itself without end ends its actor with that cause, and nobody else", async () => {
    const probe = await system.spawn(Probe, once)
    const ended = terminationOf(system, probe)
    expect(await failureOf(probe.ask.recurse())).toMatchObject({ name: "RangeError" })
    expect(await ended).toMatchObject({ type: "crashed", error: { name: "RangeError" } })
    await survives()
  })

  it("A6 an answer that throws when it is looked at ends its actor with that cause, and nobody else", async () => {
    const probe = await system.spawn(Probe, once)
    const ended = terminationOf(system, probe)
    expect(await failureOf(probe.ask.answerThrowingThen("do not look"))).toMatchObject({
      name: "TypeError",
      message: "do not look",
    })
    expect(await ended).toMatchObject({ type: "crashed", error: { message: "do not look" } })
    await survives()
  })

  it.each(["throwInTimer", "rejectDetached"] as const)(
    "A6 %s ends the actor with the cause, and no ask is left pending",
    async (how) => {
      const probe = await system.spawn(Probe, once)
      const ended = terminationOf(system, probe)
      const waiting = [
        probe.ask[how]("stray"),
        probe.with({ timeoutMs: 20_000 }).ask.ignore(),
        probe.with({ timeoutMs: 20_000 }).ask.echo(1),
      ].map(outcomeOf)
      expect(await ended).toMatchObject({ type: "crashed", error: { message: "stray" } } satisfies Partial<ExitReason> | object)
      expect(["answered", "ERR_DIED_WHILE_HANDLING"]).toContain(await waiting[0])
      expect(["ERR_DIED_WHILE_HANDLING", "ERR_DIED_BEFORE_START"]).toContain(await waiting[1])
      expect(["ERR_DIED_WHILE_HANDLING", "ERR_DIED_BEFORE_START"]).toContain(await waiting[2])
      await survives()
    },
  )
})

describe.each(["thread", "process"] as const)("whatever throws in a host of its own: %s", (placement) => {
  it("A6 a module that throws on import fails the spawn with its cause", async () => {
    const failure = await failureOf(system.spawn(FaultyImport, { placement, name: `import-${placement}` }))
    expect(failure.code).toBe("ERR_START_FAILED")
    expect(failure.data["stage"]).toBe("import")
    expect(failure.message).toContain("fault in import")
    expect(await bystander.ask.mood()).toBe("calm")
    expect(await system.lookup(`import-${placement}`)).toBeUndefined()
  })
})

describe.each(["thread", "process"] as const)("an actor whose output nobody reads: %s", (placement) => {
  it("A6 prints without harm when its streams are closed, and ends in order", async () => {
    const probe = await system.spawn(Probe, { placement, restart: "temporary" })
    for (let n = 0; n < 3; n++) expect(await probe.ask.printToNobody()).toBe("printed")
    expect(await probe.ask.echo(1)).toBe(1)
    const ended = terminationOf(system, probe)
    await probe.ask.stop()
    expect(await ended).toEqual({ type: "normal", known: "returned" })
    await expect(bystander.ask.mood()).resolves.toBe("calm")
  })
})

describe("process actors", () => {
  it("have as many files open as the first, however many there are", async () => {
    const pids: number[] = []
    const all: ActorRef<Probe>[] = []
    for (let n = 0; n < 4; n++) {
      const probe = await system.spawn(Probe, { placement: "process", restart: "temporary" })
      all.push(probe)
      pids.push((await probe.ask.where()).pid)
    }
    await eventually(() => {
      const counts = pids.map((pid) => readdirSync(`/proc/${String(pid)}/fd`).length)
      return Math.max(...counts) - Math.min(...counts) <= 1
    })
    for (const probe of all) await system.kill(probe)
  })
})

describe("a folder of actors", () => {
  it("A6 a module that throws on import is named with its cause, and the rest can be used", async () => {
    const folder = new URL("../fixtures/", import.meta.url).pathname
    await system.kinds.addFolder(folder)
    expect(system.kinds.problems).toContainEqual(
      expect.objectContaining({
        file: expect.stringContaining("throws-on-import.js") as string,
        message: expect.stringContaining("fault in import") as string,
      }),
    )
    expect(system.kinds.get("probe").Class).toBe(Probe)
  })
})
