// How long a ring is looked at before its reader goes to sleep.

import { describe, expect, it } from "vitest"
import { PollWindow, TRIAL_MS, WINDOW_MS } from "../../runtime/transport/poll-window.js"

const SOON = 0.1
const LATE = 50

/** Wakes it by messages in quick succession until it looks again; gives how many it took. */
function wakesUntilLooking(window: PollWindow, now = 0): number {
  for (let wakes = 1; wakes <= 10_000; wakes++) {
    window.woken(SOON, now)
    if (window.isOpen) return wakes
  }
  return Infinity
}

describe("a poll window", () => {
  it("looks as long as messages come while it does", () => {
    const window = new PollWindow()
    for (let i = 0; i < 100; i++) {
      window.hit()
      window.missed()
      expect(window.msAt(0)).toBe(WINDOW_MS)
    }
  })

  it("stops after looking twice in vain", () => {
    const window = new PollWindow()
    window.missed()
    expect(window.msAt(0)).toBe(WINDOW_MS)
    window.missed()
    expect(window.msAt(0)).toBe(0)
  })

  it("stays asleep while messages come far apart", () => {
    const window = new PollWindow()
    window.missed()
    window.missed()
    for (let i = 0; i < 1000; i++) {
      window.woken(SOON, 0)
      window.woken(LATE, 0)
    }
    expect(window.msAt(0)).toBe(0)
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

  it("looks for longer when it begins again, as long as a kernel takes to give both sides a core, and ever more rarely", () => {
    const window = new PollWindow()
    const trials: number[] = []
    for (let now = 0; now < 60_000; now += 10) {
      window.missed()
      window.missed()
      expect(window.msAt(now)).toBe(0)
      wakesUntilLooking(window, now)
      if (window.msAt(now) === WINDOW_MS) continue
      expect(window.msAt(now)).toBe(TRIAL_MS)
      expect(window.msAt(now + TRIAL_MS)).toBe(WINDOW_MS)
      trials.push(now)
    }
    expect(trials).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500])
  })
})
