// A report as text for the terminal.

import { changesText } from "./against.js"
import type { CarrierId } from "./carrier.js"
import { carrierWords } from "./carrier-list.js"
import { shownBytes } from "./shown-bytes.js"
import type { Handover, Report, WorkloadReport } from "./report-schema.js"
import { shownFigure, shownRange } from "./verdict.js"

/** Puts rows below titles; the command line has its own way of doing that. */
export type Tabulate = (titles: readonly string[], rows: readonly (readonly string[])[]) => string

export function textReport(report: Report, tabulate: Tabulate, heading: (text: string) => string): string {
  const { machine, others, handovers, advice, mode, tookSeconds } = report
  const sizes = [...new Set(handovers.map(({ bytes }) => bytes))].sort((a, b) => a - b)
  const parts = [
    `${machine.cpu}, ${String(machine.cores)} cores, ${String(machine.memoryGiB)} GiB, ${machine.system}, Node.js ${machine.node}, ` +
      `nats-server ${machine.natsServer}, governor ${machine.governor}, load ${machine.load.toFixed(2)}\n` +
      `${mode} run, ${String(tookSeconds)} s; ${others.words}`,
  ]
  for (const bytes of sizes) {
    const rows = handovers.filter((row) => row.bytes === bytes)
    parts.push(
      `${heading(`Hand over ${shownBytes(bytes)}`)} (µs until the receipt; the range is that of the rounds' medians)\n` +
        tabulate(
          ["CARRIER", "P50", "RANGE", "P99", "P99.9", "PER SECOND", "MIB/S", "CPU µs HERE", "THERE", "COPIED"],
          rows.map(cellsOf),
        ),
    )
  }
  for (const workload of report.workloads) parts.push(workloadText(workload, tabulate, heading))
  if (report.offered.length > 0) parts.push(offeredText(report, tabulate, heading))
  if (report.claims.length > 0) {
    const lines = report.claims.map(({ of, claim, verdict, measured }) => `  ${of}: ${claim}: ${heading(verdict)}: ${measured}`)
    parts.push(`${heading("What is said of threads and processes, and what was measured here")}\n${lines.join("\n")}`)
  }
  const why = unmeasuredOf(report)
  if (why.length > 0) parts.push(`${heading("Not measured")}\n${why.map((line) => `  ${line}`).join("\n")}`)
  if (report.against !== undefined) {
    const lines = changesText(report.against).map((line) => `  ${line}`)
    parts.push(`${heading("Against the earlier report")}\n${lines.join("\n")}`)
  }
  if (advice.length > 0) parts.push(`${heading("What follows")}\n${advice.map((line) => `  ${line}`).join("\n")}`)
  return parts.join("\n\n")
}

function cellsOf({ carrier, bytes, outcome }: Handover): string[] {
  const { label, medium } = carrierWords(carrier)
  if (outcome.status !== "measured") {
    const words = outcome.status === "not possible" ? ["not possible:", outcome.why] : ["not measured", ""]
    return [label, ...words, ...Array<string>(7).fill("")]
  }
  const { p50, p99, p999, perSecond, cpu, copiedBytes } = outcome
  const optional = (figure: number | undefined): string => (figure === undefined ? "–" : shownFigure(figure))
  return [
    label,
    shownFigure(p50.median),
    shownRange(p50),
    optional(p99),
    optional(p999),
    shownFigure(perSecond.median),
    // A call moves no bytes.
    medium === "call" ? "–" : shownFigure((perSecond.median * bytes) / 2 ** 20),
    optional(cpu?.here),
    cpu?.between === undefined ? optional(cpu?.there) : `${shownFigure(cpu.there)} + ${shownFigure(cpu.between)}`,
    copiedBytes === undefined ? "–" : shownBytes(copiedBytes),
  ]
}

function workloadText(
  { title, unit, axis, points, notes }: WorkloadReport,
  tabulate: Tabulate,
  heading: (text: string) => string,
): string {
  const rows = points.map(({ series, x, outcome }) => [
    x === undefined ? series : `${series}, ${String(x)}`,
    ...(outcome.status === "measured" ? [shownFigure(outcome.spread.median), shownRange(outcome.spread)] : ["–", outcome.why]),
  ])
  const table = tabulate([axis === undefined ? "" : axis.toUpperCase(), "MEDIAN", "RANGE"], rows)
  return `${heading(title)} (${unit})\n${[table, ...notes].join("\n")}`
}

function offeredText(report: Report, tabulate: Tabulate, heading: (text: string) => string): string {
  const rows = report.offered.map(({ carrier, bytes, rate, outcome }) => {
    const what = [carrierWords(carrier).label, shownBytes(bytes), shownFigure(rate)]
    if (outcome.status !== "measured") return [...what, outcome.status, "", ""]
    const { keptUp, achieved, p50, p99 } = outcome
    return [
      ...what,
      keptUp ? "yes" : `no: ${shownFigure(achieved)}`,
      shownFigure(p50.median),
      p99 === undefined ? "–" : shownFigure(p99),
    ]
  })
  const best = report.breakEven.map(({ bytes, rate, thread, process }) => [
    shownBytes(bytes),
    shownFigure(rate),
    namesOf(thread),
    namesOf(process),
  ])
  const table = tabulate(["PAYLOAD", "PER SECOND", "IN A THREAD", "IN A PROCESS"], best)
  const evens = `${heading("Which carrier for which size and rate")} (of those that kept up the quickest; several cannot be told apart)\n${table}`
  return `${evens}\n\n${heading("At a given rate")} (µs since each handover was due)\n${tabulate(["CARRIER", "PAYLOAD", "PER SECOND", "KEPT UP", "P50", "P99"], rows)}`
}

/** Carriers in words; that none kept up. */
function namesOf(carriers: readonly CarrierId[]): string {
  return carriers.length === 0 ? "none kept up" : carriers.map((id) => carrierWords(id).label).join(" or ")
}

/** What is missing and why, each reason once. */
export function unmeasuredOf(report: Report): string[] {
  const reasons = new Map<string, Set<string>>()
  for (const { carrier, bytes, outcome } of report.handovers) {
    if (outcome.status === "measured") continue
    const key = `${carrierWords(carrier).label}: ${outcome.status}: ${outcome.why}`
    reasons.set(key, (reasons.get(key) ?? new Set()).add(shownBytes(bytes)))
  }
  return [...[...reasons].map(([why, sizes]) => `${why} (${[...sizes].join(", ")})`), ...report.notMeasured]
}
