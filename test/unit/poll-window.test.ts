// How long a ring is looked at before its reader goes to sleep.

import { describe, expect, it } from "vitest"
import { PollWindow, WINDOW_MS } from "../../runtime/transport/poll-window.js"

const SOON = 0.1
const LATE = 50

/** Wakes it by messages in quick succession until it looks again; gives how many it took. */
function wakesUntilLooking(window: PollWindow): number {
  for (let wakes = 1; wakes <= 10_000; wakes++) {
    window.woken(SOON)
    if (window.ms > 0) return wakes
  }
  return Infinity
}

describe("a poll window", () => {
  it("looks as long as messages come while it does", () => {
    const window = new PollWindow()
    for (let i = 0; i < 100; i++) {
      window.hit()
      window.missed()
      expect(window.ms).toBe(WINDOW_MS)
    }
  })

  it("stops after looking twice in vain", () => {
    const window = new PollWindow()
    window.missed()
    expect(window.ms).toBe(WINDOW_MS)
    window.missed()
    expect(window.ms).toBe(0)
  })

  it("stays asleep while messages come far apart", () => {
    const window = new PollWindow()
    window.missed()
    window.missed()
    for (let i = 0; i < 1000; i++) {
      window.woken(SOON)
      window.woken(LATE)
    }
    expect(window.ms).toBe(0)
  })

  it("tries ever more rarely while looking does not pay, and no more rarely than every 256th message", () => {
    const window = new PollWindow()
    const needed = Array.from({ length: 8 }, () => {
      window.missed()
      window.missed()
      return wakesUntilLooking(window)
    })
    expect(needed).toEqual([8, 16, 32, 64, 128, 256, 256, 256])
  })

  it("tries sooner again once it has paid", () => {
    const window = new PollWindow()
    for (let i = 0; i < 8; i++) {
      window.missed()
      window.missed()
      wakesUntilLooking(window)
    }
    for (let i = 0; i < 300; i++) window.hit()
    window.missed()
    window.missed()
    expect(wakesUntilLooking(window)).toBe(2)
  })
})
