// What a handler throws, as it is judged: no value that was thrown, however odd, may keep its caller from an answer.

import { summarise } from "./exit-reason.js"

/** How many causes deep is looked. */
const MAX_CAUSES = 10

/** The thrown value if it is an Error, else one named `NonError` with that value as its cause, as it arrives from another host. */
export function errorOf(thrown: unknown): Error {
  try {
    if (thrown instanceof Error) return thrown
  } catch {
    // A proxy may throw when it is looked at.
  }
  const error = new Error(typeof thrown === "string" ? thrown : summarise(thrown).message, { cause: thrown })
  error.name = "NonError"
  return error
}

/**
 * Whether an error says no more than that an aborted signal was heeded (promise M4): it is the signal's reason or has it as a
 * cause, or is the platform's `AbortError`.
 */
export function heeds(error: Error, signal: AbortSignal): boolean {
  if (!signal.aborted) return false
  try {
    if (error.name === "AbortError") return true
    let cause: unknown = error
    for (let depth = 0; depth <= MAX_CAUSES; depth++) {
      if (cause === signal.reason) return true
      if (!(cause instanceof Error)) return false
      cause = cause.cause
    }
  } catch {
    // A getter of the error threw: whatever it is, it is no such error.
  }
  return false
}
