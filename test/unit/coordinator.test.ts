// The coordinator, with a source of events that is held in hand.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { Coordinator, type EventSource } from "../../runtime/events/coordinator.js"
import { BadOptionError } from "../../runtime/errors.js"
import { topicMatches, type Topic, topicPattern } from "../../runtime/wire/subject.js"

class Source implements EventSource {
  readonly listeners = new Set<(topic: string, data: unknown) => void>()

  subscribe(pattern: string, receive: (topic: string, data: unknown) => void): () => void {
    const checked = topicPattern(pattern)
    const listener = (topic: string, data: unknown): void => {
      if (topicMatches(checked, topic as Topic)) receive(topic, data)
    }
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  publish(topic: string, data?: unknown): void {
    for (const listener of [...this.listeners]) listener(topic, data)
  }
}

let source: Source
let coordinator: Coordinator

beforeEach(() => {
  vi.useFakeTimers()
  source = new Source()
  coordinator = new Coordinator(source)
})

afterEach(() => {
  // C2: whatever the test did, nothing is left.
  coordinator.close()
  expect(source.listeners.size).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

const dataOf = (events: readonly { data: unknown }[]): unknown[] => events.map(({ data }) => data)

describe("waiting for all", () => {
  it("ends with the first event of each pattern, in the order of the patterns", async () => {
    const waiting = coordinator.waitForAll(["a.done", "b.done"])
    source.publish("b.done", 1)
    source.publish("b.done", 2)
    source.publish("c.done", 3)
    source.publish("a.done", 4)
    expect(await waiting).toEqual([
      { pattern: "a.done", topic: "a.done", data: 4 },
      { pattern: "b.done", topic: "b.done", data: 1 },
    ])
  })

  it("of nothing ends at once", async () => {
    expect(await coordinator.waitForAll([])).toEqual([])
  })

  it("counts one event for each pattern that it fits", async () => {
    const waiting = coordinator.waitForAll(["*.done", "a.>"])
    source.publish("a.done", 1)
    expect(dataOf(await waiting)).toEqual([1, 1])
  })

  it("says in time which events have not come", async () => {
    const waiting = coordinator.waitForAll(["a", "b", "c"], { timeoutMs: 300 })
    const told = expect(waiting).rejects.toMatchObject({
      code: "ERR_EVENTS_MISSING",
      message: "no event a, c within 300 ms; 1 of what was waited for had come",
      data: { missing: ["a", "c"], seen: 1, timeoutMs: 300 },
    })
    source.publish("b")
    vi.advanceTimersByTime(300)
    await told
  })
})

describe("waiting for any", () => {
  it("ends with the first, and says what it was", async () => {
    const waiting = coordinator.waitForAny(["a.done", "*.failed"])
    source.publish("b.failed", "why")
    source.publish("a.done")
    expect(await waiting).toEqual({ pattern: "*.failed", topic: "b.failed", data: "why" })
  })

  it("of nothing is refused: it would never end", async () => {
    await expect(coordinator.waitForAny([] as unknown as [string])).rejects.toThrow(BadOptionError)
  })
})

describe("waiting for a count", () => {
  it("ends with that many, in the order they came", async () => {
    const waiting = coordinator.waitForCount("tick", 3)
    for (const n of [1, 2, 3, 4]) source.publish("tick", n)
    expect(dataOf(await waiting)).toEqual([1, 2, 3])
  })

  it("hears nothing from before it was called", async () => {
    source.publish("tick", 0)
    const waiting = coordinator.waitForCount("tick", 1)
    source.publish("tick", 1)
    expect(dataOf(await waiting)).toEqual([1])
  })

  it("says how many came when they were too few", async () => {
    const waiting = coordinator.waitForCount("tick", 3, { timeoutMs: 50 })
    const told = expect(waiting).rejects.toMatchObject({ code: "ERR_EVENTS_MISSING", data: { missing: ["tick"], seen: 2 } })
    source.publish("tick")
    source.publish("tick")
    vi.advanceTimersByTime(50)
    await told
  })

  it.each([0, -1, 1.5, NaN])("of %f is refused", async (count) => {
    await expect(coordinator.waitForCount("tick", count)).rejects.toThrow("count: expected a whole number, 1 or more")
  })
})

describe("a wait", () => {
  it("is given up after five seconds when nothing else was said, and never with Infinity", async () => {
    const usual = expect(coordinator.waitForCount("a", 1)).rejects.toMatchObject({ data: { timeoutMs: 5000 } })
    const patient = coordinator.waitForCount("a", 1, { timeoutMs: Infinity })
    vi.advanceTimersByTime(3_000_000_000)
    await usual
    source.publish("a", "late")
    expect(dataOf(await patient)).toEqual(["late"])
  })

  it("ends with its signal", async () => {
    const stop = new AbortController()
    const waiting = expect(coordinator.waitForAll(["a"], { signal: stop.signal })).rejects.toMatchObject({
      code: "ERR_CANCELLED",
    })
    stop.abort()
    await waiting
    await expect(coordinator.waitForAll(["a"], { signal: stop.signal })).rejects.toMatchObject({ code: "ERR_CANCELLED" })
  })

  it("ends when the coordinator is closed, and none begins afterwards", async () => {
    const waiting = expect(coordinator.waitForAny(["a"])).rejects.toMatchObject({ code: "ERR_CANCELLED" })
    coordinator.close()
    await waiting
    await expect(coordinator.waitForAny(["a"])).rejects.toMatchObject({ code: "ERR_CANCELLED" })
  })

  it("for what is no pattern is refused, and leaves the patterns before it unheard", async () => {
    await expect(coordinator.waitForAll(["a", "b..c"])).rejects.toMatchObject({ code: "ERR_BAD_OPTION" })
    expect(source.listeners.size).toBe(0)
  })

  it.each([0, -5, NaN])("within %f ms is refused", async (timeoutMs) => {
    await expect(coordinator.waitForAny(["a"], { timeoutMs })).rejects.toMatchObject({ code: "ERR_BAD_OPTION" })
  })
})
