// A report as text for a terminal of 80 columns: what was measured, and last, where it is seen, what follows. All figures are in the JSON and on the page.

import { changesText } from "./against.js"
import type { CarrierId } from "./carrier.js"
import { CARRIERS, carrierWords } from "./carrier-list.js"
import type { MeasuredHandover, Offered, Report, RoundSpread, WorkloadReport } from "./report-schema.js"
import { shownBytes } from "./shown-bytes.js"
import { countRange, microsRange, shownCount, shownMicros } from "./shown-figures.js"
import { shownFigure, shownRange } from "./verdict.js"

/** Puts rows below titles; the command line has its own way of doing that. */
export type Tabulate = (titles: readonly string[], rows: readonly (readonly string[])[]) => string

type Offer = Extract<Offered["outcome"], { status: "measured" }>

interface Printer {
  readonly tabulate: Tabulate
  readonly heading: (text: string) => string
}

const COLUMNS = 80
/** Sizes side by side: so many ranges fit beside the carriers' names. */
const SIZES = 4
const NONE = "–"

export function textReport(report: Report, tabulate: Tabulate, heading: (text: string) => string): string {
  const { machine, others, advice, mode, tookSeconds, workloads, claims, against } = report
  const printer = { tabulate, heading }
  const machineWords =
    `${machine.cpu}, ${String(machine.cores)} ${machine.cores === 1 ? "core" : "cores"}, ${String(machine.memoryGiB)} GiB, ` +
    `${machine.system}, Node.js ${machine.node}, nats-server ${machine.natsServer}, governor ${machine.governor}, load ${machine.load.toFixed(2)}`
  const parts = [
    [machineWords, `${mode} run, ${String(tookSeconds)} s, payload: ${report.payload}; ${others.words}`]
      .map((line) => wrapped(line))
      .join("\n"),
    ...handoverTexts(report, printer),
    ...workloads.map((workload) => workloadText(workload, printer)),
    ...offeredTexts(report, printer),
  ]
  if (claims.length > 0) {
    const lines = claims.flatMap(({ of, claim, verdict, measured }) => [
      `  ${heading(verdict.padEnd(VERDICT))}${of}: ${claim}`,
      wrapped(measured, " ".repeat(VERDICT + 2)),
    ])
    parts.push(`${heading("What is said of threads and processes, and what was measured here")}\n${lines.join("\n")}`)
  }
  const list = (title: string, lines: readonly string[]): void => {
    if (lines.length > 0) parts.push(`${heading(title)}\n${lines.map((line) => wrapped(line, "    ", "  ")).join("\n")}`)
  }
  list("Not measured", unmeasuredOf(report))
  if (against !== undefined) list("Against the earlier report", changesText(against))
  list("What follows", advice)
  return parts.join("\n\n")
}

/** As wide as the longest verdict, and a little. */
const VERDICT = 15

/** One table for each aspect, a column for each of some sizes. */
function handoverTexts({ handovers }: Report, { tabulate, heading }: Printer): string[] {
  const all = [...new Set(handovers.map(({ bytes }) => bytes))].sort((a, b) => a - b)
  const drawn = (sizes: readonly number[], cell: (outcome: MeasuredHandover) => string): string => {
    const rows = CARRIERS.map(({ id, label }) => {
      const cells = sizes.map((bytes) => {
        const outcome = handovers.find((row) => row.carrier === id && row.bytes === bytes)?.outcome
        return outcome?.status === "measured" ? cell(outcome) : NONE
      })
      return [label, ...cells]
    })
    return rows.every(([, ...cells]) => cells.every((one) => one === NONE)) ? "" : tabulate(["", ...sizes.map(shownBytes)], rows)
  }
  const table = (title: string, words: string, cell: (outcome: MeasuredHandover) => string): string[] => {
    const tables = [SIZES, SIZES - 1, SIZES - 2].map((most) => drawn(spread(all, most), cell))
    const fits = tables.find((text) => text.split("\n").every(({ length }) => length <= COLUMNS)) ?? tables.at(-1) ?? ""
    return fits === "" ? [] : [`${heading(title)}\n${wrapped(words)}\n${fits}`]
  }
  const slow = (us: number | undefined): string => (us === undefined ? NONE : shownMicros(us))
  return [
    ...table("How long a handover takes", "one at a time, until the receipt is back: p50, range of the rounds", ({ p50 }) =>
      microsRange(p50),
    ),
    ...table("How long one of a hundred takes at least", "p99", ({ p99 }) => slow(p99)),
    ...table("How long one of a thousand takes at least", "p99.9", ({ p999 }) => slow(p999)),
    ...table("How many a second", "with as many under way as the carrier takes: range of the rounds", ({ perSecond }) =>
      countRange(perSecond),
    ),
    ...table("Processor time of each", "with several under way: here, there and in nats-server together", ({ cpu }) =>
      cpu === undefined ? NONE : shownMicros(cpu.here + cpu.there + (cpu.between ?? 0)),
    ),
    ...table("Bytes copied for each", "on both sides, in the kernel and in nats-server", ({ copiedBytes }) =>
      copiedBytes === undefined ? NONE : shownBytes(copiedBytes),
    ),
  ]
}

/** The first, the last, and some between. */
function spread(sizes: readonly number[], most: number): number[] {
  if (sizes.length <= most) return [...sizes]
  const at = Array.from({ length: most }, (_, i) => Math.round((i * (sizes.length - 1)) / (most - 1)))
  return at.flatMap((i) => sizes[i] ?? [])
}

function workloadText(workload: WorkloadReport, { tabulate, heading }: Printer): string {
  const { title, unit, axis, points, notes } = workload
  const series = [...new Set(points.map((point) => point.series))]
  const xs = [...new Set(points.flatMap(({ x }) => (x === undefined ? [] : [x])))].sort((a, b) => a - b)
  const at = (name: string, x?: number): RoundSpread | undefined => {
    const outcome = points.find((point) => point.series === name && point.x === x)?.outcome
    return outcome?.status === "measured" ? outcome.spread : undefined
  }
  const shown = (figure: RoundSpread | undefined, range: (of: RoundSpread) => string): string =>
    figure === undefined ? NONE : range(figure)
  const table =
    axis === undefined
      ? tabulate(
          ["", "MEDIAN", "RANGE"],
          series.map((name) => [name, shown(at(name), ({ median }) => shownFigure(median)), shown(at(name), shownRange)]),
        )
      : tabulate(
          [axis.toUpperCase(), ...xs.map(shownFigure)],
          series.map((name) => [name, ...xs.map((x) => shown(at(name, x), countRange))]),
        )
  const missing = points.flatMap(({ series: name, x, outcome }) =>
    outcome.status === "measured" ? [] : [`${NONE} ${name}${x === undefined ? "" : `, ${shownFigure(x)}`}: ${outcome.why}`],
  )
  const words = axis === undefined ? unit : `${unit}, range of the rounds`
  return `${heading(title)} (${words})\n${[table, ...[...missing, ...notes].map((line) => wrapped(line, "  ", ""))].join("\n")}`
}

function offeredTexts({ offered, breakEven }: Report, { tabulate, heading }: Printer): string[] {
  if (offered.length === 0) return []
  const rates = [...new Set(offered.map(({ rate }) => rate))].sort((a, b) => a - b)
  const lines = [...new Map(offered.map(({ carrier, bytes }) => [`${carrier} ${String(bytes)}`, { carrier, bytes }])).values()]
  const drawn = (of: (outcome: Offer) => string): string => {
    const rows = lines.map(({ carrier, bytes }) => {
      const cells = rates.map((rate) => {
        const outcome = offered.find((one) => one.carrier === carrier && one.bytes === bytes && one.rate === rate)?.outcome
        if (outcome?.status !== "measured") return NONE
        return outcome.keptUp ? of(outcome) : `no: ${shownCount(outcome.achieved)}`
      })
      return [`${carrierWords(carrier).label}, ${shownBytes(bytes)}`, ...cells]
    })
    return tabulate(["DUE PER SECOND", ...rates.map(shownFigure)], rows)
  }
  const best = breakEven.map(({ bytes, rate, thread, process }) => [
    shownBytes(bytes),
    shownFigure(rate),
    namesOf(thread),
    namesOf(process),
  ])
  return [
    `${heading("At a given rate")}\n${wrapped("since each handover was due, p50; of who does not keep up, how many a second were done")}\n${drawn(({ p50 }) => shownMicros(p50.median))}`,
    `${heading("The slow ones at a given rate")}\n${wrapped("since each handover was due, p99")}\n${drawn(({ p99 }) => (p99 === undefined ? NONE : shownMicros(p99)))}`,
    `${heading("Which carrier for which size and rate")}\n${wrapped("of those that kept up the quickest; several cannot be told apart")}\n` +
      tabulate(["PAYLOAD", "PER SECOND", "IN A THREAD", "IN A PROCESS"], best),
  ]
}

/** Carriers in words; that none kept up. */
function namesOf(carriers: readonly CarrierId[]): string {
  return carriers.length === 0 ? "none kept up" : carriers.map((id) => carrierWords(id).medium).join(" or ")
}

/** What is missing and why, each reason once. */
export function unmeasuredOf(report: Report): string[] {
  const reasons = new Map<string, Set<string>>()
  const note = (key: string, where: string): void => {
    reasons.set(key, (reasons.get(key) ?? new Set()).add(where))
  }
  for (const { carrier, bytes, outcome } of report.handovers)
    if (outcome.status !== "measured")
      note(`${carrierWords(carrier).label}: ${outcome.status}: ${outcome.why}`, shownBytes(bytes))
  for (const { carrier, bytes, rate, outcome } of report.offered)
    if (outcome.status !== "measured")
      note(
        `${carrierWords(carrier).label}, at a rate: ${outcome.status}: ${outcome.why}`,
        `${shownBytes(bytes)} at ${shownFigure(rate)}/s`,
      )
  return [...[...reasons].map(([why, places]) => `${why} (${[...places].join(", ")})`), ...report.notMeasured]
}

/** Words in lines of a terminal's width. @param first what the first line begins with, like the others when left out */
function wrapped(words: string, indent = "", first = indent): string {
  const lines: string[] = []
  let line = first
  let isEmpty = true
  for (const word of words.split(" ")) {
    if (!isEmpty && line.length + 1 + word.length > COLUMNS) {
      lines.push(line)
      line = indent
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line].join("\n")
}
