// The further workloads on the page: a figure each, side by side; the figures behind it are folded away below.

import { legend, seriesLook } from "./html-legend.js"
import { table, text } from "./html-text.js"
import type { Plots } from "./plots.js"
import type { Report, RoundSpread, WorkloadReport } from "./report-schema.js"
import { countRange } from "./shown-figures.js"
import { shownFigure, shownRange } from "./verdict.js"

/** A handler of the user's own comes first, then what several do, then what one costs. */
export function workloadSections({ workloads }: Report, plots: Plots): string[] {
  const isOwn = ({ id }: WorkloadReport): boolean => id.startsWith("handler-")
  const isShared = ({ id, axis }: WorkloadReport): boolean => axis !== undefined || id === "lost-updates"
  const groups = [
    { title: "Your handler", those: workloads.filter(isOwn) },
    { title: "What several do at once", those: workloads.filter((one) => !isOwn(one) && isShared(one)) },
    { title: "What one costs", those: workloads.filter((one) => !isOwn(one) && !isShared(one)) },
  ]
  return groups.flatMap(({ title, those }) => {
    if (those.length === 0) return []
    // What is said of all of them is said once.
    const notes = [...new Set(those.flatMap((one) => one.notes))].map((line) => `<p class="dim">${text(line)}.</p>`)
    return [`<h2>${title}</h2>${notes.join("")}<div class="pair">${those.map((one) => figure(one, plots)).join("")}</div>`]
  })
}

function figure(workload: WorkloadReport, plots: Plots): string {
  const { id, title, question, points, axis, unit } = workload
  const series = [...new Set(points.map((point) => point.series))]
  const isDrawn = points.some(({ outcome }) => outcome.status === "measured")
  const lines = series.map((name, i) => ({ name, look: seriesLook(i) }))
  const missing = points.flatMap(({ series: name, x, outcome }) =>
    outcome.status === "measured"
      ? []
      : [`${name}${x === undefined ? "" : `, ${shownFigure(x)} ${axis ?? ""}`}: not measured: ${outcome.why}`],
  )
  const parts = [
    `<h3>${text(title)}</h3><p class="question">${text(question)} <span class="dim">In ${text(unit)}.</span></p>`,
    isDrawn && axis !== undefined ? legend(lines) : "",
    isDrawn ? plots.workload(workload) : "",
    ...missing.map((line) => `<p class="dim">${text(line)}</p>`),
    isDrawn ? `<details><summary>Figures</summary>${figures(workload, series)}</details>` : "",
  ]
  return `<figure id="${text(id)}">${parts.join("")}</figure>`
}

/** A row for each series, a column for each place on the axis. */
function figures({ points, axis }: WorkloadReport, series: readonly string[]): string {
  const at = (name: string, x: number | undefined): RoundSpread | undefined => {
    const outcome = points.find((point) => point.series === name && point.x === x)?.outcome
    return outcome?.status === "measured" ? outcome.spread : undefined
  }
  const shown = (spread: RoundSpread | undefined, words: (of: RoundSpread) => string): string =>
    spread === undefined ? "–" : words(spread)
  if (axis === undefined)
    return table(
      ["", "median", "range"],
      series.map((name) => [
        text(name),
        shown(at(name, undefined), ({ median }) => shownFigure(median)),
        shown(at(name, undefined), shownRange),
      ]),
    )
  const xs = [...new Set(points.flatMap(({ x }) => (x === undefined ? [] : [x])))].sort((a, b) => a - b)
  return table(
    [axis, ...xs.map(shownFigure)],
    series.map((name) => [text(name), ...xs.map((x) => shown(at(name, x), countRange))]),
  )
}
