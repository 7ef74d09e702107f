// What every error of troupe has, and how a value is shown in its message.

import { inspect } from "node:util"

/** An error with a stable code and data that survives a trip to another thread or process. */
export abstract class TroupeError extends Error {
  abstract readonly code: string
  /** What a program may want to look at, by name. */
  readonly data: Readonly<Record<string, unknown>>

  constructor(message: string, data: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.data = data
  }
}

/** The `code` of anything thrown, or undefined when it has none. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === "string" ? code : undefined
}

/** A value as error messages show it, cut to about a line. */
export function shown(value: unknown): string {
  const text = inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 80, maxArrayLength: 5 })
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}
