import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Actor, type ActorRef, type ActorSystem, type AskOptions, handler } from "../../runtime/index.js"
import { killWith, Picky } from "../fixtures/picky.js"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { failureOf, outcomeOf, PLACEMENTS } from "../support/outcome.js"
import { startTestSystem, type TestSystem } from "../support/test-system.js"

let test: TestSystem
let system: ActorSystem
beforeAll(async () => {
  test = await startTestSystem()
  system = test.system
  killWith(system)
})
afterAll(() => test.stop())

it("a method with two parameters is no handler: it is called with one message", () => {
  class Pair extends Actor {
    // @ts-expect-error the second would be undefined
    @handler()
    sum(left: number, right: number): number {
      return left + right
    }
  }
  expect(new Pair().sum(1, 2)).toBe(3)
})

describe.each(PLACEMENTS)("a schema that takes its time: %s", (placement) => {
  it("refuses what does not fit, and the handler is not called", async () => {
    const picky = await system.spawn(Picky, { placement })
    expect(await failureOf(picky.ask.say("bad"))).toMatchObject({ code: "ERR_BAD_MESSAGE" })
    expect(await picky.ask.say("good")).toBe("good")
    expect(await picky.ask.said()).toEqual(["good"])
    await system.stop(picky)
  })

  it("M4 the caller's signal reaches the handler", async () => {
    const picky = await system.spawn(Picky, { placement })
    const caller = new AbortController()
    const begun = new Promise<void>((resolve) => {
      const stop = system.subscribe("picky.holding", () => {
        stop()
        resolve()
      })
    })
    const asked = outcomeOf(picky.with({ signal: caller.signal, timeoutMs: 20_000 }).ask.hold("on"))
    await begun
    caller.abort()
    expect(await asked).toBe("ERR_CANCELLED")
    await eventually(async () => (await picky.ask.said()).includes("held on"))
    await system.stop(picky)
  })

  it("a message can be stashed all the same, and is handled when it comes back", async () => {
    const picky = await system.spawn(Picky, { placement })
    await picky.ask.close()
    const waiting = picky.with({ timeoutMs: 20_000 }).ask.say("later")
    expect(await picky.ask.said()).toEqual([])
    await picky.ask.reopen()
    expect(await waiting).toBe("later")
    expect(await picky.ask.said()).toEqual(["later"])
    await system.stop(picky)
  })
})

describe("a schema that takes its time", () => {
  it("A5 a kill from inside the handler is refused, as from any other", async () => {
    const picky = await system.spawn(Picky)
    expect(await picky.ask.killSelf("now")).toBe("ERR_NOT_KILLABLE")
    await system.stop(picky)
  })
})

describe.each(PLACEMENTS)("a value that cannot be encoded: %s", (placement) => {
  const loop: Record<string, unknown> = { a: {} }
  loop["a"] = { b: loop }
  let probe: ActorRef<Probe>
  beforeAll(async () => {
    probe = await system.spawn(Probe, { placement })
  })

  it.each([
    [{ p: () => 1 }, "p", /^p: a function/],
    [{ list: [0, { "odd key": Symbol("s") }] }, 'list[1]["odd key"]', /^list/],
    [() => 1, "", /^the message: a function/],
    [loop, "a.b", /^a\.b: a reference back to the message itself/],
  ])("M8 %o is refused with its path from the message on", async (value, path, message) => {
    const failure = await failureOf(probe.ask.echo(value))
    expect(failure).toMatchObject({ code: "ERR_UNENCODABLE", data: { path } })
    expect(failure.message).toMatch(message)
  })

  it("M8 an answer is refused with its path from the answer on", async () => {
    expect(await failureOf(probe.ask.unencodable())).toMatchObject({ code: "ERR_UNENCODABLE", data: { path: "deep[0].run" } })
  })
})

describe("at the door", () => {
  it.each([undefined, null, 7, {}, "probe"])("S12 what is no actor class is refused: %o", async (Class) => {
    const failure = await failureOf(system.spawn(Class as never))
    expect(failure).toMatchObject({ code: "ERR_BAD_OPTION", data: { option: "actor class" } })
  })

  it("S12 spawn options that are none are refused", async () => {
    expect(await failureOf(system.spawn(Probe, null as never))).toMatchObject({ code: "ERR_BAD_OPTION" })
    expect(await failureOf(system.spawn(Probe, "inline" as never))).toMatchObject({ code: "ERR_BAD_OPTION" })
  })

  it.each([
    [{ timeoutMs: Infinity }, "timeoutMs", /above 0: every ask has a deadline, got Infinity/],
    [{ timeoutMs: 0 }, "timeoutMs", /above 0/],
    [{ timeoutMs: NaN }, "timeoutMs", /above 0/],
    [{ timeoutMs: "5s" }, "timeoutMs", /above 0/],
    [{ timeout: 5 }, "with timeout", /timeoutMs or signal/],
    [{ signal: "SIGTERM" }, "signal", /AbortSignal/],
    [undefined, "with", /object/],
  ])("M3 ask options %o are refused, naming what is wrong", async (options, option, message) => {
    const probe: ActorRef<Probe> = await system.spawn(Probe)
    const failure = await failureOf(Promise.resolve().then(() => probe.with(options as unknown as AskOptions)))
    expect(failure).toMatchObject({ code: "ERR_BAD_OPTION", data: { option } })
    expect(failure.message).toMatch(message)
    await system.stop(probe)
  })
})
