// Health — whether an event loop responds, judged from outside by its heartbeat (promise S15).
// Owns what was seen so far. It has no clock and no timer: whoever looks says when.
// E1  It accuses only after a whole limit in which the observer itself was on time and the machine awake.
// E2  Once accused, a loop is forgiven by a beat and by nothing else.

import type { Pulse } from "../host/pulse.js"

/** `busy`: it is late because it works. `unresponsive`: it is stopped, or has been late for too long. */
export type Health = "well" | "busy" | "unresponsive"

/** One look. */
export interface Look {
  /** On a monotonic clock, in milliseconds. */
  readonly now: number
  /** On the clock of the wall: while the machine sleeps, it goes on alone. */
  readonly wall: number
  readonly pulse: Pulse
}

/** So many beats in a row are missing when a loop counts as late. */
const LATE_BEATS = 2

export class HealthJudge {
  readonly #beatMs: number
  readonly #limitMs: number
  #health: Health = "well"
  #beats: number | undefined
  #worked: number | undefined
  #lookedAt: number
  #wallAt: number
  #heardAt: number
  /** Nothing is accused before. */
  #freshUntil = -Infinity
  #stopped = false

  /** Looks are expected every `beatMs`. */
  constructor(spans: { beatMs: number; limitMs: number }, begun: { now: number; wall: number }) {
    this.#beatMs = spans.beatMs
    this.#limitMs = spans.limitMs
    this.#lookedAt = this.#heardAt = begun.now
    this.#wallAt = begun.wall
  }

  get health(): Health {
    return this.#health
  }

  /** Whether its process was found stopped when beats were missing. */
  get stopped(): boolean {
    return this.#stopped
  }

  /** How long it has been since the last beat was seen, in milliseconds. */
  silentMs(now: number): number {
    return now - this.#heardAt
  }

  look({ now, wall, pulse }: Look): Health {
    const sinceLook = now - this.#lookedAt
    const asleepMs = Math.abs(wall - this.#wallAt - sinceLook)
    this.#lookedAt = now
    this.#wallAt = wall
    if (sinceLook > 2 * this.#beatMs || asleepMs > this.#beatMs) {
      this.#heardAt = now
      this.#freshUntil = now + this.#limitMs
    }
    const beats = pulse.beats()
    if (beats === undefined) {
      this.#heardAt = now
      return this.#health
    }
    if (beats !== this.#beats) {
      this.#beats = beats
      this.#heardAt = now
      this.#worked = undefined
      this.#stopped = false
      return (this.#health = "well")
    }
    return this.#health === "unresponsive" ? "unresponsive" : (this.#health = this.#judge(now, pulse))
  }

  #judge(now: number, pulse: Pulse): Health {
    const silentMs = this.silentMs(now)
    if (silentMs < LATE_BEATS * this.#beatMs) return "well"
    const { stopped, worked } = pulse.vitals()
    const works = worked !== undefined && this.#worked !== undefined && worked > this.#worked
    this.#worked = worked
    this.#stopped = stopped
    if ((stopped || silentMs >= this.#limitMs) && now >= this.#freshUntil) return "unresponsive"
    return works ? "busy" : "well"
  }
}
