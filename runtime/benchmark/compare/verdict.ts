// Whether two measured things can be told apart. What overlaps has no winner.

import type { RoundSpread } from "./report-schema.js"

export type Verdict = "less" | "more" | "cannot tell apart"

/** From so many rounds on, ranges that do not overlap are enough: by chance they come about once in 35 times with four. */
const ENOUGH_ROUNDS = 4

/**
 * The first against the second, by what all rounds gave: `less` only when its worst round is below the other's best. Of few rounds that happens
 * by chance, with two once in three times: there the ranges must be further apart than the wider one is wide, with two rounds twice as far.
 */
export function compared(a: RoundSpread, b: RoundSpread): Verdict {
  const gap = Math.max(a.min - b.max, b.min - a.max)
  const wider = Math.max(a.max - a.min, b.max - b.min)
  const rounds = Math.min(a.rounds ?? ENOUGH_ROUNDS, b.rounds ?? ENOUGH_ROUNDS)
  if (gap <= 0 || rounds < 2 || gap <= wider * Math.max(0, ENOUGH_ROUNDS - rounds)) return "cannot tell apart"
  return a.max < b.min ? "less" : "more"
}

/** With what chance `compared` takes two spreads of one and the same thing for different. */
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

export function shownRange({ min, max }: RoundSpread): string {
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
