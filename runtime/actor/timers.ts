// Timers — what one incarnation has scheduled.
// Whether they keep the program alive is the actor's business, not theirs.
// T1  A tick belongs to one key and one setting of it; cancelled, replaced or of an ended incarnation, it is never handled.

import { BadOptionError } from "../errors.js"
import { millis } from "../ids.js"
import { LongTimer } from "../time/long-timer.js"

/** When a scheduled message comes: once after a delay, or again and again. Milliseconds. */
export type Schedule = { readonly afterMs: number } | { readonly everyMs: number }

const FIELDS: readonly string[] = ["afterMs", "everyMs", "key"]

/** @throws {BadOptionError} unless it says when, once, and nothing else. */
export function checkSchedule(when: Schedule & { readonly key?: string }): void {
  const given = Object.entries(typeof (when as unknown) === "object" && (when as unknown) !== null ? when : {})
  const spans = given.filter(([field]) => field === "afterMs" || field === "everyMs")
  const unknown = given.find(([field]) => !FIELDS.includes(field))
  if (unknown !== undefined) throw new BadOptionError("schedule", `one of ${FIELDS.join(", ")}`, unknown[0])
  if (spans.length !== 1) throw new BadOptionError("schedule", "either { afterMs } or { everyMs }", when)
  for (const [field, span] of spans)
    if (millis(span, field) < 1 && field === "everyMs") throw new BadOptionError(field, "1 or more", span)
}

interface Timer {
  handle: LongTimer
  queued: boolean
}

export class Timers {
  readonly #timers = new Map<string, Timer>()

  /**
   * Calls `tick` when it is time; a timer of the same key is replaced. `valid` says whether that tick is still wanted when its
   * turn comes. A repeating timer has at most one tick queued: an actor that is late skips beats, it does not catch up.
   */
  set(key: string, schedule: Schedule, tick: (valid: () => boolean) => void): void {
    this.cancel(key)
    const repeating = "everyMs" in schedule
    const spanMs = repeating ? schedule.everyMs : schedule.afterMs
    const fire = (): void => {
      if (repeating) timer.handle = new LongTimer(spanMs, fire).unref()
      if (timer.queued) return
      timer.queued = true
      tick(() => {
        if (this.#timers.get(key) !== timer) return false
        timer.queued = false
        if (!repeating) this.#timers.delete(key)
        return true
      })
    }
    const timer: Timer = { handle: new LongTimer(spanMs, fire).unref(), queued: false }
    this.#timers.set(key, timer)
  }

  /** Returns whether there was such a timer. */
  cancel(key: string): boolean {
    const timer = this.#timers.get(key)
    if (timer === undefined) return false
    timer.handle.cancel()
    return this.#timers.delete(key)
  }

  cancelAll(): void {
    for (const key of [...this.#timers.keys()]) this.cancel(key)
  }
}
