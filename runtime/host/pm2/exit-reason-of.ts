// Pure: what a process's end, as the system tells it, means for its actor (promise A3).

import type { ExitReason } from "../../actor/exit-reason.js"
import type { Farewell } from "../../actor/ledger.js"

/** What is known about the end of a process. */
export interface ProcessEnd {
  readonly code?: number | undefined
  readonly signal?: string | undefined
  /** Code 0 as pm2 tells it, which may as well have been SIGINT. */
  readonly maybeSigint?: boolean | undefined
  /** What the process itself said before; tells the two apart. */
  readonly farewell?: Farewell | undefined
  /** Whose word this is: the line that names the signal, the notice that does not, or both. */
  readonly sources?: "line" | "event" | "both" | undefined
}

/** The exit reason of an actor whose process ended so, by itself as far as this tells. */
export function exitReasonOf(end: ProcessEnd): ExitReason {
  const { code, signal } = end
  if (signal !== undefined) return { type: "signalled", known: "signal", signal }
  if (code === undefined) return { type: "host-lost", known: "exit-event" }
  if (code !== 0 || end.farewell === "exiting") return { type: "exited", known: "exit-event", code }
  if (end.maybeSigint === true && end.farewell === "missing")
    // Without the line it may have been any signal.
    return end.sources === "event"
      ? { type: "host-lost", known: "exit-event" }
      : { type: "signalled", known: "signal", signal: "SIGINT" }
  return { type: "normal", known: "exit-event" }
}
