// Plots of a report as SVG, drawn by Observable Plot on a document that no browser has. Colours are the page's own variables, so that
// light and dark are its business.

import type * as PlotModule from "@observablehq/plot"
import * as linkedom from "linkedom"
import type { Line } from "./break-even-lines.js"
import { CARRIERS, carrierWords } from "./carrier-list.js"
import type { CarrierId, CarrierWords } from "./carrier.js"
import { carrierLook, type Look, seriesLook } from "./html-legend.js"
import { shownBytes } from "./shown-bytes.js"
import type { MeasuredHandover, Report, WorkloadReport } from "./report-schema.js"
import { shownCount, shownMicros } from "./shown-figures.js"
import { shownFigure } from "./verdict.js"

type Plotting = typeof PlotModule

const WIDTH = 460
const HEIGHT = 330
/** The largest of some figures as a multiple of the least, from which on their axis is logarithmic. */
const WIDE = 50
const ROOM = 1.4
const STYLE = { fontSize: "13px", fontFamily: "inherit", background: "none", overflow: "visible" }

/** What is drawn of a handover: the figure, with the least and the most of the rounds. */
export interface Aspect {
  readonly label: string
  readonly of: (
    outcome: MeasuredHandover,
    bytes: number,
  ) => { readonly median: number; readonly min: number; readonly max: number }
  readonly tick: (figure: number) => string
}

export const LATENCY: Aspect = { label: "until the receipt, p50", of: ({ p50 }) => p50, tick: shownMicros }
export const THROUGHPUT: Aspect = {
  label: "handovers per second",
  of: ({ perSecond }) => perSecond,
  tick: shownCount,
}

/** The types of both packages name what a browser declares, and here is none. */
const newDocument = (): object =>
  (linkedom as unknown as { parseHTML(html: string): { document: object } }).parseHTML("<html></html>").document

export class Plots {
  readonly #plot: Plotting
  readonly #document: object

  private constructor(plot: Plotting, document: object) {
    this.#plot = plot
    this.#document = document
  }

  static async load(): Promise<Plots> {
    const plot = await import("@observablehq/plot")
    return new Plots(plot, newDocument())
  }

  /** An aspect against size for the carriers of some places; all such plots of a report share their scales. */
  handovers(report: Report, places: readonly CarrierWords["place"][], aspect: Aspect): string {
    const { areaY, dot, lineY } = this.#plot
    const all = rowsOf(
      report,
      CARRIERS.map(({ id }) => id),
      aspect,
    )
    const marks = CARRIERS.filter(({ place }) => places.includes(place)).flatMap((carrier) => {
      const rows = rowsOf(report, [carrier.id], aspect)
      const look = carrierLook(carrier)
      const isCell = carrier.role === "cell"
      return [
        areaY(rows, { x: "bytes", y1: "min", y2: "max", fill: look.stroke, fillOpacity: isCell ? 0.18 : 0.09 }),
        lineY(rows, { x: "bytes", y: "median", ...lineOf(look) }),
        dot(rows, { x: "bytes", y: "median", fill: look.stroke, symbol: look.shape, r: isCell ? 3.4 : 2.2, title: "words" }),
      ]
    })
    return this.#drawn(`${aspect.label} against the size of the payload, for ${titlesOf(places)}`, {
      marginLeft: 62,
      marginRight: 26,
      x: {
        type: "log",
        base: 2,
        label: "payload",
        labelOffset: 46,
        ticks: spaced(all.map(({ bytes }) => bytes)),
        tickFormat: shownBytes,
      },
      y: {
        type: "log",
        label: aspect.label,
        grid: true,
        domain: logDomain(all),
        ticks: powersOfTen(all),
        tickFormat: aspect.tick,
      },
      marks,
    })
  }

  /** An aspect of a single payload, a line for each carrier of some places: the range of its rounds, and a dot at their median. */
  handoversOfOne(report: Report, places: readonly CarrierWords["place"][], aspect: Aspect): string {
    const { dot, ruleY } = this.#plot
    const all = rowsOf(
      report,
      CARRIERS.map(({ id }) => id),
      aspect,
    )
    const rows = CARRIERS.filter(({ place }) => places.includes(place)).flatMap((carrier) =>
      rowsOf(report, [carrier.id], aspect).map((row) => ({ ...row, label: carrier.label, stroke: carrierLook(carrier).stroke })),
    )
    const labels = rows.map(({ label }) => label)
    return this.#drawn(`${aspect.label}, for ${titlesOf(places)}`, {
      height: 68 + 30 * labels.length,
      marginTop: 8,
      marginLeft: roomFor(labels),
      x: {
        type: "log",
        label: aspect.label,
        labelOffset: 46,
        grid: true,
        domain: logDomain(all),
        ticks: powersOfTen(all),
        tickFormat: aspect.tick,
      },
      y: { label: null, domain: labels, type: "point", padding: 0.7 },
      marks: [
        ruleY(rows, { x1: "min", x2: "max", y: "label", stroke: "stroke", strokeWidth: 6, strokeOpacity: 0.35 }),
        dot(rows, { x: "median", y: "label", fill: "stroke", r: 5, title: "words" }),
      ],
    })
  }

  /** Processor time per handover of one size: here, there, between. */
  cpu(report: Report, bytes: number): string {
    const { barX, ruleX } = this.#plot
    const parts = report.handovers.flatMap(({ carrier, bytes: size, outcome }) => {
      if (size !== bytes || outcome.status !== "measured" || outcome.cpu === undefined) return []
      const { here, there, between = 0 } = outcome.cpu
      const { label } = carrierWords(carrier)
      return [
        { label, part: "here", us: here },
        { label, part: "there", us: there },
        { label, part: "between", us: between },
      ].map((row) => ({ ...row, fill: `var(--${row.part})`, words: `${label}, ${row.part}: ${shownMicros(row.us)}` }))
    })
    return this.#drawn(`processor time per handover of ${shownBytes(bytes)}, by carrier`, {
      height: 68 + 26 * new Set(parts.map(({ label }) => label)).size,
      marginTop: 8,
      marginLeft: roomFor(parts.map(({ label }) => label)),
      x: { label: "processor time per handover", labelOffset: 46, tickFormat: shownMicros, grid: true, ticks: 3 },
      y: { label: null, domain: [...new Set(parts.map(({ label }) => label))] },
      marks: [barX(parts, { x: "us", y: "label", fill: "fill", title: "words", insetTop: 2, insetBottom: 2 }), ruleX([0])],
    })
  }

  /** Lines against size. @param even where both sides are the same, when there is such a place */
  bySize(lines: readonly Line[], { label, tick, even }: Pick<Aspect, "label" | "tick"> & { readonly even?: number }): string {
    const { areaY, dot, lineY, ruleY } = this.#plot
    const all = lines.flatMap(({ points }) => points)
    const scaled = even === undefined ? all : [...all, { min: even, max: even }]
    return this.#drawn(`${label}, against the size of the payload: ${lines.map(({ name }) => name).join(", ")}`, {
      marginLeft: 62,
      marginRight: 26,
      x: {
        type: "log",
        base: 2,
        label: "payload",
        labelOffset: 46,
        ticks: spaced(all.map(({ bytes }) => bytes)),
        tickFormat: shownBytes,
      },
      y: { type: "log", label, grid: true, domain: logDomain(scaled), ticks: powersOfTen(scaled), tickFormat: tick },
      marks: [
        ...(even === undefined ? [] : [ruleY([even], { stroke: "currentColor", strokeWidth: 1.5 })]),
        ...lines.flatMap(({ look, points }) => [
          areaY(points, { x: "bytes", y1: "min", y2: "max", fill: look.stroke, fillOpacity: 0.18 }),
          lineY(points, { x: "bytes", y: "median", ...lineOf(look) }),
          dot(points, { x: "bytes", y: "median", fill: look.stroke, symbol: look.shape, r: 3.4, title: "words" }),
        ]),
      ],
    })
  }

  /** A further workload: lines along its axis, or bars where it has none. */
  workload({ title, points, axis, unit }: WorkloadReport): string {
    const { areaY, barX, dot, lineY, ruleX } = this.#plot
    const series = [...new Set(points.map((point) => point.series))]
    const rows = points.flatMap(({ series: name, x, outcome }) =>
      outcome.status === "measured"
        ? [
            {
              name,
              x: x ?? 0,
              ...outcome.spread,
              fill: seriesLook(series.indexOf(name)).stroke,
              words: `${name}: ${shownFigure(outcome.spread.median)} ${unit}`,
            },
          ]
        : [],
    )
    if (axis === undefined) {
      return this.#drawn(`${title}: ${series.join(", ")}, in ${unit}`, {
        height: 68 + 30 * series.length,
        marginTop: 8,
        marginLeft: roomFor(series),
        x: { label: unit, labelOffset: 46, grid: true, ticks: 3, tickFormat: shownFigure },
        y: { label: null, domain: series },
        marks: [
          barX(rows, { x: "median", y: "name", fill: "fill", title: "words", insetTop: 3, insetBottom: 3 }),
          this.#plot.ruleY(rows, { x1: "min", x2: "max", y: "name", stroke: "currentColor" }),
          ruleX([0]),
        ],
      })
    }
    const [least, largest] = [Math.min(...rows.map(({ min }) => min)), Math.max(...rows.map(({ max }) => max))]
    // Lines of different orders of magnitude are told apart on a logarithmic axis alone.
    const isWide = least > 0 && largest / least > WIDE
    return this.#drawn(`${title}: ${series.join(", ")}, in ${unit} by ${axis}`, {
      marginLeft: 62,
      marginRight: 26,
      x: { label: axis, labelOffset: 46, ticks: [...new Set(rows.map(({ x }) => x))], tickFormat: (x: number) => String(x) },
      y: isWide
        ? { type: "log", label: unit, grid: true, domain: logDomain(rows), ticks: powersOfTen(rows), tickFormat: shownCount }
        : { label: unit, grid: true, domain: [0, largest * 1.05], ticks: 5, tickFormat: shownCount },
      marks: series.flatMap((name, i) => {
        const own = rows.filter((row) => row.name === name)
        const look = seriesLook(i)
        return [
          areaY(own, { x: "x", y1: "min", y2: "max", fill: look.stroke, fillOpacity: 0.18 }),
          lineY(own, { x: "x", y: "median", ...lineOf(look) }),
          dot(own, { x: "x", y: "median", fill: look.stroke, symbol: look.shape, r: 3.4, title: "words" }),
        ]
      }),
    })
  }

  /** @param said to who cannot see it; the figures themselves are in tables */
  #drawn(said: string, options: NonNullable<Parameters<Plotting["plot"]>[0]>): string {
    const draw = this.#plot.plot as unknown as (all: object) => { readonly outerHTML: string }
    const svg = draw({
      ariaLabel: said,
      document: this.#document,
      width: WIDTH,
      height: HEIGHT,
      // The axis's own words stand above its highest figure.
      marginTop: 32,
      marginBottom: 52,
      style: STYLE,
      ...options,
    }).outerHTML
    return svg.replace("<svg ", '<svg role="img" ')
  }
}

function titlesOf(places: readonly CarrierWords["place"][]): string {
  return CARRIERS.filter(({ place }) => places.includes(place))
    .map(({ label }) => label)
    .join(", ")
}

function lineOf({ stroke, width, dashes, opacity }: Look): object {
  return { stroke, strokeWidth: width, strokeDasharray: dashes, strokeOpacity: opacity }
}

interface Row {
  readonly bytes: number
  readonly median: number
  readonly min: number
  readonly max: number
  readonly words: string
}

function rowsOf(report: Report, ids: readonly CarrierId[], { of, tick }: Aspect): Row[] {
  return report.handovers.flatMap(({ carrier, bytes, outcome }) => {
    if (!ids.includes(carrier) || outcome.status !== "measured") return []
    const { median, min, max } = of(outcome, bytes)
    const words = `${carrierWords(carrier).label}, ${shownBytes(bytes)}: ${tick(median)} (${tick(min)} to ${tick(max)})`
    return [{ bytes, median, min, max, words }]
  })
}

/** Seven at most, so that their words do not touch. */
function spaced(sizes: readonly number[]): number[] {
  const each = [...new Set(sizes)].sort((a, b) => a - b)
  const step = Math.ceil(each.length / 6)
  return each.filter((_, i) => i % step === 0)
}

/** The pixels that the longest of some words takes, about. */
function roomFor(words: readonly string[]): number {
  return 22 + 7.4 * Math.max(...words.map(({ length }) => length))
}

/** With some room at both ends, so that no line runs along the edge or through the words there. */
function logDomain(rows: readonly { readonly min: number; readonly max: number }[]): [number, number] {
  return [Math.min(...rows.map(({ min }) => min)) / ROOM, Math.max(...rows.map(({ max }) => max)) * ROOM]
}

function powersOfTen(rows: readonly { readonly min: number; readonly max: number }[]): number[] {
  const least = Math.ceil(Math.log10(Math.min(...rows.map(({ min }) => min))))
  const most = Math.floor(Math.log10(Math.max(...rows.map(({ max }) => max))))
  return Array.from({ length: Math.max(0, most - least + 1) }, (_, i) => Number(`1e${String(least + i)}`))
}
