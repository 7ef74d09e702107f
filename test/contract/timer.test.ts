import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorRef } from "../../runtime/index.js"
import { Scheduler } from "../fixtures/scheduler.js"
import { eventually } from "../support/eventually.js"
import { codeOfFailure, failureOf, outcomeOf, PLACEMENTS } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()

describe.each(PLACEMENTS)("timers and behaviour: %s", (placement) => {
  let actor: ActorRef<Scheduler>
  beforeAll(async () => {
    actor = await system.spawn(Scheduler, { placement })
  })
  afterAll(async () => {
    await system.stop(actor)
  })
  const fresh = (): Promise<ActorRef<Scheduler>> => system.spawn(Scheduler, { placement })

  it("T1 a timer comes once, a repeating one again and again, and each key is one timer", async () => {
    const one = await fresh()
    await one.ask.once({ afterMs: 5, value: "once" })
    await one.ask.every({ everyMs: 5, value: "again", key: "k" })
    const log = await eventually(async () => {
      const all = await one.ask.log()
      return all.filter((value) => value === "again").length >= 3 ? all : undefined
    })
    expect(log.filter((value) => value === "once")).toHaveLength(1)
    await system.stop(one)
  })

  it("T1 a timer of weeks and months waits its time", async () => {
    const one = await fresh()
    await one.ask.once({ afterMs: 2 ** 31, value: "in 25 days" })
    await one.ask.every({ everyMs: 2 ** 40, value: "every 35 years", key: "k" })
    await one.ask.once({ afterMs: 30, value: "soon", key: "s" })
    await eventually(async () => (await one.ask.log()).includes("soon"))
    expect(await one.ask.log()).toEqual(["soon"])
    await system.stop(one)
  })

  it("T1 a tick that is queued already is not handled once it is cancelled", async () => {
    const one = await fresh()
    expect(await one.ask.cancelWhenDue("cancelled")).toBe(true)
    await one.ask.once({ afterMs: 5, value: "later" })
    await eventually(async () => (await one.ask.log()).includes("later"))
    expect(await one.ask.log()).toEqual(["later"])
    await system.stop(one)
  })

  it("T1 a tick that is queued already is not handled once it is replaced", async () => {
    const one = await fresh()
    await one.ask.replaceWhenDue({ first: "first", second: "second" })
    await eventually(async () => (await one.ask.log()).includes("second"))
    expect(await one.ask.log()).toEqual(["second"])
    await system.stop(one)
  })

  it("T1 a tick of a previous incarnation is never handled", async () => {
    const one = await fresh()
    await failureOf(one.ask.crashWhenDue("of the dead"))
    await eventually(async () => (await outcomeOf(one.ask.once({ afterMs: 20, value: "of the living" }))) === "answered")
    await eventually(async () => (await one.ask.log()).includes("of the living"))
    expect((await one.ask.log()).filter((value) => value !== "of the living")).toEqual([])
    await system.stop(one)
  })

  it("T1 an impossible time or an unknown handler is refused where it is scheduled", async () => {
    const one = await system.spawn(Scheduler, { placement, restart: "temporary" })
    expect(await codeOfFailure(one.ask.every({ everyMs: 0, value: 1 }))).toBe("ERR_BAD_OPTION")
    const times = [{}, null, { after: 5 }, { afterMs: 5, everyMs: 5 }, { afterMs: "5" }, { everyMs: -1 }, { afterMs: Infinity }]
    expect(await actor.ask.codesOf([...times, { afterMs: 2 ** 31, key: "k" }])).toEqual([
      ...times.map(() => "ERR_BAD_OPTION"),
      "scheduled",
    ])
  })

  it("stash puts messages aside unanswered, and unstash brings them back in order, before the rest", async () => {
    await actor.ask.close()
    const passed = [1, 2, 3].map((value) => actor.ask.pass(value))
    expect(await actor.ask.log()).toEqual([])
    await actor.ask.reopen()
    expect(await Promise.all(passed)).toEqual([1, 2, 3])
    expect(await actor.ask.log()).toEqual([1, 2, 3])
  })

  it("become puts other methods in a handler's place, and unbecome undoes it", async () => {
    expect(await actor.ask.mood()).toBe("calm")
    await actor.ask.turn("wild")
    await actor.ask.turn("wilder")
    expect(await actor.ask.mood()).toBe("wilder")
    expect(await actor.ask.turnBack()).toBe(true)
    expect(await actor.ask.mood()).toBe("wild")
    expect(await actor.ask.turnBack()).toBe(true)
    expect(await actor.ask.turnBack()).toBe(false)
    expect(await actor.ask.mood()).toBe("calm")
  })
})
