// Pure: what a process's end, as the system tells it, means for its actor (promise A3).

import type { ExitReason } from "../../actor/exit-reason.js"

/** What is known about the end of a process. */
export interface ProcessEnd {
  readonly code?: number | undefined
  readonly signal?: string | undefined
  /** Code 0 as pm2 tells it, which may as well have been SIGINT. */
  readonly maybeSigint?: boolean | undefined
  /** Whether the actor announced its end before; tells the two apart. */
  readonly farewell?: "said" | "missing" | undefined
}

/** The exit reason of an actor whose process ended so, by itself as far as this tells. */
export function exitReasonOf(end: ProcessEnd): ExitReason {
  const { code, signal } = end
  if (signal !== undefined) return { type: "signalled", known: "signal", signal }
  if (code === undefined) return { type: "host-lost", known: "exit-event" }
  if (code !== 0) return { type: "exited", known: "exit-event", code }
  if (end.maybeSigint === true && end.farewell === "missing") return { type: "signalled", known: "signal", signal: "SIGINT" }
  return { type: "normal", known: "exit-event" }
}
