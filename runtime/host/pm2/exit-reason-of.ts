// Pure: what a process's end, as the system tells it, means for its actor (promise A3).

import type { ExitReason } from "../../actor/exit-reason.js"

/** What is known about the end of a process. */
export interface ProcessEnd {
  readonly code?: number | undefined
  readonly signal?: string | undefined
  /** What we had asked for before it ended. */
  readonly requested?: "stop" | "kill" | undefined
  /** The last it wrote to stderr. */
  readonly stderr?: string | undefined
  /** Code 0 as pm2 tells it, which may as well have been SIGINT. */
  readonly maybeSigint?: boolean | undefined
  /** Whether the actor announced its end before; tells the two apart. */
  readonly farewell?: "said" | "missing" | undefined
}

const OUT_OF_MEMORY = /heap out of memory|Reached heap limit|CALL_AND_RETRY_LAST|invalid array buffer length.*out of memory/i
// 128 + the number of SIGABRT, SIGKILL, SIGTERM: how a shell, or a parent like one, tells a signal as a code.
const ABORTED_CODE = 134
const KILL_SIGNALS = new Set(["SIGTERM", "SIGKILL"])
const KILL_CODES = new Set([137, 143])

/** Whether the last words on stderr are those of V8 giving up for want of memory. */
export function saysOutOfMemory(stderr: string): boolean {
  return OUT_OF_MEMORY.test(stderr)
}

/** The exit reason of an actor whose process ended so. */
export function exitReasonOf(end: ProcessEnd): ExitReason {
  const { code, signal, requested, stderr = "" } = end
  const aborted = signal === "SIGABRT" || code === ABORTED_CODE
  if (aborted && saysOutOfMemory(stderr)) return { type: "out-of-memory", known: signal === undefined ? "exit-event" : "signal" }
  const byOurSignal = signal !== undefined ? KILL_SIGNALS.has(signal) : code !== undefined && KILL_CODES.has(code)
  if (requested === "kill" && (byOurSignal || code === 0)) return { type: "killed", known: "requested" }
  if (signal !== undefined) return { type: "signalled", known: "signal", signal }
  if (code === undefined) return { type: "host-lost", known: "exit-event" }
  if (code !== 0) return { type: "exited", known: "exit-event", code }
  if (requested === "stop") return { type: "shutdown", known: "requested" }
  if (end.maybeSigint === true && end.farewell === "missing") return { type: "signalled", known: "signal", signal: "SIGINT" }
  return { type: "normal", known: "exit-event" }
}
