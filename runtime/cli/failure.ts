// Failure — whatever went wrong, as one line for people, one JSON object for programs, and an exit code.

import picocolors from "picocolors"
import { OutputLostError, RemoteError, TroupeError } from "../errors.js"
import { exitCodeOf } from "./exit-code.js"
import { nearName } from "./presence.js"
import { type Colors, oneLine } from "./terminal.js"

export interface Failure {
  readonly code: string
  readonly message: string
  readonly data: Readonly<Record<string, unknown>>
  readonly exitCode: number
}

/** What is known of the command that failed. */
export interface FailedCommand {
  /** Whether it can be given longer. */
  readonly takesTimeout: boolean
}

type Next = (data: Failure["data"], command: FailedCommand) => string

const why: Next = ({ actor }) => `"troupe why ${typeof actor === "string" ? actor : "NAME"}" tells why`

/** What to do next, for the errors whose own message does not say it. */
const NEXT: Readonly<Record<string, Next>> = {
  ERR_TIMED_OUT: ({ what }, { takesTimeout }) =>
    typeof what === "string" && what.startsWith("the node, ")
      ? 'it is overloaded, or an inline actor in a handler that never returns holds it: "troupe down" and "troupe up" start afresh'
      : takesTimeout
        ? 'give it longer with --timeout, or see "troupe ps"'
        : '"troupe doctor" says what is wrong',
  ERR_NOT_DELIVERED: why,
  ERR_STOPPING: () => '"troupe ps" shows its status',
  ERR_NO_HANDLER: ({ handler, handlers }) => meantOf(handler, handlers) ?? '"troupe describe" shows the handlers of each kind',
  ERR_NO_KIND: ({ kind, kinds }) => meantOf(kind, kinds) ?? '"troupe describe" shows what each is',
  ERR_BAD_MESSAGE: () => "correct the input and ask again",
  ERR_DIED_BEFORE_START: why,
  ERR_DIED_WHILE_HANDLING: why,
  ERR_START_FAILED: () => "mend the cause and spawn it again",
  ERR_START_TIMED_OUT: (_, { takesTimeout }) =>
    takesTimeout ? "give it longer with --timeout" : "raise node.startTimeoutMs if it needs longer",
  ERR_NODE_FAILED: () => '"troupe doctor" says more, "troupe down" clears everything away',
  ERR_PM2: () => '"troupe doctor" says more',
  ERR_INTERNAL: () => "this is a defect of troupe; please report it",
}

function meantOf(word: unknown, known: unknown): string | undefined {
  if (typeof word !== "string" || !Array.isArray(known)) return undefined
  const near = nearName(word, known.filter((one) => typeof one === "string")) // prettier-ignore
  return near === undefined ? undefined : `did you mean "${near}"?`
}

/** Describes anything thrown. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof RemoteError) return failure(thrown, exitCodeOf(thrown.code, thrown.source))
  if (thrown instanceof TroupeError) return failure(thrown, exitCodeOf(thrown.code, "here"))
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  const stack = thrown instanceof Error ? thrown.stack : undefined
  const code = "ERR_INTERNAL"
  return failure({ code, message, data: stack === undefined ? {} : { stack } }, exitCodeOf(code, "here"))
}

function failure({ code, message, data }: Omit<Failure, "exitCode">, exitCode: number): Failure {
  return { code, message, data, exitCode }
}

/** `ERR_CODE: what happened; what to do next`, always one line. */
export function failureLine(
  { code, message, data }: Failure,
  colors: Colors,
  command: FailedCommand = { takesTimeout: false },
): string {
  const next = NEXT[code]?.(data, command)
  return `${colors.red(oneLine(code))}: ${oneLine(message)}${next === undefined ? "" : `; ${oneLine(next)}`}`
}

/** `{"code":…,"message":…,…data}`. */
export function failureJson({ code, message, data }: Failure): string {
  // First as they are read, and last so that data of the same name cannot replace them.
  return JSON.stringify(Object.assign({ code, message }, data, { code, message }))
}

/** What is said on stderr when stdout has failed. */
export function outputLost({ cause, json }: { readonly cause: string; readonly json: boolean }): string {
  const lost = failureOf(new OutputLostError("stdout", cause))
  return `${json ? failureJson(lost) : failureLine(lost, picocolors.createColors(false))}\n`
}
