// What `troupe run --all` shows and writes.

import type { Survey, SurveyRow } from "./survey.js"
import { type Column, renderTable } from "./table.js"
import { type Colors, oneLine } from "./terminal.js"

const COLUMNS: readonly Column<SurveyRow>[] = [
  { title: "EXAMPLE", cell: ({ example }) => example },
  { title: "PLACEMENT", cell: ({ placement }) => placement },
  { title: "WORKERS", cell: ({ workers }) => String(workers), align: "right" },
  { title: "LOOP ms", cell: ({ report }) => shownMs(report?.sequentialMs), align: "right" },
  { title: "ACTORS ms", cell: ({ report }) => shownMs(report?.parallelMs), align: "right" },
  { title: "START ms", cell: ({ report }) => shownMs(report?.startMs), align: "right" },
  { title: "SPEED-UP", cell: ({ report }) => report?.speedUp.toFixed(2) ?? "–", align: "right" },
  { title: "CPU", cell: ({ placement, report }) => (placement === "process" ? "–" : shownRatio(report)), align: "right" },
  { title: "EFFICIENCY", cell: ({ report }) => report?.efficiency.toFixed(2) ?? "–", align: "right" },
  { title: "RESULT", cell: (row) => oneLine(resultOf(row)) },
]

/** Whether every row that ran holds what it checks. */
export function holds({ rows }: Survey): boolean {
  return rows.every(({ report }) => report === undefined || report.checks.every((check) => check.holds))
}

/** For a terminal. */
export function shownSurvey(survey: Survey, colors: Colors): string {
  return renderTable(COLUMNS, survey.rows, colors)
}

/** As a document in Markdown. */
export function surveyDocument(survey: Survey): string {
  const { at, machine, sizes, rounds, complete, rows } = survey
  const align = COLUMNS.map((column) => (column.align === "right" ? "--:" : "---"))
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`
  return `${[
    "# Worked examples, measured",
    `${at}, ${machine.cpu}, ${String(machine.cores)} cores, ${String(machine.memoryGiB)} GiB, ${machine.system}, Node.js ${machine.node}, load ${machine.load.toFixed(2)} when it began. ` +
      `Sizes: ${sizes}.${complete ? "" : " **It was ended before it was complete.**"}`,
    `For each row the plain loop, then the actors${rounds > 1 ? `, ${String(rounds)} times in turns; the fastest of each counts` : ""}. Speed-up is the time of the loop by that of the actors, without their start; efficiency is speed-up by worker; cpu is the processor time of the actors by that of the loop. ` +
      "Where the result is in words, the example could not run there.",
    [
      line(COLUMNS.map(({ title }) => title.toLowerCase())),
      line(align),
      ...rows.map((row) => line(COLUMNS.map(({ cell }) => cell(row).replaceAll("|", "\\|")))),
    ].join("\n"),
  ].join("\n\n")}\n`
}

function resultOf({ report, failure }: SurveyRow): string {
  if (report === undefined) return failure ?? "did not run"
  const failing = report.checks.filter((check) => !check.holds)
  return failing.length === 0 ? "holds" : `FAILS: ${failing.map(({ what }) => what).join("; ")}`
}

/** How much more work for the processor the actors are than the loop; other processes are not in it. */
function shownRatio(report: SurveyRow["report"]): string {
  if (report === undefined) return "–"
  const { sequentialMs, parallelMs } = report.processor
  return (parallelMs / sequentialMs).toFixed(2)
}

function shownMs(ms: number | undefined): string {
  if (ms === undefined) return "–"
  return ms < 10 ? ms.toFixed(1) : ms.toFixed(0)
}
