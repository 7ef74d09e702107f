// Figures and ranges with the unit that suits them, for tables and axes.

import { shownFigure, shownRange } from "./verdict.js"

interface Unit {
  readonly from: number
  readonly of: number
  readonly name: string
}

const TIMES: readonly Unit[] = [
  { from: 1e6, of: 1e6, name: " s" },
  { from: 1000, of: 1000, name: " ms" },
  { from: 1, of: 1, name: " µs" },
  { from: 0, of: 0.001, name: " ns" },
]
const COUNTS: readonly Unit[] = [
  { from: 1e6, of: 1e6, name: " M" },
  { from: 10_000, of: 1000, name: " k" },
  { from: 0, of: 1, name: "" },
]

/** Microseconds: `451 ns`, `2.42 µs`, `56.9 ms`. */
export function shownMicros(us: number): string {
  return us === 0 ? "0" : shownIn(TIMES, us)
}

/** 1,500 as it is, 15,000 as `15 k`. */
export function shownCount(count: number): string {
  return shownIn(COUNTS, count)
}

/** `7.61–27.7 µs`; one figure where both are shown alike. */
export function microsRange(range: { readonly min: number; readonly max: number }): string {
  return rangeIn(TIMES, range)
}

/** `82.1–84.4 M`. */
export function countRange(range: { readonly min: number; readonly max: number }): string {
  return rangeIn(COUNTS, range)
}

function shownIn(units: readonly Unit[], figure: number): string {
  const { of, name } = unitOf(units, figure)
  return `${shownFigure(figure / of)}${name}`
}

/** Both in the unit of the larger one. */
function rangeIn(units: readonly Unit[], { min, max }: { readonly min: number; readonly max: number }): string {
  const { of, name } = unitOf(units, max)
  return `${shownRange({ min: min / of, max: max / of })}${name}`
}

function unitOf(units: readonly Unit[], figure: number): Unit {
  return units.find(({ from }) => figure >= from) ?? { from: 0, of: 1, name: "" }
}
