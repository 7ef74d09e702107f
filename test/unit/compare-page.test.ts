// The page of a report: whole, by itself, and with every cell in it.

import { describe, expect, it } from "vitest"
import { CARRIERS } from "../../runtime/benchmark/compare/carrier-list.js"
import { htmlReport } from "../../runtime/benchmark/compare/html-report.js"
import { type Report, reportSchema } from "../../runtime/benchmark/compare/report-schema.js"

const SIZES = [64, 4096, 1_048_576]

const report: Report = {
  report: "troupe compare",
  version: 1,
  at: "2026-11-22T20:00:00.000Z",
  mode: "quick",
  tookSeconds: 20,
  payload: "bytes",
  machine: {
    cpu: "a <fast> & quiet one",
    cores: 4,
    memoryGiB: 16,
    system: "linux",
    node: "v20",
    governor: "unknown",
    load: 0.1,
    natsServer: "2.14.0",
    clockUs: 0.05,
  },
  others: { before: 0.2, during: [], after: 0.01, quiet: false, words: "NOT QUIET: others took up to 20 % of 4 cores" },
  handovers: CARRIERS.flatMap(({ id, copies }, i) =>
    SIZES.map((bytes) => ({
      carrier: id,
      bytes,
      outcome:
        id === "process-nats" && bytes > 4096
          ? ({ status: "not measured", why: "larger than one message" } as const)
          : ({
              status: "measured",
              rounds: 3,
              samples: 200,
              p50: { median: 1 + i, min: 0.5 + i, max: 2 + i },
              p99: 9,
              perSecond: { median: 1000, min: 900, max: 1100 },
              inFlight: 4,
              cpu: { here: 1, there: 2 },
              copiedBytes: copies * bytes,
              verified: 300,
            } as const),
    })),
  ),
  offered: [],
  breakEven: [],
  workloads: [
    {
      id: "scaling",
      title: "Scaling",
      question: "How?",
      unit: "times",
      better: "more",
      axis: "workers",
      notes: ["two cores only"],
      points: [1, 2].map((x) => ({
        series: "thread",
        x,
        outcome: { status: "measured" as const, spread: { median: x, min: x, max: x }, rounds: 3 },
      })),
    },
    {
      id: "memory",
      title: "Memory",
      question: "How much?",
      unit: "MiB",
      better: "less",
      notes: [],
      points: [
        { series: "thread", outcome: { status: "measured", spread: { median: 9, min: 8, max: 10 }, rounds: 3 } },
        { series: "process", outcome: { status: "not measured", why: "no /proc" } },
      ],
    },
  ],
  claims: [{ claim: "low memory footprint", of: "threads", verdict: "holds", measured: "9 MiB" }],
  advice: ["Share when it is > 1 MiB."],
  notMeasured: [],
}

const VOID = /^(meta|!DOCTYPE)/

/** The tags of a page that were not closed, or not in order. */
function unclosed(html: string): string[] {
  const open: string[] = []
  for (const [, closing, name = "", rest = ""] of html.matchAll(/<(\/?)([a-zA-Z!][\w-]*)([^>]*)>/g)) {
    if (VOID.test(name) || rest.endsWith("/")) continue
    if (closing === "") open.push(name)
    else if (open.pop() !== name) return [`</${name}>`]
  }
  return open
}

describe("the page of a report", async () => {
  const html = await htmlReport(reportSchema.parse(report))

  it("closes every tag in order", () => {
    expect(unclosed(html)).toEqual([])
  })

  it("needs nothing from elsewhere: no script, no link, no address but the names of namespaces", () => {
    expect(html).not.toMatch(/<(script|link|img|iframe|object|embed)\b/)
    expect(html.replaceAll(/xmlns(:\w+)?="[^"]*"/g, "")).not.toMatch(/https?:|\/\/\w|@import|url\(/)
  })

  it("has every cell, measured or not", () => {
    for (const { id } of CARRIERS) for (const bytes of SIZES) expect(html).toContain(`data-cell="${id}-${String(bytes)}"`)
    expect(html).toContain("not measured: larger than one message")
    expect(html).toContain("process: not measured: no /proc")
  })

  it("draws a line for every carrier that was measured, and a plot for each workload", () => {
    for (const { id } of CARRIERS) expect(html).toContain(`stroke="var(--${id})"`)
    // Latency and throughput in two panels each, processor time at two sizes, two workloads.
    expect([...html.matchAll(/<svg class="plot|<svg [^>]*class="plot/g)]).toHaveLength(8)
  })

  it("says what is said of the machine as text, not as markup", () => {
    expect(html).toContain("a &lt;fast&gt; &amp; quiet one")
    expect(html).toContain("NOT QUIET")
    expect(html).toContain("Share when it is &gt; 1 MiB.")
  })

  it("is for light and dark, and for narrow screens", () => {
    expect(html).toContain("prefers-color-scheme:dark")
    expect(html).toContain('name="viewport"')
  })
})
