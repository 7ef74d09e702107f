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

/** The time allowed in milliseconds. @throws {BadOptionError} unless it is 0 or more; CancelledError when the signal has been aborted already */
export function allowedMs(name: string, { timeoutMs, signal }: WaitOptions): number {
  if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs >= 0))
    throw new BadOptionError("timeoutMs", "a number of milliseconds, 0 or more", timeoutMs)
  if (signal?.aborted === true) throw new CancelledError(name, signal.reason)
  return timeoutMs ?? Infinity
}
