import { beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, Placement } from "../../runtime/index.js"
import { Injected } from "../fixtures/injected.js"
import { Parent } from "../fixtures/parent.js"
import { Probe } from "../fixtures/probe.js"
import { Scheduler } from "../fixtures/scheduler.js"
import { nameOf, square } from "../fixtures/square.js"
import { eventually } from "../support/eventually.js"
import { codeOfFailure, failureOf, outcomeOf, PLACEMENTS, rowOf } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()
/** One parent in each placement, each with a thread of its own below it. */
let parents: readonly (readonly [Placement, ActorRef<Parent>, ActorRef<Probe>])[]
beforeAll(async () => {
  parents = await Promise.all(
    PLACEMENTS.map(async (placement) => {
      const parent = await system.spawn(Parent, { placement })
      return [placement, parent, await parent.ask.spawn({ placement: "thread" })] as const
    }),
  )
})

describe.each(PLACEMENTS)("what an actor can do: %s", (placement) => {
  it("gets what it needs by its constructor, from providers loaded in its own host", async () => {
    const injected = await system.spawn(Injected, { placement, args: { name: "Ada" } })
    expect(await injected.ask.greet()).toBe("good day, Ada")
    const { pid, threadId } = await injected.ask.madeIn()
    const row = await rowOf(system, injected)
    expect({ pid, threadId }).toEqual({ pid: row?.pid, threadId: row?.threadId })
    await system.stop(injected)
  })

  it("gets undefined or null for its args when that is what they are", async () => {
    const [bare, nothing] = await Promise.all([
      system.spawn(Injected, { placement }),
      system.spawn(Injected, { placement, args: null }),
    ])
    expect([await bare.ask.args(), await nothing.ask.args()]).toEqual([undefined, null])
    await Promise.all([system.stop(bare), system.stop(nothing)])
  })

  it("can be made of a plain function, with a schema and the context", async () => {
    const squares = await system.spawn(square, { placement })
    expect(await squares.ask.run({ x: 7 })).toBe(49)
    expect(await codeOfFailure(squares.ask.run({ x: "7" as unknown as number }))).toBe("ERR_BAD_MESSAGE")
    await system.stop(squares)
    const named = await system.spawn(nameOf, { placement, name: `named-${placement}` })
    expect(await named.ask.run(undefined)).toBe(`named-${placement}`)
    await system.stop(named)
  })

  it("publishes events to the program and to actors everywhere, and hears theirs, in order", async () => {
    const here = await system.spawn(Scheduler, { placement })
    const others = await Promise.all(PLACEMENTS.map((other) => system.spawn(Scheduler, { placement: other })))
    const heardHere: unknown[] = []
    const stop = system.subscribe(`from-${placement}.>`, (topic, data) => heardHere.push({ topic, data }))
    for (const other of others) await other.ask.listen(`from-${placement}.*`)
    await here.ask.listen("from-program.x")
    const expected = Array.from({ length: 20 }, (_, i) => ({ topic: `from-${placement}.n${String(i % 3)}`, data: { i } }))
    // A subscription reaches the bus a moment after it is made: what is published before that is not heard.
    await eventually(async () => {
      await here.ask.announce({ topic: `from-${placement}.probe`, data: "?" })
      system.publish("from-program.x", "?")
      return (
        (await here.ask.log()).length > 0 &&
        (await Promise.all(others.map((other) => other.ask.log()))).every((log) => log.length > 0)
      )
    })
    for (const { topic, data } of expected) await here.ask.announce({ topic, data })
    const real = (log: readonly unknown[]): unknown[] => log.filter((one) => (one as { data: unknown }).data !== "?")
    await eventually(async () => {
      expect(real(heardHere)).toEqual(expected)
      for (const other of others) expect(real(await other.ask.log())).toEqual(expected)
      return true
    })
    stop()
    for (const other of others) await other.ask.unlisten(`from-${placement}.*`)
    await here.ask.announce({ topic: `from-${placement}.late`, data: "late" })
    expect(real(await (others[0] as ActorRef<Scheduler>).ask.log())).toEqual(expected)
    await Promise.all([here, ...others].map((ref) => system.stop(ref)))
  })

  it("an event with values that JSON lacks arrives as it was", async () => {
    const here = await system.spawn(Scheduler, { placement })
    const heard: unknown[] = []
    const stop = system.subscribe("rich.event", (_, data) => heard.push(data))
    await eventually(async () => {
      await here.ask.announce({ topic: "rich.event", data: { when: new Date(3), many: new Set([1n]) } })
      return heard.length > 0
    })
    stop()
    expect(heard[0]).toStrictEqual({ when: new Date(3), many: new Set([1n]) })
    await system.stop(here)
  })

  it("a bad topic, pattern or handler is refused where it is used", async () => {
    const here = await system.spawn(Scheduler, { placement, restart: "temporary" })
    expect(await codeOfFailure(here.ask.announce({ topic: "no spaces", data: 1 }))).toBe("ERR_BAD_OPTION")
    expect(() => system.publish("a..b", 1)).toThrow(/topic/)
    expect(() => system.subscribe(">.a", () => undefined)).toThrow(/pattern/)
  })

  it("is found by name, from anywhere", async () => {
    const named = await system.spawn(Probe, { placement, name: `findme-${placement}` })
    for (const [, , seeker] of parents) {
      const found = (await seeker.ask.findByName(`findme-${placement}`)) as ActorRef<Probe> | undefined
      expect(found?.equals(named)).toBe(true)
      expect(await found?.ask.echo("found")).toBe("found")
      expect(await seeker.ask.findByName("nobody-has-this-name")).toBeUndefined()
    }
    expect(await failureOf(system.spawn(Probe, { name: `findme-${placement}` }))).toMatchObject({ code: "ERR_NAME_TAKEN" })
    await system.stop(named)
    expect(await system.lookup(`findme-${placement}`)).toBeUndefined()
  })

  it("spawns children in every placement, is told of their ends, and hands their refs on", async () => {
    const parent = await system.spawn(Parent, { placement })
    for (const below of PLACEMENTS) {
      const name = `child-${placement}-${below}`
      const child = await parent.ask.spawn({ placement: below, name, restart: "temporary", args: { n: 1 } })
      expect(await child.ask.args()).toEqual({ n: 1 })
      const where = await child.ask.where()
      const parentPid = await parent.ask.pid()
      expect(where.pid === parentPid).toBe(below !== "process")
      expect((await system.lookup(name))?.equals(child)).toBe(true)
      const row = await rowOf(system, child)
      expect(row).toMatchObject({ name, parent: parent.id, status: "running" })
      expect((await parent.ask.children()).map(({ id }) => id)).toEqual([child.id])
      await outcomeOf(child.ask.crash("and the parent is told"))
      await eventually(async () => (await parent.ask.exits()).some(({ id }) => id === child.id))
      expect((await parent.ask.exits()).at(-1)).toEqual({ id: child.id, reason: "crashed" })
      expect(await parent.ask.children()).toEqual([])
      expect(await system.lookup(name)).toBeUndefined()
    }
    await system.stop(parent)
  })

  it("refs that are sent are used by the receiver, whichever hosts lie between", async () => {
    const target = await system.spawn(Probe, { placement })
    for (const [from, , caller] of parents) {
      expect(await caller.ask.askOther({ to: target, handler: "echo", input: from })).toBe(from)
      expect(await target.ask.askOther({ to: caller, handler: "echo", input: "back" })).toBe("back")
    }
    await system.stop(target)
  })

  it("has its parent told when the program ends it", async () => {
    const parent = parents.find(([where]) => where === placement)?.[1]
    if (parent === undefined) throw new Error(`no parent in ${placement}`)
    const child = await parent.ask.spawn({ placement: "inline" })
    const ending = await system.kill(child)
    expect(ending.reason.type).toBe("killed")
    await eventually(async () => (await parent.ask.exits()).length > 0)
    expect(await parent.ask.exits()).toEqual([{ id: child.id, reason: "killed" }])
  })
})

describe("spawning", () => {
  it.each([
    [{ placement: "cloud" }, "ERR_BAD_OPTION", /placement.*inline \| thread \| process.*cloud/],
    [{ name: "1st" }, "ERR_BAD_NAME", /actor name/],
    [{ name: "n".repeat(300) }, "ERR_BAD_NAME", /64 at most/],
    [{ mailbox: { capacity: 0 } }, "ERR_BAD_OPTION", /mailbox\.capacity/],
    [{ restart: "always" }, "ERR_BAD_OPTION", /permanent \| transient \| temporary/],
    [{ plcement: "inline" }, "ERR_BAD_OPTION", /plcement/],
    [{ startTimeoutMs: -1 }, "ERR_BAD_OPTION", /startTimeoutMs/],
    [{ startTimeoutMs: 0 }, "ERR_BAD_OPTION", /startTimeoutMs.*more than 0/],
  ])("refuses %j", async (options, code, message) => {
    const failure = await failureOf(system.spawn(Probe, options as never))
    expect(failure.code).toBe(code)
    expect(failure.message).toMatch(message)
  })

  it("1,000 then 4,000 inline children started and stopped: time grows linearly (scenario 9)", async () => {
    const round = async (count: number): Promise<number> => {
      const start = performance.now()
      const refs = await Promise.all(Array.from({ length: count }, () => system.spawn(Probe)))
      await Promise.all(refs.map((ref) => system.stop(ref)))
      return (performance.now() - start) / count
    }
    await round(1000)
    const few = await round(1000)
    const many = await round(4000)
    // Per actor, and with room for a busy machine: quadratic growth would make it four times.
    expect(many).toBeLessThan(3 * few + 0.2)
  })
})
