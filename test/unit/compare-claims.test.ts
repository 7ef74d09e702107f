// What changed since an earlier report, which carrier for which rate, and what is made of what is said of threads and processes.

import { describe, expect, it } from "vitest"
import { changesSince, changesText } from "../../runtime/benchmark/compare/against.js"
import { breakEvens } from "../../runtime/benchmark/compare/break-even.js"
import { claimsOn } from "../../runtime/benchmark/compare/claims.js"
import { type Offered, REPORT_VERSION, type Report, type WorkloadReport } from "../../runtime/benchmark/compare/report-schema.js"

type Range = readonly [min: number, median: number, max: number]

const machine: Report["machine"] = {
  cpu: "x", cores: 4, memoryGiB: 8, system: "linux", node: "v20", governor: "unknown", load: 0, natsServer: "2.14.0", clockUs: 0.05,
} // prettier-ignore

function workload(id: string, points: readonly (readonly [series: string, range: Range, x?: number])[]): WorkloadReport {
  return {
    id,
    title: id,
    question: "",
    unit: "u",
    better: "more",
    notes: [],
    points: points.map(([series, [min, median, max], x]) => ({
      series,
      ...(x === undefined ? {} : { x }),
      outcome: { status: "measured", spread: { min, median, max }, rounds: 3 },
    })),
  }
}

function report(workloads: WorkloadReport[], node = "v20"): Report {
  return {
    report: "troupe compare",
    version: REPORT_VERSION,
    at: "2026-11-22T20:00:00.000Z",
    mode: "quick",
    tookSeconds: 1,
    payload: "bytes",
    machine: { ...machine, node },
    others: { before: 0, during: [], after: 0, quiet: true, words: "" },
    handovers: [],
    offered: [],
    breakEven: [],
    workloads,
    claims: [],
    advice: [],
    notMeasured: [],
  }
}

describe("what changed since an earlier report", () => {
  it("is what lies wholly outside the earlier range, for better or for worse", () => {
    const old = report([workload("w", [["a", [1, 2, 3]], ["b", [10, 11, 12]], ["c", [5, 6, 7]]])]) // prettier-ignore
    const now = report([workload("w", [["a", [10, 11, 12]], ["b", [1, 2, 3]], ["c", [6, 7, 8]], ["new", [1, 1, 1]]])]) // prettier-ignore
    const changes = changesSince(old, now)
    expect(changes).toMatchObject({ at: old.at, sameMachine: true, same: 1 })
    expect(changesText(changes)).toEqual([
      "w, a: better: 1–3 → 10–12 u",
      "w, b: worse: 10–12 → 1–3 u",
      "1 figures cannot be told apart from those of 2026-11-22 20:00 UTC",
      "of 3 figures, less than one would seem changed by chance alone",
    ])
  })

  it("is not what two runs of the same thing differ by, which is more than the rounds of either do", () => {
    const one = report([workload("w", [["a", [4.5, 4.5, 4.5]], ["b", [10, 11, 12]], ["c", [400, 410, 420]]])]) // prettier-ignore
    const other = report([workload("w", [["a", [4.6, 4.6, 4.6]], ["b", [13, 14, 15]], ["c", [430, 435, 440]]])]) // prettier-ignore
    expect(changesSince(one, other)).toMatchObject({ changes: [], same: 3 })
  })

  it("is said to be nothing where nothing changed, and where there is nothing to compare", () => {
    const one = report([workload("w", [["a", [1, 2, 3]]])])
    expect(changesText(changesSince(one, one))[0]).toBe("nothing has changed beyond the noise")
    expect(changesText(changesSince(one, report([])))).toEqual([
      "no figure is in both this report and that of 2026-11-22 20:00 UTC",
    ])
  })

  it("comes with how many figures chance alone would change, and with a warning when others were at work", () => {
    const many = report([
      workload(
        "w",
        Array.from({ length: 100 }, (_, i) => [String(i), [1, 2, 3]] as const),
      ),
    ])
    const noisy = { ...many, others: { ...many.others, quiet: false } }
    // Of 70 ways to draw four of eight, two have all four on one side.
    expect(changesSince(many, many)).toMatchObject({ quiet: true, byChance: 2.9 })
    expect(changesText(changesSince(many, noisy))).toEqual([
      "the machine was not quiet during both runs: what differs may be the doing of others",
      "nothing has changed beyond the noise",
      "100 figures cannot be told apart from those of 2026-11-22 20:00 UTC",
      "of 100 figures, at most about 3 would seem changed by chance alone",
    ])
  })

  it("tells when the earlier one is of other programs", () => {
    expect(changesSince(report([], "v18"), report([])).sameMachine).toBe(false)
  })
})

describe("the break-even", () => {
  const offer = (carrier: Offered["carrier"], [min, median, max]: Range, keptUp = true): Offered => ({
    carrier,
    bytes: 64,
    rate: 100,
    outcome: { status: "measured", keptUp, achieved: 100, p50: { min, median, max }, samples: 9 },
  })

  it("names the quickest cell that kept up, both where they cannot be told apart, and none where none did", () => {
    const found = breakEvens([
      offer("thread-shared", [1, 2, 5]),
      offer("thread-actor", [4, 5, 6]),
      offer("thread-transfer", [0.1, 0.1, 0.1]),
      offer("process-shared", [1, 1, 1], false),
      offer("process-actor", [50, 60, 70], false),
    ])
    expect(found).toEqual([{ bytes: 64, rate: 100, thread: ["thread-shared", "thread-actor"], process: [] }])
  })
})

describe("a claim", () => {
  const verdictOf = (workloads: WorkloadReport[], claim: string, { cores = 4, quiet = true } = {}): string | undefined => {
    const all = report(workloads)
    const of = { ...all, machine: { ...machine, cores }, others: { ...all.others, quiet } }
    return claimsOn(of).find((one) => one.claim === claim)?.verdict
  }

  it("holds, does not hold or depends by the figures", () => {
    const memory = (thread: Range, process: Range): WorkloadReport[] => [workload("memory", [["thread", thread], ["process", process]])] // prettier-ignore
    expect(verdictOf(memory([8, 9, 10], [30, 31, 32]), "low memory footprint")).toBe("holds")
    expect(verdictOf(memory([30, 31, 32], [8, 9, 10]), "low memory footprint")).toBe("does not hold")
    expect(verdictOf(memory([8, 9, 31], [30, 31, 32]), "low memory footprint")).toBe("depends")
    expect(verdictOf([], "low memory footprint")).toBe("not measured")
  })

  it("about the GIL does not hold where threads scale", () => {
    const scaling = (one: Range, four: Range): WorkloadReport[] => [workload("cpu-scaling", [["thread", one, 1], ["thread", four, 4]])] // prettier-ignore
    expect(verdictOf(scaling([10, 11, 12], [38, 39, 40]), "bound by the GIL")).toBe("does not hold")
    // One and a half times with four workers is no good use of four cores, and not none.
    expect(verdictOf(scaling([10, 10, 10], [16, 16, 16]), "bound by the GIL")).toBe("depends")
    expect(verdictOf(scaling([10, 11, 12], [9, 10, 11]), "bound by the GIL")).toBe("holds")
    expect(verdictOf(scaling([10, 11, 20], [20, 30, 40]), "bound by the GIL")).toBe("depends")
    // That others had the cores, or that there is but one, is not the threads' fault; that they scale all the same is their merit.
    expect(verdictOf(scaling([10, 11, 12], [9, 10, 11]), "bound by the GIL", { quiet: false })).toBe("depends")
    expect(verdictOf(scaling([10, 11, 12], [38, 39, 40]), "bound by the GIL", { quiet: false })).toBe("does not hold")
    expect(verdictOf(scaling([10, 11, 12], [9, 10, 11]), "bound by the GIL", { cores: 1 })).toBe("depends")
  })

  it("about fewer primitives is not told from one process alone, and says why there are no several", () => {
    const owner = (points: WorkloadReport["points"]): WorkloadReport[] => [{ ...workload("contended", []), points }]
    const series = "process × messages to an owner"
    const alone = { series, x: 1, outcome: { status: "measured", spread: { min: 1, median: 2, max: 3 }, rounds: 3 } } as const
    const lost = { series, x: 2, outcome: { status: "not measured", why: "9 updates were asked for and 8 were made" } } as const
    const claim = "need fewer synchronisation primitives"
    expect(verdictOf(owner([alone]), claim)).toBe("not measured")
    expect(verdictOf(owner([alone, lost]), claim)).toBe("not measured")
    expect(claimsOn(report(owner([alone, lost]))).find((one) => one.claim === claim)?.measured).toContain("8 were made")
    expect(verdictOf(owner([alone, { ...alone, x: 2 }]), claim)).toBe("holds")
  })
})
