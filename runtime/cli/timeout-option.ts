// The option --timeout, and what it is when nobody gives it.

import { Option } from "commander"
import type { Call } from "./call.js"
import type { ClientConfig } from "./client-config.js"
import { parseDuration, shownDuration } from "./duration.js"

/** For what the node answers from memory. */
export const LISTING_MS = 5_000
/** For what makes an actor start, unless the configuration gives it longer. */
const START_MS = 15_000

/** How long to wait for a start; the node has a limit of its own, and tells of it when it is over. */
export function startMs({ node }: Pick<ClientConfig, "node">): number {
  return Math.max(START_MS, node.startTimeoutMs)
}

export function timeoutOption(summary: string, byDefault: number | string): Option {
  const shown = typeof byDefault === "number" ? shownDuration(byDefault) : byDefault
  return new Option("--timeout <time>", `${summary}: 500ms, 5s, 2m (default: ${shown})`).argParser(parseDuration)
}

/** The time that was given, or the default, in milliseconds. */
export function timeoutOf({ options }: Pick<Call, "options">, byDefault: number): number {
  const { timeout } = options
  return typeof timeout === "number" ? timeout : byDefault
}
