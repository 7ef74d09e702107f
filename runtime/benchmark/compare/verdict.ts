// Whether two measured things can be told apart. What overlaps has no winner.

import type { RoundSpread } from "./report-schema.js"

export type Verdict = "less" | "more" | "cannot tell apart"

/** From so many rounds on, ranges that do not overlap are enough: by chance they come about once in 35 times with four. */
const ENOUGH_ROUNDS = 4

/** What differs by less than this factor is not called different: neither the clock nor a machine is so steady, and two runs are less so. */
const LEAST_FACTOR = 1.05
const LEAST_BETWEEN_RUNS = 1.1

/**
 * The first against the second, by what all rounds gave: `less` only when its worst round is below the other's best. Of few rounds that happens
 * by chance, with two once in three times: there the ranges must be further apart than the wider one is wide, with two rounds twice as far.
 * Distances are factors, since what is measured here spreads by factors: 129 against 3,956–7,445 is far apart.
 */
export function compared(a: RoundSpread, b: RoundSpread): Verdict {
  return ordered(a, b, { least: LEAST_FACTOR, widths: Math.max(0, ENOUGH_ROUNDS - roundsOf(a, b)) })
}

/**
 * The same for two runs. Each begins anew, with other memory and other threads on other cores, so that the rounds of both spread wider than those
 * of either: the ranges must be as far apart as the wider one is wide, however many rounds there are.
 */
export function changed(now: RoundSpread, was: RoundSpread): Verdict {
  return ordered(now, was, { least: LEAST_BETWEEN_RUNS, widths: Math.max(1, ENOUGH_ROUNDS - roundsOf(now, was)) })
}

function roundsOf(a: RoundSpread, b: RoundSpread): number {
  return Math.min(a.rounds ?? ENOUGH_ROUNDS, b.rounds ?? ENOUGH_ROUNDS)
}

/** @param wanted by which factor they must differ, and how many times as far as the wider one is wide */
function ordered(a: RoundSpread, b: RoundSpread, wanted: { readonly least: number; readonly widths: number }): Verdict {
  const [low, high] = a.max < b.min ? [a, b] : [b, a]
  const gap = factor(low.max, high.min)
  const wider = Math.max(factor(a.min, a.max), factor(b.min, b.max))
  const isApart = low.max < high.min && roundsOf(a, b) >= 2 && gap >= wanted.least && gap > wider ** wanted.widths
  if (!isApart) return "cannot tell apart"
  return low === a ? "less" : "more"
}

/** How many times as much the second is. Of nothing, something is any number of times as much. */
function factor(less: number, more: number): number {
  if (less === more) return 1
  return less <= 0 ? Infinity : more / less
}

/** With what chance, at most, two spreads of one and the same thing are taken for different. */
export function chanceOf(a: RoundSpread, b: RoundSpread): number {
  const [least = ENOUGH_ROUNDS, most = ENOUGH_ROUNDS] = [a.rounds ?? ENOUGH_ROUNDS, b.rounds ?? ENOUGH_ROUNDS].sort(
    (x, y) => x - y,
  )
  if (least < 2) return 0
  // Of few rounds more than a gap is asked for, so that the chance is no more than with enough of them.
  const fewest = Math.max(ENOUGH_ROUNDS, least)
  // All of one below all of the other, or above: of all ways to draw the one from both, two.
  let ways = 1
  for (let i = 1; i <= fewest; i++) ways = (ways * (Math.max(fewest, most) + i)) / i
  return 2 / ways
}

/** `cannot tell apart: 4.1–5.9 against 4.4–6.3 µs`. */
export function cannotTell(a: RoundSpread, b: RoundSpread, unit: string): string {
  return `cannot tell apart: ${shownRange(a)} against ${shownRange(b)} ${unit}`
}

export function shownRange({ min, max }: Pick<RoundSpread, "min" | "max">): string {
  const [low, high] = [shownFigure(min), shownFigure(max)]
  return low === high ? low : `${low}–${high}`
}

/** Two significant digits below 10, three above, thousands apart. */
export function shownFigure(figure: number): string {
  if (figure === 0) return "0"
  const size = Math.abs(figure)
  if (size >= 100) return Math.round(figure).toLocaleString("en-US")
  if (size >= 10) return trimmed(figure, 1)
  return trimmed(figure, size >= 1 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(size))))
}

function trimmed(figure: number, digits: number): string {
  return String(Number(figure.toFixed(digits)))
}
