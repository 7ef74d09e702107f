// The time since 1970 from a thread's monotonic clock, for deadlines that travel: hosts of one machine share the wall clock.

/** The difference is looked up anew after this time, for clocks are set. */
const OFFSET_AGE_MS = 100
let offset = 0
let offsetUntil = -Infinity

/** What to add to `performance.now()` of this thread for the milliseconds since 1970. */
export function wallClockOffset(): number {
  const now = performance.now()
  if (now > offsetUntil) {
    offset = Date.now() - now
    offsetUntil = now + OFFSET_AGE_MS
  }
  return offset
}
