// What the comparison concludes from figures: quantiles, who can be told apart, what is advised.

import { describe, expect, it } from "vitest"
import { quantile } from "../../runtime/benchmark/statistics.js"
import { adviceOn } from "../../runtime/benchmark/compare/advice.js"
import { Progress } from "../../runtime/benchmark/compare/progress.js"
import type { Handover, WorkloadReport } from "../../runtime/benchmark/compare/report-schema.js"
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
    // Both twice as much at most as at least, and so many times apart.
    const apart = (gap: number, rounds: number): string =>
      compared({ min: 1, median: 1.5, max: 2, rounds }, { min: 2 * gap, median: 3 * gap, max: 3 * gap, rounds })
    expect([apart(1.06, 4), apart(1.9, 3), apart(2.1, 3), apart(3.9, 2), apart(4.1, 2), apart(100, 1)]).toEqual([
      "less",
      "cannot tell apart",
      "less",
      "cannot tell apart",
      "less",
      "cannot tell apart",
    ])
  })

  it("are apart by factors, not by what the wider one spans: 129 is not among 3,956 to 7,445", () => {
    const [quick, slow] = [{ min: 129, median: 129, max: 129.4, rounds: 2 }, { min: 3956, median: 5700, max: 7445, rounds: 2 }] // prettier-ignore
    expect([compared(quick, slow), compared(slow, quick)]).toEqual(["less", "more"])
  })

  it("are not told apart by a tick of the clock", () => {
    expect(compared({ min: 0.45, median: 0.45, max: 0.45 }, { min: 0.46, median: 0.46, max: 0.46 })).toBe("cannot tell apart")
  })

  it("may begin at nothing: then something is more, and with few rounds nobody knows", () => {
    const none = { min: 0, median: 0, max: 0, rounds: 4 }
    expect(compared(none, { min: 1, median: 2, max: 3, rounds: 4 })).toBe("less")
    expect(compared({ ...none, rounds: 2 }, { min: 0, median: 2, max: 3, rounds: 2 })).toBe("cannot tell apart")
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
  it("begins with what to do, with both ranges, and how much at least", () => {
    const [sentence] = adviceOn([row("thread-shared", 64, [2, 3, 4]), row("thread-actor", 64, [40, 50, 60])])
    expect(sentence).toBe("Within a process, share: sharing takes 2–4 against 40–60 µs at 64 B, at least 10 times sooner.")
  })

  it("of several sizes gives the smallest and the largest where they agree", () => {
    const sizes = [64, 1024, 65_536].flatMap((bytes) => [row("process-shared", bytes, [2, 3, 4]), row("process-actor", bytes, [40, 50, 60])]) // prettier-ignore
    expect(adviceOn(sizes)).toEqual([
      "Between processes, share: sharing is sooner at all 3 sizes: sharing takes 2–4 against 40–60 µs at 64 B, at least 10 times sooner; sharing takes 2–4 against 40–60 µs at 64 KiB, at least 10 times sooner.",
    ])
  })

  it("says at how many sizes each is sooner, and where nobody is", () => {
    const at = (bytes: number, shared: readonly [number, number, number]): Handover[] => [row("thread-shared", bytes, shared), row("thread-actor", bytes, [40, 50, 60])] // prettier-ignore
    const some = [...at(64, [2, 3, 4]), ...at(128, [3, 3, 4]), ...at(256, [30, 50, 70])]
    expect(adviceOn(some)).toEqual([
      "Within a process, share: sharing is sooner at 2 of 3 sizes: sharing takes 2–4 against 40–60 µs at 64 B, at least 10 times sooner; sharing takes 3–4 against 40–60 µs at 128 B, at least 10 times sooner; at 256 B cannot tell apart: 30–70 against 40–60 µs.",
    ])
    expect(adviceOn([...some, ...at(512, [90, 95, 99])])[0]).toMatch(
      /^Within a process, it depends on the size: sharing is sooner at 2 of 4 sizes: .*; sending is sooner at 1 of 4 sizes: sending takes 40–60 against 90–99 µs at 512 B, at least 1.5 times sooner; at 256 B/,
    )
  })

  it("has what a thread and a process cost to have", () => {
    const costs = (id: string, thread: number, process: number): WorkloadReport => ({
      id, title: id, question: "", unit: "", better: "less", notes: [],
      points: [["thread", thread] as const, ["process", process] as const].map(([series, x]) => ({ series, outcome: { status: "measured", spread: { min: x, median: x + 1, max: x + 2 }, rounds: 5 } })),
    }) // prettier-ignore
    expect(adviceOn([], [costs("memory", 9, 18), costs("spawn", 49, 50)])).toEqual([
      "To have, a thread costs, against a process: 9–11 against 18–20 MiB of memory; cannot tell apart: 49–51 against 50–52 ms to start.",
    ])
  })

  it("does not make up a winner of ranges that overlap", () => {
    const [sentence] = adviceOn([row("process-shared", 64, [2, 3, 41]), row("process-actor", 64, [40, 50, 60])])
    expect(sentence).toBe("Between processes, share or send as you like: at 64 B cannot tell apart: 2–41 against 40–60 µs.")
  })

  it("says which work is done sooner where one is", () => {
    const all = [row("inline", 64, [0.4, 0.5, 0.6]), row("thread-actor", 64, [8, 9, 10]), row("process-actor", 64, [100, 150, 190])] // prettier-ignore
    expect(adviceOn(all)).toEqual([
      "For messages, take a thread: a thread takes 8–10 against 100–190 µs at 64 B, at least 10 times sooner.",
      "Short work, do where you are: a message of 64 B takes 0.4–0.6 µs inline, 8–10 µs to a thread and 100–190 µs to a process; what takes less than 8 µs is done sooner without a thread, what takes less than 100 µs without a process.",
    ])
  })

  it("says nothing of what was not measured", () => {
    const missing: Handover = { carrier: "process-shared", bytes: 64, outcome: { status: "not measured", why: "no mmap" } }
    expect(adviceOn([missing, row("process-actor", 64, [40, 50, 60])])).toEqual([])
  })
})

describe("progress", () => {
  it("does not foretell more than the time that a run may take", () => {
    const lines: string[] = []
    new Progress({ plannedMs: 100_000, mostMs: 40_000 }, 0, (line) => lines.push(line)).say("first", 0)
    expect(lines[0]).toContain("40s left")
  })

  it("shows the share that is done and the time that is left, by the plan first and by the pace later", () => {
    const lines: string[] = []
    const progress = new Progress({ plannedMs: 100_000, mostMs: 100_000 }, 0, (line) => lines.push(line))
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
