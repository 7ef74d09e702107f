import { getEventListeners } from "node:events"
import { describe, expect, it } from "vitest"
import { offAbort, onAbort } from "../../runtime/time/abort-listeners.js"

describe("those who wait for a signal", () => {
  it("are told once, in their order, with a single listener on the signal", () => {
    const { signal, abort } = controller()
    const told: number[] = []
    for (let i = 0; i < 100; i++) onAbort(signal, () => told.push(i))
    expect(getEventListeners(signal, "abort")).toHaveLength(1)
    abort()
    abort()
    expect(told).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })

  it("are not told once they have taken it back, also by one that is told before them, and leave nothing", () => {
    const { signal, abort } = controller()
    const told: string[] = []
    const last = (): void => void told.push("last")
    const first = (): void => {
      told.push("first")
      offAbort(signal, last)
    }
    const never = (): void => void told.push("never")
    for (const each of [never, first, last]) onAbort(signal, each)
    offAbort(signal, never)
    offAbort(signal, never)
    abort()
    expect(told).toEqual(["first"])

    const other = controller()
    onAbort(other.signal, never)
    offAbort(other.signal, never)
    expect(getEventListeners(other.signal, "abort")).toEqual([])
  })
})

function controller(): { signal: AbortSignal; abort: () => void } {
  const made = new AbortController()
  return { signal: made.signal, abort: () => made.abort() }
}
