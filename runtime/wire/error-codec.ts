// encodeError, decodeError — whatever was thrown, as plain data, and an Error made from it on the other side (promise M9).
// E1  encodeError never throws, and what it gives can always be encoded: what cannot is described in words.
// E2  decodeError never throws and always gives an Error, whatever it is given.
// E3  No message holds an absolute path; stacks stay where they are unless asked for.

import { inspect } from "node:util"
import { DataCopy } from "./error-data.js"
import { withoutPaths } from "./error-message.js"

/** An error as plain data. */
export interface WireError {
  readonly name: string
  readonly message: string
  readonly code?: string | number
  /** The error's own `data`, with descriptions in place of what cannot be encoded. */
  readonly data?: unknown
  readonly cause?: WireThrown
  /** The parts of an AggregateError. */
  readonly errors?: readonly WireThrown[]
  readonly stack?: string
}

/** Something thrown: an error, or any other value. */
export type WireThrown =
  { readonly type: "error"; readonly error: WireError } | { readonly type: "value"; readonly value: unknown }

export interface EncodeErrorOptions {
  /** Whether the stack, which names files, goes along. @default "kept" */
  readonly stack?: "kept" | "sent"
  /** Objects in `data` that the codec at hand can encode, so that they go as they are. @default none */
  readonly keeps?: (part: object) => boolean
}

const MAX_MESSAGE_CHARACTERS = 16_384
const MAX_CAUSES = 8
const MAX_PARTS = 100
const NON_ERROR = "NonError"

const BUILT_IN: ReadonlyMap<string, ErrorConstructor> = new Map([
  ["Error", Error],
  ["EvalError", EvalError],
  ["RangeError", RangeError],
  ["ReferenceError", ReferenceError],
  ["SyntaxError", SyntaxError],
  ["TypeError", TypeError],
  ["URIError", URIError],
])

/**
 * What was thrown, as plain data. Kept are name, message, `code`, `data`, `cause` (8 levels) and an AggregateError's `errors` (100);
 * a value that is no Error becomes one named `NonError` with the value as its cause. Other fields stay behind.
 */
export function encodeError(thrown: unknown, options: EncodeErrorOptions = {}): WireError {
  const copy: DataCopy = new DataCopy({
    keeps: options.keeps,
    error: (inner) => decodeError(encode(inner, { options, copy, above: [] })),
  })
  try {
    return thrown instanceof Error
      ? encode(thrown, { options, copy, above: [] })
      : { name: NON_ERROR, message: messageOf(shownValue(thrown)), cause: { type: "value", value: copy.of(thrown) } }
  } catch {
    return { name: NON_ERROR, message: "an error that throws when it is read" }
  }
}

interface Encoding {
  readonly options: EncodeErrorOptions
  readonly copy: DataCopy
  readonly above: readonly Error[]
}

function encode(error: Error, encoding: Encoding): WireError {
  const { options, copy, above } = encoding
  const inner: Encoding = { ...encoding, above: [...above, error] }
  const code = field(error, "code")
  const data = field(error, "data")
  const stack = options.stack === "sent" ? field(error, "stack") : undefined
  const parts = field(error, "errors")
  return {
    name: textOr(field(error, "name"), "Error").slice(0, 200),
    message: messageOf(textOr(field(error, "message"), "")),
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(data === undefined ? {} : { data: copy.of(data) }),
    ...("cause" in error ? { cause: encodeThrown(field(error, "cause"), inner) } : {}),
    ...(Array.isArray(parts) && isAggregate(error)
      ? { errors: parts.slice(0, MAX_PARTS).map((part: unknown) => encodeThrown(part, inner)) }
      : {}),
    ...(typeof stack === "string" ? { stack: stack.slice(0, MAX_MESSAGE_CHARACTERS) } : {}),
  }
}

function encodeThrown(thrown: unknown, encoding: Encoding): WireThrown {
  const { above, copy } = encoding
  if (!(thrown instanceof Error)) return { type: "value", value: copy.of(thrown) }
  if (above.includes(thrown)) return { type: "value", value: "[an error above]" }
  if (above.length > MAX_CAUSES || !copy.spend(1)) return { type: "value", value: "[further errors]" }
  return { type: "error", error: encode(thrown, encoding) }
}

/**
 * The error that was encoded: of the same class when that is built in, else an Error; with name, message, code, data, cause and
 * errors. Its stack is the one that was sent or its first line alone, never one of this place.
 */
export function decodeError(wire: unknown): Error {
  try {
    return decode(wire, 0)
  } catch {
    return named(new Error("an error arrived in a form that cannot be read"), NON_ERROR)
  }
}

function decode(wire: unknown, depth: number): Error {
  const name = textOr(field(wire, "name"), "Error").slice(0, 200)
  const message = textOr(field(wire, "message"), "(no message)").slice(0, MAX_MESSAGE_CHARACTERS)
  const cause = field(wire, "cause")
  const parts = field(wire, "errors")
  const options = cause === undefined ? undefined : { cause: decodeThrown(cause, depth + 1) }
  const rebuilt = partsOf(parts).map((part) => decodeThrown(part, depth + 1))
  const error = withoutTrace(() =>
    name === "AggregateError"
      ? new AggregateError(rebuilt, message, options)
      : new (BUILT_IN.get(name) ?? Error)(message, options),
  )
  if (error.name !== name) named(error, name)
  if (name !== "AggregateError" && Array.isArray(parts)) own(error, "errors", rebuilt)
  const code = field(wire, "code")
  if (typeof code === "string" || typeof code === "number") own(error, "code", code)
  const data = field(wire, "data")
  if (data !== undefined) own(error, "data", data)
  const stack = field(wire, "stack")
  const local = typeof stack === "string" ? stack : `${name}: ${message}`
  Object.defineProperty(error, "stack", { value: local, writable: true, configurable: true, enumerable: false })
  return error
}

/** Makes an error without the trace of this place, which says nothing about the error and costs more than all the rest. */
function withoutTrace(make: () => Error): Error {
  const frames = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return make()
  } finally {
    Error.stackTraceLimit = frames
  }
}

function decodeThrown(wire: unknown, depth: number): unknown {
  if (depth > 2 * MAX_CAUSES) return "[further errors]"
  return field(wire, "type") === "error" ? decode(field(wire, "error"), depth) : field(wire, "value")
}

function partsOf(parts: unknown): readonly unknown[] {
  return Array.isArray(parts) ? parts.slice(0, MAX_PARTS) : []
}

function isAggregate(error: Error): boolean {
  return error instanceof AggregateError || field(error, "name") === "AggregateError"
}

/** A field that may be missing, or throw. */
function field(of: unknown, key: string): unknown {
  try {
    return typeof of === "object" && of !== null ? (of as Record<string, unknown>)[key] : undefined
  } catch {
    return undefined
  }
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise
}

function messageOf(text: string): string {
  return withoutPaths(text.length > MAX_MESSAGE_CHARACTERS ? `${text.slice(0, MAX_MESSAGE_CHARACTERS)}…` : text)
}

function shownValue(value: unknown): string {
  if (typeof value === "string") return value
  try {
    return inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 200, maxArrayLength: 10 })
  } catch {
    return "a value that throws when it is read"
  }
}

function named(error: Error, name: string): Error {
  Object.defineProperty(error, "name", { value: name, writable: true, configurable: true, enumerable: false })
  return error
}

function own(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: true })
}
