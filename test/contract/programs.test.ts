import { beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, ActorSystem } from "../../runtime/index.js"
import { Probe } from "../fixtures/probe.js"
import { Scheduler } from "../fixtures/scheduler.js"
import { Watcher } from "../fixtures/watcher.js"
import { eventually } from "../support/eventually.js"
import { hold } from "../support/holding.js"
import { codeOfFailure, failureOf, PLACEMENTS, terminationOf } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system: here, join } = useTestSystem()
let there: ActorSystem
beforeAll(async () => {
  there = await join({ name: "second" })
})

describe.each(PLACEMENTS)("two programs on one bus: %s", (placement) => {
  it("a name is unique among them, and ERR_NAME_TAKEN says who has it", async () => {
    const probe = await there.spawn(Probe, { placement, name: `only-${placement}` })
    const failure = await failureOf(here.spawn(Probe, { placement, name: `only-${placement}` }))
    expect(failure.code).toBe("ERR_NAME_TAKEN")
    expect(failure.message).toContain("second")
    expect(failure.message).toContain(String(process.pid))
    await there.stop(probe)
    const again = await here.spawn(Probe, { placement, name: `only-${placement}` })
    await here.stop(again)
  })

  it("of two that claim a name at once one gets it", async () => {
    for (let round = 0; round < 5; round++) {
      const name = `race-${placement}-${String(round)}`
      const results = await Promise.allSettled([here, there].map((system) => system.spawn(Scheduler, { name })))
      expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"])
      for (const [i, result] of results.entries())
        if (result.status === "fulfilled") await (i === 0 ? here : there).stop(result.value)
    }
  })

  it("an actor of the other is found by name, asked, watched, cancelled and killed", async () => {
    await there.spawn(Probe, { placement, name: `far-${placement}`, restart: "temporary" })
    const far = (await here.lookup(`far-${placement}`)) as ActorRef<Probe> | undefined
    if (far === undefined) throw new Error("not found")
    expect(far.kind).toBe("probe")
    expect(await far.ask.echo({ n: 1n })).toEqual({ n: 1n })
    expect((await far.ask.where()).placement).toBe(placement)

    const holding = await hold(here, far)
    holding.release()
    await eventually(async () => (await far.ask.noted()).includes(`held ${holding.id}`))

    const ended = terminationOf(here, far)
    const watcher = await here.spawn(Watcher, { placement })
    await watcher.ask.watch([far])
    const again = await hold(here, far)
    const ending = await here.kill(far)
    expect(ending.reason.type).toBe("killed")
    expect((await ended).type).toBe("killed")
    expect(await again.outcome).toBe("ERR_DIED_WHILE_HANDLING")
    await eventually(async () => (await watcher.ask.heard()).length > 0)
    expect(await watcher.ask.heard()).toEqual([{ type: "terminated", id: far.id, reason: "killed" }])
    expect(["ERR_NO_ACTOR", "ERR_NOT_DELIVERED"]).toContain(await codeOfFailure(far.ask.echo(1)))
    expect(await here.lookup(`far-${placement}`)).toBeUndefined()
    await here.stop(watcher)
  })

  it("events go from each to the other", async () => {
    const heard: unknown[] = []
    const stop = here.subscribe(`between.${placement}`, (_, data) => heard.push(data))
    const far = await there.spawn(Scheduler, { placement })
    await far.ask.listen(`back.${placement}`)
    await eventually(async () => {
      await far.ask.announce({ topic: `between.${placement}`, data: "hello" })
      here.publish(`back.${placement}`, "hello yourself")
      return heard.length > 0 && (await far.ask.log()).length > 0
    })
    stop()
    await there.stop(far)
  })
})

describe("a program that leaves", () => {
  it("frees its names, and its actors' watchers and callers are told", async () => {
    const third = await join({ name: "third" })
    const probe = await third.spawn(Probe, { name: "leaver", restart: "temporary" })
    const far = (await here.lookup("leaver")) as ActorRef<Probe> | undefined
    if (far === undefined) throw new Error("not found")
    const ended = terminationOf(here, far)
    expect(await far.ask.echo(1)).toBe(1)
    await third.shutdown()
    expect((await ended).type).toBe("shutdown")
    expect(await codeOfFailure(far.ask.echo(1))).toBe("ERR_NOT_DELIVERED")
    expect(await here.lookup("leaver")).toBeUndefined()
    expect(await codeOfFailure(third.spawn(Probe))).toBe("ERR_SHUT_DOWN")
    expect(await codeOfFailure(probe.ask.echo(1))).toBe("ERR_NO_ACTOR")
  })
})
