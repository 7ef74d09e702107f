// Which carrier for which size and rate, on the page: a field for each, in the colour of the one to take; and the figures behind it.

import { CARRIERS, carrierWords } from "./carrier-list.js"
import type { CarrierId } from "./carrier.js"
import { scrolled, table, text } from "./html-text.js"
import { shownMicros } from "./shown-figures.js"
import type { Offered, Report } from "./report-schema.js"
import { shownBytes } from "./shown-bytes.js"
import { shownFigure } from "./verdict.js"

const PLACES = [
  { place: "thread", title: "Within a process" },
  { place: "process", title: "Between processes" },
] as const

export function offeredSection(report: Report): string {
  if (report.offered.length === 0) return ""
  return `<h2 id="break-even">Which carrier for which size and rate</h2>
<p>Handovers that are due at a steady rate, timed since they were due: what comes late because something before it was late counts as late.
Of the carriers that kept up, a field names the quickest, with half of the handovers taking no longer than that; it names both where they cannot be told apart.</p>
<div class="pair">${PLACES.map(({ place, title }) => `<figure><h3>${title}</h3>${legend(place)}${field(report, place)}</figure>`).join("")}</div>
<details><summary>All figures</summary>${figures(report.offered)}</details>`
}

function legend(place: "thread" | "process"): string {
  const items = CARRIERS.filter((one) => one.role === "cell" && one.place === place).map(
    ({ id, label }) => `<li><i class="swatch" style="background:var(--${id})"></i>${text(label)}</li>`,
  )
  return `<ul class="legend">${items.join("")}</ul>`
}

function field({ breakEven, offered }: Report, place: "thread" | "process"): string {
  const sizes = ascending(breakEven.map(({ bytes }) => bytes))
  const rates = ascending(breakEven.map(({ rate }) => rate)).reverse()
  const p50 = (id: CarrierId, bytes: number, rate: number): string => {
    const outcome = offered.find((one) => one.carrier === id && one.bytes === bytes && one.rate === rate)?.outcome
    return outcome?.status === "measured" ? shownMicros(outcome.p50.median) : ""
  }
  const cell = (bytes: number, rate: number): string => {
    const ids = breakEven.find((one) => one.bytes === bytes && one.rate === rate)?.[place] ?? []
    if (ids.length === 0) return `<td class="none">none kept up</td>`
    const colours = ids.map((id) => `var(--${id})`)
    const ground = colours.length === 1 ? colours.join() : `linear-gradient(90deg,${halves(colours)})`
    const words = ids
      .map((id) => `<b>${text(carrierWords(id).medium)}</b> <span class="figure">${p50(id, bytes, rate)}</span>`)
      .join("<br/>")
    return `<td><span class="take" style="background:${ground}"></span>${words}</td>`
  }
  const rows = rates.map(
    (rate) => `<tr><th scope="row">${shownFigure(rate)}/s</th>${sizes.map((bytes) => cell(bytes, rate)).join("")}</tr>`,
  )
  const head = `<tr><td></td>${sizes.map((bytes) => `<th scope="col">${shownBytes(bytes)}</th>`).join("")}</tr>`
  return scrolled(`<table class="field"><thead>${head}</thead><tbody>${rows.join("")}</tbody></table>`, "which carrier to take")
}

/** Colours side by side, each as wide. */
function halves(colours: readonly string[]): string {
  const each = 100 / colours.length
  return colours.map((colour, i) => `${colour} ${String(i * each)}% ${String((i + 1) * each)}%`).join(",")
}

function ascending(figures: readonly number[]): number[] {
  return [...new Set(figures)].sort((a, b) => a - b)
}

function figures(offered: readonly Offered[]): string {
  const rows = offered.map(({ carrier, bytes, rate, outcome }) => [
    text(carrierWords(carrier).label),
    shownBytes(bytes),
    shownFigure(rate),
    ...(outcome.status === "measured"
      ? [
          outcome.keptUp ? '<span class="holds">yes</span>' : `<span class="not">no: ${shownFigure(outcome.achieved)}/s</span>`,
          shownMicros(outcome.p50.median),
          outcome.p99 === undefined ? "–" : shownMicros(outcome.p99),
        ]
      : [`<span class="dim">${outcome.status}: ${text(outcome.why)}</span>`]),
  ])
  return table(["carrier", "payload", "due per second", "kept up", "p50", "p99"], rows)
}
