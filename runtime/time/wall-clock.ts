// The clocks of a thread: the monotonic one, and the time since 1970 for deadlines that travel, as hosts of one machine share that.

/** The difference is looked up anew after this time, for clocks are set. */
const OFFSET_AGE_MS = 100
let offset = 0
let offsetUntil = -Infinity
let lastRead = -Infinity

/** The time by `performance.now()`, remembered for whoever can do with the time that was read last. */
export function readClock(): number {
  return (lastRead = performance.now())
}

/** What to add to `performance.now()` of this thread for the milliseconds since 1970. */
export function wallClockOffset(): number {
  readClock()
  return recentWallClockOffset()
}

/** The same for one who has just read the clock: to read it costs as much as a tenth of a message. */
export function recentWallClockOffset(): number {
  if (lastRead > offsetUntil) {
    offset = Date.now() - performance.now()
    offsetUntil = lastRead + OFFSET_AGE_MS
  }
  return offset
}
