// Break-even — which placement and carrier for which size and rate: of the cells that kept up, the quickest; where none is, those that
// cannot be told apart.

import { carrierWords } from "./carrier-list.js"
import type { Offered, Report } from "./report-schema.js"
import { shownBytes } from "./shown-bytes.js"
import { compared, shownFigure, shownRange } from "./verdict.js"

type MeasuredOffer = Extract<Offered["outcome"], { status: "measured" }>

export type BreakEven = Report["breakEven"][number]

export function breakEvens(offered: readonly Offered[]): BreakEven[] {
  const kept = offered.flatMap(({ carrier, bytes, rate, outcome }) =>
    outcome.status === "measured" && outcome.keptUp && carrierWords(carrier).role === "cell"
      ? [{ carrier, bytes, rate, outcome }]
      : [],
  )
  const grid = new Map(offered.map(({ bytes, rate }) => [`${String(bytes)} ${String(rate)}`, { bytes, rate }]))
  const away = (row: (typeof kept)[number]): boolean => carrierWords(row.carrier).place !== "inline"
  return [...grid.values()].map(({ bytes, rate }) => {
    const here = kept.filter((row) => row.bytes === bytes && row.rate === rate)
    const among = (place: "thread" | "process"): BreakEven["thread"] =>
      quickest(here.filter((row) => away(row) && carrierWords(row.carrier).place === place))
    return { bytes, rate, thread: among("thread"), process: among("process") }
  })
}

/** For each rate, in a sentence: what to take in a thread and between processes, with its figures. */
export function breakEvenAdvice(evens: readonly BreakEven[], offered: readonly Offered[]): string[] {
  return evens.map(({ bytes, rate, thread, process }) => {
    const told = (place: string, ids: BreakEven["thread"]): string => {
      const each = ids.flatMap((id) => {
        const outcome = offered.find((one) => one.carrier === id && one.bytes === bytes && one.rate === rate)?.outcome
        return outcome?.status === "measured" ? [`${carrierWords(id).label} (${shownRange(outcome.p50)} µs)`] : []
      })
      if (each.length === 0) return `nothing keeps up ${place}`
      return each.length === 1 ? `${place} ${each.join("")}` : `${place} ${each.join(" or ")}, which cannot be told apart`
    }
    return `At ${shownFigure(rate)} handovers a second of ${shownBytes(bytes)}: ${told("within a process", thread)}; ${told("between processes", process)}.`
  })
}

function quickest<C>(rows: readonly { readonly carrier: C; readonly outcome: MeasuredOffer }[]): C[] {
  const [best] = [...rows].sort((a, b) => a.outcome.p50.median - b.outcome.p50.median)
  if (best === undefined) return []
  return rows.filter((row) => compared(row.outcome.p50, best.outcome.p50) !== "more").map(({ carrier }) => carrier)
}
