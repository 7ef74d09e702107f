import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { endBy } from "../../runtime/supervision/death-ladder.js"
import type { HostedActor } from "../../runtime/host/actor-host.js"
import { Timers } from "../../runtime/actor/timers.js"
import { LongTimer } from "../../runtime/time/long-timer.js"

const DAY_MS = 24 * 60 * 60 * 1000

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe("a long timer", () => {
  it.each([0, 1, 10, 24, 25, 60, 400])("fires once, after %d days and not before", (days) => {
    const fired = vi.fn()
    new LongTimer(days * DAY_MS, fired)
    vi.advanceTimersByTime(Math.max(0, days * DAY_MS - 1))
    expect(fired).toHaveBeenCalledTimes(days === 0 ? 1 : 0)
    vi.advanceTimersByTime(1)
    expect(fired).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(500 * DAY_MS)
    expect(fired).toHaveBeenCalledTimes(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it("is taken back in any of its goes, and leaves nothing", () => {
    for (const days of [1, 30, 60]) {
      const fired = vi.fn()
      const timer = new LongTimer(90 * DAY_MS, fired)
      vi.advanceTimersByTime(days * DAY_MS)
      timer.cancel()
      expect(vi.getTimerCount()).toBe(0)
      vi.advanceTimersByTime(100 * DAY_MS)
      expect(fired).not.toHaveBeenCalled()
    }
  })
})

describe("what waits for a span that its user gave", () => {
  it("T1 a repeating timer of an actor keeps its span, however long it is", () => {
    const timers = new Timers()
    let ticks = 0
    timers.set("key", { everyMs: 30 * DAY_MS }, (valid) => {
      if (valid()) ticks++
    })
    vi.advanceTimersByTime(100)
    expect(ticks).toBe(0)
    vi.advanceTimersByTime(91 * DAY_MS)
    expect(ticks).toBe(3)
    timers.cancelAll()
    expect(vi.getTimerCount()).toBe(0)
  })

  it("A4 a rung of the death ladder is given its budget, however long it is", async () => {
    const taken: string[] = []
    const actor = { stop: () => taken.push("stop"), cancel: () => taken.push("cancel") } as unknown as HostedActor
    let resolve: (reason: { type: "shutdown"; known: "requested" }) => void = () => undefined
    const ended = new Promise<{ type: "shutdown"; known: "requested" }>((r) => (resolve = r))
    const budgets = { drainMs: 1, stopMs: 30 * DAY_MS, cancelMs: 1, killMs: 1 }
    const ending = endBy("stop", actor, { ended, exit: () => undefined, budgets })
    await vi.advanceTimersByTimeAsync(29 * DAY_MS)
    resolve({ type: "shutdown", known: "requested" })
    expect(await ending).toMatchObject({ rung: "stop", tookMs: 29 * DAY_MS })
    expect(taken).toEqual(["stop"])
  })
})
