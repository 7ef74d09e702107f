// WaitOptions — how long a wait may take, and who may call it off.

import { BadOptionError, CancelledError } from "../errors.js"

export interface WaitOptions {
  /** Milliseconds; 0 is one try. @default as long as it takes */
  readonly timeoutMs?: number
  /** Calls the wait off: it rejects with ERR_CANCELLED, and nothing is held. @default none */
  readonly signal?: AbortSignal
}

/** For the blocking forms, which no signal reaches. */
export type BlockOptions = Pick<WaitOptions, "timeoutMs">

/** What a wait knows; the priority is a put's. */
const KNOWN: readonly string[] = ["timeoutMs", "signal", "priority"]

/** Refuses what is no options, and options that no wait has: `timeout` would be a wait without end. @throws {BadOptionError} */
export function checkWaitOptions(options: object): void {
  if (typeof (options as unknown) !== "object" || (options as unknown) === null)
    throw new BadOptionError("options", "an object of options", options)
  for (const key in options)
    if (!KNOWN.includes(key)) throw new BadOptionError(`option ${key}`, `one of ${KNOWN.join(", ")}`, key)
}

/**
 * The time allowed in milliseconds.
 * @throws {BadOptionError} unless it is 0 or more, and for other options than those of a wait; CancelledError when the signal has been aborted already
 */
export function allowedMs(name: string, options: WaitOptions): number {
  checkWaitOptions(options)
  const { timeoutMs, signal } = options
  if (signal !== undefined && !((signal as unknown) instanceof AbortSignal))
    throw new BadOptionError("signal", "an AbortSignal", signal)
  if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs >= 0))
    throw new BadOptionError("timeoutMs", "a number of milliseconds, 0 or more", timeoutMs)
  if (signal?.aborted === true) throw new CancelledError(name, signal.reason)
  return timeoutMs ?? Infinity
}
