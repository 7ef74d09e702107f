// Spans of time as people write and read them.

import { InvalidArgumentError } from "commander"
import { millis, type Millis } from "../ids.js"

const FORM = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
/** The longest time a timer of Node.js can wait. */
const LONGEST_MS = 2 ** 31 - 1

/** `500ms`, `1.5s`, `2m` or plain milliseconds. @throws {InvalidArgumentError} for anything else, and for 0 */
export function parseDuration(text: string): Millis {
  const [, amount, unit = "ms"] = FORM.exec(text) ?? []
  const ms = Math.round(Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS])
  if (ms >= 1 && ms <= LONGEST_MS) return millis(ms)
  throw new InvalidArgumentError("expected a time such as 500ms, 5s or 2m, from 1 ms to 24 days")
}

/** The two largest units: `3m 4s`, `850ms`. */
export function shownDuration(ms: number): string {
  if (!(ms >= 0)) return "-"
  if (ms < 1000) return `${String(Math.round(ms))}ms`
  const seconds = Math.floor(ms / 1000)
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const
  const first = parts.findIndex(([count]) => count > 0)
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${String(count)}${unit}`)
    .join(" ")
}
