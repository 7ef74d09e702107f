// ExitReason — why an actor ended, in one vocabulary for inline actors, threads and processes (promise A3).

import { inspect } from "node:util"
import { withoutPaths } from "../wire/error-message.js"
import { number, oneOf, optional, record, type Shape, tagged, text } from "../wire/shape.js"

const EVIDENCE = [
  "returned",
  "requested",
  "thrown-error",
  "exit-event",
  "signal",
  "crash-report",
  "missed-heartbeats",
  "restart-intensity",
  "significant-child",
] as const

/** How an exit reason is known. `crash-report`: from what Node.js wrote down when V8 had to give up. */
export type Evidence = (typeof EVIDENCE)[number]

/** A thrown error as data: what of it may leave its host. */
export interface ErrorSummary {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
}

/**
 * Why an actor ended and how that is known.
 * `normal` and `shutdown` are orderly; every other one is abnormal (source: promise A3, after Erlang's exit reasons).
 */
export type ExitReason =
  | { readonly type: "normal"; readonly known: Evidence }
  | { readonly type: "shutdown"; readonly known: Evidence }
  | { readonly type: "killed"; readonly known: Evidence }
  | { readonly type: "crashed"; readonly known: Evidence; readonly error: ErrorSummary }
  | { readonly type: "exited"; readonly known: Evidence; readonly code: number }
  | { readonly type: "signalled"; readonly known: Evidence; readonly signal: string }
  | { readonly type: "out-of-memory"; readonly known: Evidence }
  | { readonly type: "unresponsive"; readonly known: Evidence }
  | { readonly type: "host-lost"; readonly known: Evidence }
  | { readonly type: "no-such-actor"; readonly known: Evidence }

const known = oneOf(...EVIDENCE)
const errorSummary = record({ name: text, message: text, code: optional(text), stack: optional(text) }) as Shape<ErrorSummary>

/** An exit reason that came from another host. */
export const exitReason: Shape<ExitReason> = tagged({
  normal: { known },
  shutdown: { known },
  killed: { known },
  crashed: { known, error: errorSummary },
  exited: { known, code: number },
  signalled: { known, signal: text },
  "out-of-memory": { known },
  unresponsive: { known },
  "host-lost": { known },
  "no-such-actor": { known },
})

/** How a life ended. */
export interface LifeEnd {
  readonly reason: ExitReason
  /** What ended it, if something was thrown. */
  readonly thrown: unknown
  /** The handler it was at, or had called last; undefined when it had called none, or when that went with its host. */
  readonly lastMessage: string | undefined
}

/** Whether a transient actor that ended so is left alone. */
export function isOrderly(reason: ExitReason): boolean {
  return reason.type === "normal" || reason.type === "shutdown"
}

/** An exit reason in a few words, as logs and listings show it: `crashed (TypeError: x is not a function)`. */
export function describeExit(reason: ExitReason): string {
  switch (reason.type) {
    case "crashed":
      return `crashed (${reason.error.name}: ${reason.error.message})`
    case "exited":
      return `exited (${String(reason.code)})`
    case "signalled":
      return `signalled (${reason.signal})`
    case "normal":
    case "shutdown":
    case "killed":
    case "out-of-memory":
    case "unresponsive":
    case "host-lost":
    case "no-such-actor":
      return reason.type
  }
}

/** What of a message or a stack is told: an exit reason must fit into one event, whatever was thrown. */
const SHOWN_CHARS = 8000

/** What of a thrown value may be told to others. Never throws, whatever was thrown. */
export function summarise(thrown: unknown): ErrorSummary {
  try {
    if (!(thrown instanceof Error)) return { name: "NonError", message: bounded(inspect(thrown, { depth: 1 })) }
    const { name, message, stack } = thrown as { name: unknown; message: unknown; stack?: unknown }
    const code = (thrown as { code?: unknown }).code
    return {
      name: typeof name === "string" ? bounded(name) : "Error",
      message: withoutPaths(bounded(typeof message === "string" ? message : inspect(message, { depth: 1 }))),
      ...(typeof code === "string" ? { code: bounded(code) } : {}),
      ...(typeof stack === "string" ? { stack: bounded(stack) } : {}),
    }
  } catch {
    return { name: "NonError", message: "(a thrown value that cannot be shown)" }
  }
}

function bounded(text: string): string {
  return text.length <= SHOWN_CHARS ? text : `${text.slice(0, SHOWN_CHARS)}… (${String(text.length)} characters)`
}
