// CallOptions — what a call that waits may be given: a time limit and a signal, and what else its rule names.

import { BadOptionError } from "../errors.js"

export interface CallOptionsRule {
  /** The call, as its errors name it. */
  readonly call: string
  readonly known: readonly string[]
  /** The time limits that make sense, and those words for them. */
  readonly timeoutMs: { readonly accepts: (ms: number) => boolean; readonly expected: string }
}

interface CallOptions {
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** The options themselves. @throws {BadOptionError} naming the first that is wrong. */
export function checkCallOptions<O extends CallOptions>(options: O, { call, known, timeoutMs: limit }: CallOptionsRule): O {
  if (typeof (options as unknown) !== "object" || (options as unknown) === null)
    throw new BadOptionError(call, "an object of options", options)
  for (const key of Object.keys(options))
    if (!known.includes(key)) throw new BadOptionError(`${call} ${key}`, known.join(" or "), key)
  const { timeoutMs, signal } = options
  if (timeoutMs !== undefined && !(typeof (timeoutMs as unknown) === "number" && limit.accepts(timeoutMs)))
    throw new BadOptionError("timeoutMs", limit.expected, timeoutMs)
  if (signal !== undefined && !((signal as unknown) instanceof AbortSignal))
    throw new BadOptionError("signal", "an AbortSignal", signal)
  return options
}
