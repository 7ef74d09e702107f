// Fields of a reply that came over the bus, whatever it is: a node of another version must not make a listing fail.

import { describeExit, type ExitReason } from "../actor/exit-reason.js"
import { oneLine } from "./terminal.js"

export type Fields = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** A field as an object; an empty one when it is none. */
export function recordAt(fields: Fields, key: string): Fields {
  const value = fields[key]
  return isRecord(value) ? value : {}
}

/** The objects in a field that should be a list of them. */
export function rowsAt(fields: Fields, key: string): readonly Fields[] {
  const value = fields[key]
  return Array.isArray(value) ? value.filter(isRecord) : []
}

/** A field as text for one line; `-` when there is nothing to show. */
export function textAt(fields: Fields, key: string): string {
  const value = fields[key]
  if (typeof value === "string" && value !== "") return oneLine(value)
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "-"
}

/** A field as a number; NaN when it is none. */
export function numberAt(fields: Fields, key: string): number {
  const value = fields[key]
  return typeof value === "number" ? value : NaN
}

const REASONS = new Set<unknown>([
  "normal",
  "shutdown",
  "killed",
  "crashed",
  "exited",
  "signalled",
  "out-of-memory",
  "unresponsive",
  "host-lost",
  "no-such-actor",
] satisfies ExitReason["type"][])

/** An exit reason in a few words. */
export function reasonAt(fields: Fields, key: string): string {
  const reason = recordAt(fields, key)
  if (!REASONS.has(reason["type"])) return textAt(reason, "type")
  if (reason["type"] === "crashed" && !isRecord(reason["error"])) return "crashed"
  return oneLine(describeExit(reason as ExitReason))
}
