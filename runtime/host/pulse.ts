// Pulse — what can be seen of a host's event loop from outside, without its help (promise S15).

import { readFileSync } from "node:fs"

export interface Pulse {
  /** How often its loop has beaten; undefined when that cannot be read, which says nothing of the loop. */
  beats(): number | undefined
  /** Looked up only when beats are missing. */
  vitals(): Vitals
}

export interface Vitals {
  /** Its process was stopped by a signal: nothing of it runs. */
  readonly stopped: boolean
  /** How much its loop has worked so far, in any unit; undefined when nobody can say. */
  readonly worked: number | undefined
}

const UNKNOWN: Vitals = { stopped: false, worked: undefined }

/** Of a process, by its first thread, on which its loop runs; off Linux nobody says. */
export function processVitals(pid: number): Vitals {
  try {
    return parseVitals(readFileSync(`/proc/${String(pid)}/task/${String(pid)}/stat`, "latin1"))
  } catch {
    return UNKNOWN
  }
}

/** Reads a line of /proc/…/stat. A process that a debugger holds ("t") is not stopped by a signal. */
export function parseVitals(stat: string): Vitals {
  // The command in parentheses may itself hold blanks and parentheses; after it come the fields from number 3 on.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const ticks = Number(fields[11]) + Number(fields[12])
  return { stopped: fields[0] === "T", worked: Number.isFinite(ticks) ? ticks : undefined }
}
