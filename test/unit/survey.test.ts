import { describe, expect, it } from "vitest"
import { CancelledError } from "../../runtime/errors.js"
import type { ExampleAbilities, ExampleReport } from "../../runtime/cli/example-door.js"
import { type Survey, survey, type SurveyPlan, workersUpTo } from "../../runtime/cli/survey.js"
import { holds, surveyDocument } from "../../runtime/cli/survey-report.js"

const PLAN: SurveyPlan = { sizes: "small", samplesFrom: "/project", outputDir: "/output" }
const size = { of: "points", most: 1e9, usual: 2 ** 20, least: 2, powerOfTwo: true }
const entry = (name: string, abilities: ExampleAbilities) => ({ name, load: () => Promise.resolve(abilities) })
const ENTRIES = [entry("fft", { takes: ["size"], size }), entry("sort", { takes: ["input", "output"], sampleInput: "some/file" })]

const reportOf = (example: string, error: number): ExampleReport => ({
  example,
  pattern: "p",
  placement: "thread",
  workers: 1,
  cores: 2,
  options: {},
  rounds: 1,
  warmUpMs: 0,
  sequentialMs: 12,
  parallelMs: 6,
  startMs: 3,
  processor: { sequentialMs: 1, parallelMs: 1 },
  speedUp: 2,
  efficiency: 2,
  checks: [{ what: "a | b", error, within: 0, holds: error === 0 }],
  figures: {},
  wrote: [],
})

describe("a survey of the examples", () => {
  it("counts workers up to what the machine runs at once", () => {
    expect([1, 2, 3, 4, 6, 8].map(workersUpTo)).toEqual([[1], [1, 2], [1, 2, 3], [1, 2, 4], [1, 2, 4, 6], [1, 2, 4, 8]])
  })

  it("runs each example in each placement, small where it has a size, on its sample where it needs a file", async () => {
    const asked: unknown[] = []
    const done = await survey(ENTRIES, {
      plan: { ...PLAN, workers: 3 },
      run: (_, { name, wanted, place, of }) => {
        asked.push({ name, ...wanted, place, of })
        return Promise.resolve(reportOf(name, 0))
      },
      told: () => undefined,
    })
    const small = 2 ** 16
    expect(asked).toEqual([
      { name: "fft", size: small, placement: "inline", workers: 3, place: 1, of: 6 },
      { name: "fft", size: small, placement: "thread", workers: 3, place: 2, of: 6 },
      { name: "fft", size: small, placement: "process", workers: 3, place: 3, of: 6 },
      ...(["inline", "thread", "process"] as const).map((placement, i) => ({
        name: "sort",
        input: "/project/some/file",
        output: `/output/sort-${placement}-3`,
        placement,
        workers: 3,
        place: 4 + i,
        of: 6,
      })),
    ])
    expect(done.complete && holds(done) && done.rows.length).toBe(6)
  })

  it("goes on after one that cannot run, and says in its row why", async () => {
    const done = await survey(ENTRIES, {
      plan: { ...PLAN, placement: "process", workers: 1 },
      run: (_, { name }) =>
        name === "fft" ? Promise.reject(new Error("it stands on memory")) : Promise.resolve(reportOf(name, 1)),
      told: () => undefined,
    })
    expect(done.rows.map(({ failure }) => failure)).toEqual(["it stands on memory", undefined])
    expect(holds(done)).toBe(false)
    const lines = surveyDocument(done).trimEnd().split("\n")
    expect(lines.at(-2)).toBe("| fft | process | 1 | – | – | – | – | – | – | it stands on memory |")
    expect(lines.at(-1)).toBe("| sort | process | 1 | 12 | 6.0 | 3.0 | 2.00 | – | 2.00 | FAILS: a \\| b |")
  })

  it("ends when it is cancelled, and has told what there was by then", async () => {
    let last: Survey | undefined
    const running = survey(ENTRIES, {
      plan: { ...PLAN, placement: "inline", workers: 1 },
      run: (_, { name }) => (name === "fft" ? Promise.resolve(reportOf(name, 0)) : Promise.reject(new CancelledError("run"))),
      told: (soFar) => (last = soFar),
    })
    await expect(running).rejects.toMatchObject({ code: "ERR_CANCELLED" })
    expect(last).toMatchObject({ complete: false, rows: [{ example: "fft" }] })
    expect(last === undefined ? "" : surveyDocument(last)).toContain("ended before it was complete")
  })
})
