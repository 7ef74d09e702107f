import { describe, expect, it } from "vitest"
import { DeadlineEntry, DeadlineQueue } from "../../runtime/time/deadline-queue.js"
import { eventually } from "../support/eventually.js"

class Due extends DeadlineEntry {
  readonly #expired: (entry: Due) => void

  constructor(expired: (entry: Due) => void = () => undefined) {
    super()
    this.#expired = expired
  }

  override expire(): void {
    this.#expired(this)
  }
}

const timers = (): number => process.getActiveResourcesInfo().filter((type) => type === "Timeout").length

describe("DeadlineQueue", () => {
  it("keeps no timers for spans that nothing stands in, but for the last", () => {
    const queue = new DeadlineQueue()
    const before = timers()
    const entries = Array.from({ length: 500 }, (_, i) => {
      const entry = new Due()
      queue.add(entry, 60_000 + i)
      return entry
    })
    expect(timers()).toBe(before + 500)
    for (const entry of entries) queue.remove(entry)
    expect(timers()).toBeLessThanOrEqual(before + 1)
    for (let i = 0; i < 500; i++) {
      const entry = new Due()
      queue.add(entry, 30_000 + i)
      queue.remove(entry)
    }
    expect(timers()).toBeLessThanOrEqual(before + 1)
    queue.clear()
    expect(timers()).toBe(before)
  })

  it("expires each entry once it is due, in order within a span, and none that was removed", async () => {
    const queue = new DeadlineQueue()
    const expired: Due[] = []
    const entries = Array.from({ length: 6 }, () => new Due((entry) => expired.push(entry)))
    for (const [i, entry] of entries.entries()) queue.add(entry, i % 2 === 0 ? 20 : 10)
    const [, removed] = entries
    if (removed !== undefined) queue.remove(removed)
    // A list that was left empty and one that is used again are armed anew.
    const again = new Due((entry) => expired.push(entry))
    queue.add(again, 10)
    await eventually(() => expired.length === 6)
    expect(expired).toEqual([entries[3], entries[5], again, entries[0], entries[2], entries[4]])
    expect(expired.every((entry) => entry.dueAt <= performance.now())).toBe(true)
  })
})
