// The page of a report: whole, by itself, and with every cell in it.

import { describe, expect, it } from "vitest"
import { CARRIERS } from "../../runtime/benchmark/compare/carrier-list.js"
import { htmlReport } from "../../runtime/benchmark/compare/html-report.js"
import { type Report, REPORT_VERSION, reportSchema } from "../../runtime/benchmark/compare/report-schema.js"

const SIZES = [64, 4096, 1_048_576]

const report: Report = {
  report: "troupe compare",
  version: REPORT_VERSION,
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
  handovers: CARRIERS.flatMap(({ id, unseenCopies }, i) =>
    SIZES.map((bytes) => ({
      carrier: id,
      bytes,
      outcome:
        id === "process-nats" && bytes > 4096
          ? ({ status: "not possible", why: "over the limit of 1 MiB for one message of nats-server" } as const)
          : ({
              status: "measured",
              rounds: 3,
              samples: 200,
              p50: { median: 1 + i, min: 0.5 + i, max: 2 + i },
              p99: 9,
              perSecond: { median: 1000, min: 900, max: 1100 },
              inFlight: 4,
              cpu: { here: 1, there: 2 },
              copiedBytes: unseenCopies * bytes,
              verified: 300,
            } as const),
    })),
  ),
  offered: (["thread-shared", "thread-actor", "process-shared", "process-actor"] as const).flatMap((carrier, i) =>
    SIZES.slice(0, 2).flatMap((bytes) =>
      [1000, 10_000].map((rate) => ({
        carrier,
        bytes,
        rate,
        outcome: {
          status: "measured" as const,
          keptUp: rate === 1000,
          achieved: 900,
          p50: { median: 7 + i, min: 6, max: 9 + i },
          samples: 300,
        },
      })),
    ),
  ),
  breakEven: SIZES.slice(0, 2).flatMap((bytes) => [
    { bytes, rate: 1000, thread: ["thread-shared", "thread-actor"], process: ["process-shared"] } as const,
    { bytes, rate: 10_000, thread: [], process: [] },
  ]),
  against: {
    at: "2026-11-21T20:00:00.000Z",
    sameMachine: false,
    quiet: true,
    byChance: 0.4,
    same: 17,
    changes: [
      {
        what: "thread × messages, 64 B, p50",
        verdict: "better",
        was: { min: 20, median: 22, max: 24 },
        now: { min: 9, median: 11, max: 12 },
        unit: "µs",
      },
      { what: "Starting, <thread>", verdict: "worse", was: { min: 9, median: 10, max: 12 }, now: { min: 50, median: 55, max: 60 }, unit: "ms" }, // prettier-ignore
    ],
  },
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
    expect(html).toContain("not possible: over the limit of 1 MiB for one message of nats-server")
    expect(html).toContain("process: not measured: no /proc")
  })

  it("draws a line for every carrier that was measured, and a plot for each workload", () => {
    for (const { id } of CARRIERS) expect(html).toContain(`stroke="var(--${id})"`)
    // Latency and throughput in two panels each, two break-evens, processor time at two sizes, two workloads.
    expect([...html.matchAll(/<svg class="plot|<svg [^>]*class="plot/g)]).toHaveLength(10)
    // Each says what it shows to who cannot see it.
    expect([...html.matchAll(/<svg role="img" [^>]*aria-label="[^"]{20,}"/g)]).toHaveLength(10)
  })

  it("begins with the square: each cell with what the smallest and a large payload take, and the range of the rounds", () => {
    const square = html.slice(html.indexOf('<table class="square">'), html.indexOf("</table>"))
    for (const { label, role, place } of CARRIERS)
      if (role === "cell" && place !== "inline") expect(square).toContain(`<span class="medium">${label}</span>`)
    expect(square).toContain('<b>3 µs</b> <span class="dim">64 B</span>')
    expect(square).toContain('aria-label="2.5–4 µs"')
    expect(square).toContain('<span class="dim">1 MiB</span>')
  })

  it("draws where sharing is as quick as sending, by size, with what all pairs of rounds allow", () => {
    // Of the carriers in order, each takes a microsecond longer: 5 against 3 for threads, 8 against 7 for processes.
    expect(html).toContain("threads, 64 B: sharing takes 1/1.33 of the time (1/0.88 to 1/2)")
    expect(html).toContain("thread × messages, 4 KiB: worth it for work of more than 1 µs")
  })

  it("names for each size and rate the carriers to take, and that none kept up", () => {
    expect(html).toContain(
      '<b>shared memory</b> <span class="figure">7 µs</span><br/><b>messages</b> <span class="figure">8 µs</span>',
    )
    expect(html).toContain('<td class="none">none kept up</td>')
    expect(html).toContain("no: 900/s")
  })

  it("shows what changed since the earlier report, the largest change first, and what cannot be told apart", () => {
    const [worse, better] = [html.indexOf("5.5 times worse"), html.indexOf("2 times better")]
    expect(worse).toBeGreaterThan(0)
    expect(better).toBeGreaterThan(worse)
    expect(html).toContain("Starting, &lt;thread&gt;")
    expect(html).toContain("17 cannot be told apart")
    expect(html).toContain("another machine")
  })

  it("draws ranges instead of lines where there is one payload", async () => {
    const one = { ...report, handovers: report.handovers.filter(({ bytes }) => bytes === 64) }
    const page = await htmlReport(one)
    expect(unclosed(page)).toEqual([])
    for (const { label } of CARRIERS) expect(page).toContain(`<title>${label}, 64 B: `)
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
