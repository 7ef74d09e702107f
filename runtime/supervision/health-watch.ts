// HealthWatch — looks after the event loop of one life of an actor (promise S15). What is seen is judged by HealthJudge.
// Owns the timer. An inline actor has no loop of its own to look at, and is never watched.

import type { HostedActor } from "../host/actor-host.js"
import { beatMsFor } from "../host/heartbeat.js"
import { type Health, HealthJudge } from "./health.js"

/** That a loop does not respond any more, or responds again. */
export interface HealthChange {
  readonly event: "unresponsive" | "responsive"
  /** Since when no beat was seen, in milliseconds; 0 when it responds again. */
  readonly silentMs: number
  /** Its process was stopped by a signal. */
  readonly stopped: boolean
}

export class HealthWatch {
  readonly #actor: HostedActor
  readonly #changed: (change: HealthChange) => void
  readonly #judge: HealthJudge
  readonly #timer: NodeJS.Timeout

  constructor(actor: HostedActor, limitMs: number, changed: (change: HealthChange) => void) {
    const beatMs = beatMsFor(limitMs)
    this.#actor = actor
    this.#changed = changed
    this.#judge = new HealthJudge({ beatMs, limitMs }, { now: performance.now(), wall: Date.now() })
    this.#timer = setInterval(() => this.#look(), beatMs)
    this.#timer.unref()
  }

  get health(): Health {
    return this.#judge.health
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const { pulse } = this.#actor
    if (pulse === undefined) return
    const was = this.#judge.health
    const now = performance.now()
    const health = this.#judge.look({ now, wall: Date.now(), pulse })
    if ((health === "unresponsive") === (was === "unresponsive")) return
    const event = health === "unresponsive" ? "unresponsive" : "responsive"
    this.#changed({ event, silentMs: Math.round(this.#judge.silentMs(now)), stopped: this.#judge.stopped })
  }
}
