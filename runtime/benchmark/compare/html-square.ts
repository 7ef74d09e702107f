// The square at the head of the page: {threads, processes} × {shared memory, messages}, with what a handover takes in each, on one logarithmic axis.

import type { CarrierId } from "./carrier.js"
import { carrierWords } from "./carrier-list.js"
import { text } from "./html-text.js"
import type { Report, RoundSpread } from "./report-schema.js"
import { shownBytes } from "./shown-bytes.js"
import { microsRange, shownMicros } from "./shown-figures.js"

const ROWS: readonly { readonly title: string; readonly cells: readonly [CarrierId, CarrierId] }[] = [
  { title: "Share memory", cells: ["thread-shared", "process-shared"] },
  { title: "Send messages", cells: ["thread-actor", "process-actor"] },
]
/** The larger of the two sizes that are shown is no larger than that. */
const LARGE_BYTES = 2 ** 20

export function squareSection(report: Report): string {
  const all = [...new Set(report.handovers.map(({ bytes }) => bytes))].sort((a, b) => a - b)
  const sizes = [...new Set([all[0], all.findLast((bytes) => bytes <= LARGE_BYTES)])].filter((bytes) => bytes !== undefined)
  const p50 = (id: CarrierId, bytes: number): RoundSpread | undefined => {
    const outcome = report.handovers.find((row) => row.carrier === id && row.bytes === bytes)?.outcome
    return outcome?.status === "measured" ? outcome.p50 : undefined
  }
  const shown: readonly CarrierId[] = [...ROWS.flatMap(({ cells }) => cells), "inline"]
  const spreads = shown.flatMap((id) => sizes.flatMap((bytes) => p50(id, bytes) ?? []))
  if (spreads.length === 0) return ""
  const axis = new Axis(spreads)
  const cell = (id: CarrierId): string => {
    const lines = sizes.map((bytes) => {
      const spread = p50(id, bytes)
      if (spread === undefined) return `<p><span class="dim">${shownBytes(bytes)}: not measured</span></p>`
      return `<p><b>${shownMicros(spread.median)}</b> <span class="dim">${shownBytes(bytes)}</span></p>${axis.bar(spread, `var(--${id})`)}`
    })
    return `<td style="border-top-color:var(--${id})"><span class="medium">${text(carrierWords(id).label)}</span>${lines.join("")}</td>`
  }
  const rows = ROWS.map(({ title, cells }) => `<tr><th scope="row">${title}</th>${cells.map(cell).join("")}</tr>`)
  const inline = sizes.flatMap((bytes) => {
    const spread = p50("inline", bytes)
    return spread === undefined ? [] : [`${shownMicros(spread.median)} for ${shownBytes(bytes)}`]
  })
  const base = inline.length === 0 ? "" : ` An actor on the same event loop takes ${inline.join(" and ")}.`
  return `<table class="square"><caption>How long one handover takes, until its receipt is back: half of them take no longer.${base}
The bars reach from the least to the most of the rounds, on one axis from ${axis.words}, ten times as long with each mark.</caption>
<thead><tr><td></td><th scope="col">Thread</th><th scope="col">Process</th></tr></thead><tbody>${rows.join("")}</tbody></table>`
}

/** A logarithmic axis from a power of ten to another. */
class Axis {
  readonly #least: number
  readonly #decades: number

  constructor(spreads: readonly RoundSpread[]) {
    this.#least = Math.floor(Math.log10(Math.min(...spreads.map(({ min }) => min))))
    this.#decades = Math.max(1, Math.ceil(Math.log10(Math.max(...spreads.map(({ max }) => max)))) - this.#least)
  }

  get words(): string {
    return `${shownMicros(10 ** this.#least)} to ${shownMicros(10 ** (this.#least + this.#decades))}`
  }

  bar(spread: RoundSpread, colour: string): string {
    const at = (us: number): number => ((Math.log10(us) - this.#least) / this.#decades) * 100
    const [left, right] = [at(spread.min), at(spread.max)]
    const style = `left:${left.toFixed(1)}%;width:${(right - left).toFixed(1)}%;background:${colour}`
    return `<span class="strip" role="img" aria-label="${microsRange(spread)}" style="--decades:${String(this.#decades)}"><i style="${style}"></i></span>`
  }
}
