// A caller that gives up, and a handler that heeds it: no fault of the actor. And what a handler throws that is no Error.

import { randomUUID } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ActorRef } from "../../runtime/index.js"
import { Heeding, type Way } from "../fixtures/heeding.js"
import { eventually } from "../support/eventually.js"
import { booksOf, failureOf, outcomeOf, PLACEMENTS, rowOf, tally } from "../support/outcome.js"
import { useTestSystem } from "../support/test-system.js"

// A handler that does not finish is cancelled after this, not after the five seconds of a user's program.
beforeAll(() => {
  process.env["TROUPE_SHUTDOWN_STOP_MS"] = "500"
})
const { system } = useTestSystem()
afterAll(() => {
  delete process.env["TROUPE_SHUTDOWN_STOP_MS"]
})
const WAYS: readonly Way[] = ["reason", "platform", "ask"]

describe.each(PLACEMENTS)("giving up: %s", (placement) => {
  /** Makes an ask, and has its caller give up once the handler is at work. */
  const giveUp = async (ask: (id: string, signal: AbortSignal) => Promise<unknown>): Promise<string> => {
    const id = randomUUID()
    const caller = new AbortController()
    const unsubscribe = system.subscribe("heeding.waits", (_, data) => {
      if (data === id) caller.abort()
    })
    const outcome = await outcomeOf(ask(id, caller.signal))
    unsubscribe()
    return outcome
  }
  const settled = async (ref: ActorRef): Promise<void> => {
    await eventually(async () => (await booksOf(system, ref)).inFlight === 0)
  }

  it.each(WAYS)("M4 a handler that throws because its caller gave up ends nothing, and state is kept: %s", async (way) => {
    const ref = await system.spawn(Heeding, { placement })
    // More often than restarts are allowed.
    for (let i = 1; i <= 5; i++) {
      const outcome = await giveUp((id, signal) => ref.with({ signal, timeoutMs: 25_000 }).ask.wait({ id, way }))
      expect(outcome).toBe("ERR_CANCELLED")
      expect(await ref.ask.calls()).toBe(i)
    }
    expect(await rowOf(system, ref)).toMatchObject({ status: "running", restarts: 0 })
    await settled(ref)
    expect((await booksOf(system, ref)).failed).toBe(5)
    await system.stop(ref)
  })

  it("M4 nor does one whose caller's deadline is over", async () => {
    const ref = await system.spawn(Heeding, { placement })
    expect(await outcomeOf(ref.with({ timeoutMs: 300 }).ask.wait({ id: "late", way: "platform" }))).toBe("ERR_TIMED_OUT")
    expect(await ref.ask.calls()).toBe(1)
    await system.stop(ref)
  })

  it("A6 what else it throws after its caller gave up ends it as ever", async () => {
    const ref = await system.spawn(Heeding, { placement })
    expect(await giveUp((id, signal) => ref.with({ signal, timeoutMs: 25_000 }).ask.fail(id))).toBe("ERR_CANCELLED")
    await eventually(async () => (await rowOf(system, ref))?.restarts === 1)
    await system.stop(ref)
  })

  it.each(WAYS)("A4 a handler that heeds being cancelled ends its actor in order: %s", async (way) => {
    const ref = await system.spawn(Heeding, { placement })
    const waits = new Promise<void>((resolve) => {
      const unsubscribe = system.subscribe("heeding.waits", () => {
        unsubscribe()
        resolve()
      })
    })
    const asked = outcomeOf(ref.with({ timeoutMs: 25_000 }).ask.wait({ id: "stopped", way }))
    await waits
    expect(await system.stop(ref)).toMatchObject({ rung: "cancel", reason: { type: "shutdown" } })
    expect(await asked).not.toBe("answered")
  })

  it.each([
    ["null", "null"],
    ["text", "a text"],
    ["proxy", expect.any(String) as string],
  ] as const)("M9 what is thrown and is no Error arrives as one: %s", async (what, message) => {
    const ref = await system.spawn(Heeding, { placement })
    expect(await failureOf(ref.ask.throwOdd(what))).toMatchObject({ name: "NonError", message })
    await settled(ref)
    await system.stop(ref)
  })

  it("S9 an actor that is about to be started again is never said to be gone", async () => {
    const ref = await system.spawn(Heeding, { placement })
    const crash = outcomeOf(ref.ask.throwOdd("text"))
    const seen = { crash: false }
    void crash.then(() => (seen.crash = true))
    const asked: Promise<string>[] = []
    // Until some turns of the event loop after the crash: some come when it has ended and its owner does not know yet.
    for (let after = 0; after < 100; after += seen.crash ? 1 : 0) {
      asked.push(outcomeOf(ref.with({ timeoutMs: 20_000 }).ask.calls()))
      await new Promise(setImmediate)
    }
    expect(tally(await Promise.all(asked))).not.toHaveProperty("ERR_NO_ACTOR")
    await system.stop(ref)
  })
})
