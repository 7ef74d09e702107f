// What the comparison concludes from figures: quantiles, who can be told apart, what is advised.

import { describe, expect, it } from "vitest"
import { quantile } from "../../runtime/benchmark/statistics.js"
import { adviceOn } from "../../runtime/benchmark/compare/advice.js"
import { Progress } from "../../runtime/benchmark/compare/progress.js"
import type { Handover } from "../../runtime/benchmark/compare/report-schema.js"
import { cannotTell, compared, shownFigure } from "../../runtime/benchmark/compare/verdict.js"

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)

function row(carrier: Handover["carrier"], bytes: number, [min, median, max]: readonly [number, number, number]): Handover {
  const perSecond = { median: 1, min: 1, max: 1 }
  const p50 = { median, min, max }
  const outcome = { status: "measured", rounds: 3, samples: 9, p50, perSecond, inFlight: 1, copiedBytes: 0, verified: 9 } as const
  return { carrier, bytes, outcome }
}

describe("a quantile", () => {
  it("is the figure by nearest rank", () => {
    expect(quantile(upTo(1000), 0.5)).toBe(500)
    expect(quantile(upTo(1000), 0.99)).toBe(990)
    expect(quantile(upTo(1000), 0.999)).toBe(999)
  })

  it("is not made up from fewer figures than it takes", () => {
    expect(quantile(upTo(99), 0.99)).toBeUndefined()
    expect(quantile(upTo(100), 0.99)).toBe(99)
    expect(quantile(upTo(999), 0.999)).toBeUndefined()
    expect(quantile([], 0.5)).toBeUndefined()
  })
})

describe("two spreads", () => {
  it("have an order only when all rounds of one lie below all of the other", () => {
    expect(compared({ min: 1, median: 2, max: 3 }, { min: 4, median: 5, max: 6 })).toBe("less")
    expect(compared({ min: 4, median: 5, max: 6 }, { min: 1, median: 2, max: 3 })).toBe("more")
    expect(compared({ min: 1, median: 1, max: 4 }, { min: 4, median: 6, max: 6 })).toBe("cannot tell apart")
    expect(compared({ min: 1, median: 5, max: 9 }, { min: 2, median: 3, max: 4 })).toBe("cannot tell apart")
  })

  it("of few rounds must be further apart than the wider is wide: with two, ranges miss each other by chance once in three times", () => {
    const apart = (gap: number, rounds: number): string =>
      compared({ min: 1, median: 2, max: 3, rounds }, { min: 3 + gap, median: 4 + gap, max: 4 + gap, rounds })
    expect([apart(0.1, 4), apart(1.9, 3), apart(2.1, 3), apart(3.9, 2), apart(4.1, 2), apart(100, 1)]).toEqual([
      "less",
      "cannot tell apart",
      "less",
      "cannot tell apart",
      "less",
      "cannot tell apart",
    ])
  })

  it("that overlap are shown as ranges, without a winner", () => {
    expect(cannotTell({ min: 4.1, median: 5, max: 5.9 }, { min: 4.4, median: 5, max: 6.3 }, "µs")).toBe(
      "cannot tell apart: 4.1–5.9 against 4.4–6.3 µs",
    )
  })
})

describe("a figure", () => {
  it.each([
    [0, "0"],
    [0.0512, "0.051"],
    [4.123, "4.12"],
    [56.61, "56.6"],
    [1234.5, "1,235"],
  ])("of %d is shown as %s", (figure, shown) => {
    expect(shownFigure(figure)).toBe(shown)
  })
})

describe("advice", () => {
  it("names who is quicker with both ranges, and how much at least", () => {
    const [sentence] = adviceOn([row("thread-shared", 64, [2, 3, 4]), row("thread-actor", 64, [40, 50, 60])])
    expect(sentence).toBe(
      "Within a process (threads), sharing against sending: at 64 B sharing takes 2–4 µs against 40–60 µs, at least 10 times sooner.",
    )
  })

  it("does not make up a winner of ranges that overlap", () => {
    const [sentence] = adviceOn([row("process-shared", 64, [2, 3, 41]), row("process-actor", 64, [40, 50, 60])])
    expect(sentence).toContain("cannot tell apart: 2–41 against 40–60 µs")
    expect(sentence).not.toMatch(/sooner/)
  })

  it("says nothing of what was not measured", () => {
    const missing: Handover = { carrier: "process-shared", bytes: 64, outcome: { status: "not measured", why: "no mmap" } }
    expect(adviceOn([missing, row("process-actor", 64, [40, 50, 60])])).toEqual([])
  })
})

describe("progress", () => {
  it("shows the share that is done and the time that is left, by the plan first and by the pace later", () => {
    const lines: string[] = []
    const progress = new Progress(100_000, 0, (line) => lines.push(line))
    progress.say("first", 0)
    progress.done(50_000)
    progress.say("second", 100_000)
    progress.done(50_000)
    progress.say("third", 200_000)
    expect(lines.map((line) => line.replace(/^[█░]+ +/, ""))).toEqual([
      "0 %  1m 40s left  first",
      "50 %  1m 15s left  second",
      "100 %  0s left  third",
    ])
  })
})
