import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorRef, Placement } from "../../runtime/index.js"
import { Probe } from "../fixtures/probe.js"
import { eventually } from "../support/eventually.js"
import { hold } from "../support/holding.js"
import { booksOf, codeOfFailure, failureOf, outcomeOf, PLACEMENTS, tally } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

const { system } = useTestSystem()
/** One probe in each placement, for messages from everywhere. */
let callers: readonly (readonly [Placement, ActorRef<Probe>])[]
beforeAll(async () => {
  callers = await Promise.all(PLACEMENTS.map(async (placement) => [placement, await system.spawn(Probe, { placement })] as const))
})

type AnyAsk = Readonly<Record<string, (input?: unknown) => Promise<unknown>>>

describe.each(PLACEMENTS)("messages: %s", (placement) => {
  let probe: ActorRef<Probe>
  beforeAll(async () => {
    probe = await system.spawn(Probe, { placement, name: `probe-${placement}`, mailbox: { capacity: 50_000 } })
  })
  afterAll(async () => {
    await system.stop(probe)
  })

  it("M7 a client that is awaited, or written as JSON, sends nothing", async () => {
    const found = await system.lookup(`probe-${placement}`)
    if (found === undefined) throw new Error("it has a name")
    for (const ref of [probe, found]) {
      const { sent } = await booksOf(system, probe)
      for (const client of [ref.ask, ref.tell] as const) {
        expect(await Promise.resolve(client)).toBe(client)
        expect(JSON.stringify({ client })).toBe('{"client":{}}')
      }
      expect((await booksOf(system, probe)).sent).toBe(sent)
    }
  })

  it("M1 10,000 tells of each of three senders arrive in the order they were told", async () => {
    const count = 10_000
    const receiver = await system.spawn(Probe, { placement, mailbox: { capacity: 4 * count } })
    await Promise.all(
      callers.map(([, sender], k) =>
        sender.with({ timeoutMs: 25_000 }).ask.tellRange({ to: receiver, from: (k + 1) * count, count }),
      ),
    )
    for (let i = 0; i < count; i++) receiver.tell.note(i)
    await eventually(async () => (await receiver.ask.notedCount()) === 4 * count, { timeoutMs: 20_000, everyMs: 20 })
    const noted = (await receiver.with({ timeoutMs: 20_000 }).ask.noted()) as number[]
    for (let k = 0; k < 4; k++) {
      const mine = noted.filter((i) => Math.floor(i / count) === k)
      expect(mine).toHaveLength(count)
      expect(mine.every((value, i) => value === k * count + i)).toBe(true)
    }
    await system.stop(receiver)
  })

  it("M1 a notice of death never overtakes the last message of the dead", async () => {
    const receiver = await system.spawn(Probe, { placement: "inline", mailbox: { capacity: 50_000 } })
    const sender = await system.spawn(Probe, { placement, restart: "temporary" })
    const atNotice = new Promise<number>((resolve) => {
      system.watch(sender, () => resolve(receiver.ask.notedCount()))
    })
    sender.tell.tellRange({ to: receiver, from: 0, count: 1000 })
    sender.tell.stop()
    expect(await atNotice).toBe(1000)
    await system.stop(receiver)
  })

  it("M2 an unknown handler is ERR_NO_HANDLER, also for names that every object has", async () => {
    const ask = probe.ask as unknown as AnyAsk
    for (const name of ["nowhere", "toString", "__proto__", "onStop", "context", "hasOwnProperty"]) {
      expect(await codeOfFailure(ask[name]?.("x") ?? Promise.resolve("nothing to call")), name).toBe("ERR_NO_HANDLER")
    }
    // By way of a ref that was sent, whose client knows nothing of the class.
    for (const [from, caller] of callers) {
      expect(await codeOfFailure(caller.ask.askOther({ to: probe, handler: "onStop" })), from).toBe("ERR_NO_HANDLER")
    }
  })

  it("M2 a message that does not fit is ERR_BAD_MESSAGE with the path of what is wrong", async () => {
    const failure = await failureOf(
      (probe.ask as unknown as AnyAsk)["order"]?.({ item: "nails", lines: [{ count: 1 }, { count: "two" }] }) ??
        Promise.resolve(),
    )
    expect(failure.code).toBe("ERR_BAD_MESSAGE")
    expect(failure.data["issues"]).toMatchObject([{ path: "lines[1].count" }])
    expect(failure.message).toContain("lines[1].count")
    expect(await probe.ask.order({ item: "nails", lines: [{ count: 1 }] })).toBe(6)
  })

  it("M2 a full mailbox is ERR_MAILBOX_FULL", async () => {
    const small = await system.spawn(Probe, { placement, mailbox: { capacity: 3 } })
    const holding = await hold(system, small)
    const outcomes = Array.from({ length: 5 }, (_, i) => outcomeOf(small.ask.echo(i)))
    expect(await outcomes[4]).toBe("ERR_MAILBOX_FULL")
    holding.release()
    expect(tally(await Promise.all(outcomes))).toEqual({ answered: 3, ERR_MAILBOX_FULL: 2 })
    await system.stop(small)
  })

  it("M2 the caller's signal is ERR_CANCELLED, before and during", async () => {
    expect(await codeOfFailure(probe.with({ signal: AbortSignal.abort() }).ask.echo(1))).toBe("ERR_CANCELLED")
    const holding = await hold(system, probe)
    holding.release()
    expect(await holding.outcome).toBe("ERR_CANCELLED")
  })

  it("M2 an actor that is gone is ERR_NO_ACTOR, for callers in any placement", async () => {
    const gone = await system.spawn(Probe, { placement })
    await system.stop(gone)
    expect(await codeOfFailure(gone.ask.echo(1))).toBe("ERR_NO_ACTOR")
    for (const [from, caller] of callers) {
      const code = await codeOfFailure(caller.ask.askOther({ to: gone, handler: "echo", input: 1 }))
      // Where only the bus can tell, it knows that nobody serves the host, not why.
      expect(
        from === "process" && placement === "process" ? ["ERR_NO_ACTOR", "ERR_NOT_DELIVERED"] : ["ERR_NO_ACTOR"],
        from,
      ).toContain(code)
    }
  })

  it("M2 1,000 asks in flight and the callee killed: all settle with a reason within a second (scenario 1)", async () => {
    const callee = await system.spawn(Probe, { placement, restart: "temporary", mailbox: { capacity: 2000 } })
    const holding = await hold(system, callee)
    const asks = Array.from({ length: 1000 }, (_, i) => outcomeOf(callee.with({ timeoutMs: 25_000 }).ask.echo(i)))
    await eventually(async () => (await booksOf(system, callee)).inFlight === 1001)
    const start = performance.now()
    const killed = system.kill(callee)
    const outcomes = await Promise.all(asks)
    const tookMs = performance.now() - start
    expect(tally(outcomes)).toEqual({ ERR_DIED_BEFORE_START: 1000 })
    expect(await holding.outcome).toBe("ERR_DIED_WHILE_HANDLING")
    await killed
    expect(tookMs).toBeLessThan(1000)
  })

  it("M2 asks of an actor in another host settle when the callee is killed", async () => {
    const callee = await system.spawn(Probe, { placement, restart: "temporary" })
    const holding = await hold(system, callee)
    const asked = callers.map(([, caller]) =>
      outcomeOf(caller.with({ timeoutMs: 25_000 }).ask.askOther({ to: callee, handler: "echo", input: 1 })),
    )
    await eventually(async () => (await booksOf(system, callee)).inFlight === 4)
    await system.kill(callee)
    // Each caller's own oldest ask: it cannot know whether it was begun.
    for (const outcome of asked) expect(["ERR_DIED_BEFORE_START", "ERR_DIED_WHILE_HANDLING"]).toContain(await outcome)
    expect(await holding.outcome).toBe("ERR_DIED_WHILE_HANDLING")
  })

  it("M3 a deadline that passes is ERR_TIMED_OUT, and the late answer is dropped", async () => {
    const failure = await failureOf(probe.with({ timeoutMs: 30 }).ask.slowly(80))
    expect(failure.code).toBe("ERR_TIMED_OUT")
    expect(failure.data["timeoutMs"]).toBe(30)
    expect(await probe.ask.echo("the next answer is the right one")).toBe("the next answer is the right one")
  })

  it("M3 a deadline that is no finite number of milliseconds above 0 is refused before anything is sent", () => {
    for (const timeoutMs of [0, -1, NaN, Infinity, "5" as unknown as number])
      expect(() => probe.with({ timeoutMs }), String(timeoutMs)).toThrow(/^timeoutMs: expected a finite number/)
  })

  it("M3 an expired message is not handled, it is counted", async () => {
    const fresh = await system.spawn(Probe, { placement })
    const holding = await hold(system, fresh)
    const short = fresh.with({ timeoutMs: 30 })
    const asked = outcomeOf(short.ask.note("expired ask"))
    short.tell.note("expired tell")
    fresh.tell.note("in time")
    expect(await asked).toBe("ERR_TIMED_OUT")
    // The tell's own deadline is over by now as well: it was set before that of the ask was over.
    const after = performance.now() + 30
    await eventually(() => performance.now() > after)
    holding.release()
    expect(await fresh.ask.noted()).toEqual([`held ${holding.id}`, "in time"])
    expect((await booksOf(system, fresh)).expired).toBe(2)
    await system.stop(fresh)
  })

  it("M4 the caller's signal reaches context.signal of the handler", async () => {
    const holding = await hold(system, probe)
    holding.release()
    await eventually(async () => (await probe.ask.noted()).includes(`held ${holding.id}`))
  })

  it("M4 a caller whose deadline is over aborts context.signal as well", async () => {
    const holding = await hold(system, probe, 300)
    expect(await holding.outcome).toBe("ERR_TIMED_OUT")
    await eventually(async () => (await probe.ask.noted()).includes(`held ${holding.id}`))
  })

  it("M2 a caller with a long queue of its own asks no slower than ten times one without (scenario 8)", async () => {
    const caller = await system.spawn(Probe, { placement: "inline", mailbox: { capacity: 100_000 } })
    const asking = caller.with({ timeoutMs: 25_000 }).ask
    const count = 300
    await asking.askMany({ to: probe, count })
    const empty = await asking.askMany({ to: probe, count })
    const full = asking.askMany({ to: probe, count })
    for (let i = 0; i < 90_000; i++) caller.tell.note(i)
    expect(await full).toBeLessThan(10 * empty + 200)
    await system.kill(caller)
  })
})
