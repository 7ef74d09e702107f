// Waiting for a condition with a deadline, instead of sleeping and hoping.

import { setTimeout as pause } from "node:timers/promises"

export interface EventuallyOptions {
  /** Milliseconds until it counts as never. @default 5000 */
  readonly timeoutMs?: number
  /** Milliseconds between two looks. @default 5 */
  readonly everyMs?: number
  /** What is waited for, for the message when it never comes. */
  readonly what?: string
}

/**
 * Looks again and again until `look` gives something true, or an assertion in it no longer throws, and returns what it gave.
 * Only `false`, `undefined` and `null` count as "not yet".
 */
export async function eventually<T>(look: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<NonNullable<T>> {
  const { timeoutMs = 5000, everyMs = 5, what = "the condition" } = options
  const deadline = performance.now() + timeoutMs
  let last: unknown
  do {
    try {
      const seen = await look()
      if (seen !== undefined && seen !== null && seen !== false) return seen
      last = undefined
    } catch (error) {
      last = error
    }
    // eslint-disable-next-line no-restricted-syntax -- this is the one place where tests wait
    await pause(everyMs)
  } while (performance.now() < deadline)
  throw new Error(`${what} did not come about within ${String(timeoutMs)} ms`, last === undefined ? undefined : { cause: last })
}
