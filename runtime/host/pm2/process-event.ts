// Pure: what pm2's event socket tells of starts and ends of processes.

import { isRecord } from "./pm2-rpc.js"

/** What became of an app's process. `labels` are the app's own TROUPE_INTERNAL_ variables. */
export type ProcessEvent =
  | { readonly type: "online"; readonly name: string; readonly pmId: number; readonly uniqueId: string; readonly labels: Labels }
  | ExitedEvent
  | { readonly type: "daemon-lost" }

export interface ExitedEvent {
  readonly type: "exited"
  readonly name: string
  readonly pmId: number
  /** Empty when only the log line told. */
  readonly uniqueId: string
  readonly labels: Labels
  /** Undefined when a signal ended it. */
  readonly code: number | undefined
  readonly signal: string | undefined
  /** pm2 tells exit code 0 and death by SIGINT in the same words. */
  readonly maybeSigint: boolean
  /** `event` alone is unproven: pm2 also says so of a process it failed to stop. Check with `isAlive`. */
  readonly sources: "both" | "line" | "event"
}

export type Labels = Readonly<Record<string, string>>

/** An exit as pm2's log line has it. */
export interface ExitLine {
  readonly name: string
  readonly pmId: number
  readonly code: number | undefined
  readonly signal: string | undefined
  readonly maybeSigint: boolean
}

/** A notice as pm2's `process:event` has it. */
export interface ProcessNotice {
  readonly event: string
  readonly name: string
  readonly pmId: number
  readonly uniqueId: string
  /** Tells one run of an app from the next. */
  readonly run: string
  readonly code: number | undefined
  readonly labels: Labels
}

const EXIT_LINE = /^App \[(.*):(\d+)\] exited with code \[(-?\d+)\] via signal \[(\w+)\]\s*$/

/**
 * Reads `App [name:0] exited with code [0] via signal [SIGKILL]`. pm2 writes SIGINT where there was no signal, and 0 where there was
 * one: a code other than 0 means no signal, and 0 with SIGINT means either.
 * @returns undefined for any other line.
 */
export function parseExitLine(line: string): ExitLine | undefined {
  const match = EXIT_LINE.exec(line)
  if (match === null) return undefined
  const [, name = "", pmId, codeText, signalText] = match
  const code = Number(codeText)
  const head = { name, pmId: Number(pmId) }
  if (code !== 0) return { ...head, code, signal: undefined, maybeSigint: false }
  if (signalText === "SIGINT") return { ...head, code: 0, signal: undefined, maybeSigint: true }
  return { ...head, code: undefined, signal: signalText, maybeSigint: false }
}

/** Reads one `process:event`. @returns undefined when it is none: an app may send anything under that name. */
export function parseNotice(packet: unknown): ProcessNotice | undefined {
  if (!isRecord(packet) || !isRecord(packet["process"]) || typeof packet["event"] !== "string") return undefined
  const about = packet["process"]
  const { pm_id: pmId, name, unique_id: uniqueId, pm_uptime: startedAt, exit_code: code } = about
  if (typeof pmId !== "number" || typeof name !== "string") return undefined
  const unique = typeof uniqueId === "string" ? uniqueId : ""
  return {
    event: packet["event"],
    name,
    pmId,
    uniqueId: unique,
    run: `${unique}@${String(startedAt)}`,
    code: typeof code === "number" ? code : undefined,
    labels: labelsIn(about),
  }
}

// pm2 lays an app's variables over its description of the app, which is what it sends.
function labelsIn(about: Record<string, unknown>): Labels {
  return Object.fromEntries(
    Object.entries(about).flatMap(([name, value]) =>
      name.startsWith("TROUPE_INTERNAL_") && typeof value === "string" ? [[name, value]] : [],
    ),
  )
}
