// The report on a terminal: within 80 columns, with the ranges, what is missing and why, and last what follows.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type Report, reportSchema } from "../../runtime/benchmark/compare/report-schema.js"
import { countRange, microsRange } from "../../runtime/benchmark/compare/shown-figures.js"
import { textReport } from "../../runtime/benchmark/compare/text-report.js"
import { renderTable } from "../../runtime/cli/table.js"
import { projectRoot } from "../support/project-root.js"
import picocolors from "picocolors"

const plain = picocolors.createColors(false)

function textOf(report: Report): string {
  const tabulate = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
    renderTable(titles.map((title, i) => ({ title, cell: (row: readonly string[]) => row[i] ?? "", align: i === 0 ? "left" : "right" })), rows, plain) // prettier-ignore
  return textReport(report, tabulate, (heading) => heading)
}

describe("the report as text", () => {
  const committed = reportSchema.parse(JSON.parse(readFileSync(join(projectRoot, "docs/compare-run/report.json"), "utf8")))

  it("fits a terminal of 80 columns, and is no longer than it can be looked through", () => {
    const lines = textOf(committed).split("\n")
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    expect(lines.length).toBeLessThan(300)
  })

  it("ends with what follows, and says what was not measured before", () => {
    const text = textOf(committed)
    const last = committed.advice.at(-1) ?? "none"
    expect(text.replaceAll(/\s+/g, " ").endsWith(last)).toBe(true)
    expect(text.indexOf("\nNot measured\n")).toBeGreaterThan(0)
    expect(text.indexOf("\nNot measured\n")).toBeLessThan(text.indexOf("\nWhat follows\n"))
  })

  it("says beside a table which of its cells was not measured, and why", () => {
    const workload: Report["workloads"][number] = {
      id: "w", title: "W", question: "?", unit: "ms", better: "less", axis: "at once", notes: [],
      points: [
        { series: "thread", x: 1, outcome: { status: "measured", spread: { median: 2, min: 1, max: 3 }, rounds: 3 } },
        { series: "thread", x: 2, outcome: { status: "not measured", why: "it hung" } },
      ],
    } // prettier-ignore
    const text = textOf({ ...committed, workloads: [workload] })
    expect(text).toContain("W (ms, range of the rounds)\nAT ONCE    1  2\nthread   1–3  –\n– thread, 2: it hung\n")
  })
})

describe("a range", () => {
  it.each([
    [microsRange({ min: 0.37, max: 0.381 }), "370–381 ns"],
    [microsRange({ min: 7.61, max: 27.7 }), "7.61–27.7 µs"],
    [microsRange({ min: 908, max: 1556 }), "0.91–1.56 ms"],
    [microsRange({ min: 2e6, max: 2e6 }), "2 s"],
    [microsRange({ min: 0, max: 0 }), "0 ns"],
    [countRange({ min: 82_080_656, max: 84_373_114 }), "82.1–84.4 M"],
    [countRange({ min: 8638, max: 14_899 }), "8.64–14.9 k"],
    [countRange({ min: 950, max: 1300 }), "950–1,300"],
  ])("is shown in one unit: %s", (shown, expected) => {
    expect(shown).toBe(expected)
  })
})
