// What `troupe run` prints when an example has run.

import type { ExampleReport } from "./example-door.js"
import { type Colors, oneLine } from "./terminal.js"

export function shownReport(report: ExampleReport, colors: Colors): string {
  const { example, pattern, placement, workers, cores, sequentialMs, parallelMs, startMs, speedUp, efficiency } = report
  const units = placement === "process" ? "processes" : placement === "thread" ? "threads" : "inline actors"
  const options = Object.entries(report.options).map(([name, value]) => `${name} ${String(value)}`)
  const processor: [label: string, text: string] = [
    "processor",
    `${shownMs(report.processor.sequentialMs)} sequential, ${shownMs(report.processor.parallelMs)} parallel, all workers together`,
  ]
  const lines: [label: string, text: string][] = [
    ["pattern", pattern],
    ["options", options.join(", ") || "none"],
    ["warm-up", report.warmUpMs > 0 ? `${shownMs(report.warmUpMs)} for each version, before the clock starts` : "none"],
    ...(report.rounds > 1 ? [["rounds", `${String(report.rounds)}, of which the fastest counts`] as [string, string]] : []),
    ["sequential", shownMs(sequentialMs)],
    [
      "parallel",
      `${shownMs(parallelMs)}, after ${shownMs(startMs)} to start ${String(workers)} ${units} (${String(cores)} cores)`,
    ],
    ["speed-up", `${speedUp.toFixed(2)}, efficiency ${efficiency.toFixed(2)}`],
    ...(placement === "process" ? [] : [processor]),
    ...Object.entries(report.figures).map(([name, value]): [string, string] => [name, oneLine(shownFigure(value))]),
    ...report.checks.map(({ what, error, within, holds }): [string, string] => [
      "check",
      `${holds ? colors.green("holds") : colors.red("FAILS")}: ${what}: ${shownFigure(error)}, at most ${shownFigure(within)}`,
    ]),
    ...report.wrote.map((path): [string, string] => ["wrote", oneLine(path)]),
  ]
  const width = Math.max(...lines.map(([label]) => label.length))
  return [colors.bold(example), ...lines.map(([label, text]) => `${label.padEnd(width)}  ${text}`)].join("\n")
}

function shownFigure(value: number | string): string {
  if (typeof value === "string") return value
  return Number.isInteger(value) && Math.abs(value) < 1e9 ? String(value) : value.toPrecision(4)
}

function shownMs(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`
}
