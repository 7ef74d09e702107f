// Break-even — which placement and carrier for which size and rate: of the cells that kept up, the quickest; where none is, those that
// cannot be told apart.

import { carrierWords } from "./carrier-list.js"
import type { Offered, Report } from "./report-schema.js"
import { compared } from "./verdict.js"

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

function quickest<C>(rows: readonly { readonly carrier: C; readonly outcome: MeasuredOffer }[]): C[] {
  const [best] = [...rows].sort((a, b) => a.outcome.p50.median - b.outcome.p50.median)
  if (best === undefined) return []
  return rows.filter((row) => compared(row.outcome.p50, best.outcome.p50) !== "more").map(({ carrier }) => carrier)
}
