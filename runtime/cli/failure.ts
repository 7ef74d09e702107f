// Failure — whatever went wrong, as one line for people, one JSON object for programs, and an exit code.

import { codeOf, RemoteError, TroupeError } from "../errors.js"
import { exitCodeOf } from "./exit-code.js"
import type { Colors } from "./terminal.js"
import { oneLine } from "./terminal.js"

export interface Failure {
  readonly code: string
  readonly message: string
  readonly data: Readonly<Record<string, unknown>>
  readonly exitCode: number
}

/** What to do next, for the errors whose own message does not say it. */
const NEXT: Readonly<Record<string, string>> = {
  ERR_TIMED_OUT: 'give it longer with --timeout, or see "troupe ps"',
  ERR_NOT_DELIVERED: '"troupe why NAME" tells why it is down',
  ERR_STOPPING: '"troupe ps" shows its status',
  ERR_NO_HANDLER: '"troupe describe KIND" lists the handlers',
  ERR_BAD_MESSAGE: "correct the input and ask again",
  ERR_DIED_BEFORE_START: '"troupe why NAME" tells why',
  ERR_DIED_WHILE_HANDLING: '"troupe why NAME" tells why',
  ERR_START_FAILED: "mend the cause and spawn it again",
  ERR_START_TIMED_OUT: "raise node.startTimeoutMs if it needs longer",
  ERR_INTERNAL: "this is a defect of troupe; please report it",
}

/** Describes anything thrown. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof RemoteError) return failure(thrown, exitCodeOf(thrown.code, thrown.source))
  if (thrown instanceof TroupeError) return failure(thrown, exitCodeOf(thrown.code, "here"))
  const known = thrown instanceof Error ? codeOf(thrown) : undefined
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  const code = known ?? "ERR_INTERNAL"
  const stack = thrown instanceof Error ? thrown.stack : undefined
  return failure({ code, message, data: stack === undefined ? {} : { stack } }, exitCodeOf(code, "here"))
}

function failure({ code, message, data }: Omit<Failure, "exitCode">, exitCode: number): Failure {
  return { code, message, data, exitCode }
}

/** `ERR_CODE: what happened; what to do next`, always one line. */
export function failureLine({ code, message }: Failure, colors: Colors): string {
  const next = NEXT[code]
  return `${colors.red(oneLine(code))}: ${oneLine(message)}${next === undefined ? "" : `; ${next}`}`
}

/** `{"code":…,"message":…,…data}`. */
export function failureJson({ code, message, data }: Failure): string {
  // First as they are read, and last so that data of the same name cannot replace them.
  return JSON.stringify(Object.assign({ code, message }, data, { code, message }))
}
