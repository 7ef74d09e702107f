// HealthWatch — looks after the event loop of one life of an actor (promise S15). What is seen is judged by HealthJudge.
// Owns the timers. An inline actor has no loop of its own to look at, and is never watched.
// O1  Those that look equally often look in one turn: each timer wakes the thread, and a node at rest may have many.

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

/** All that look equally often. */
interface Round {
  readonly watches: Set<HealthWatch>
  readonly timer: NodeJS.Timeout
}

/** By how many milliseconds lie between two looks. */
const rounds = new Map<number, Round>()

export class HealthWatch {
  readonly #beatMs: number
  readonly #actor: HostedActor
  readonly #changed: (change: HealthChange) => void
  readonly #judge: HealthJudge

  constructor(actor: HostedActor, limitMs: number, changed: (change: HealthChange) => void) {
    const beatMs = beatMsFor(limitMs)
    this.#beatMs = beatMs
    this.#actor = actor
    this.#changed = changed
    this.#judge = new HealthJudge({ beatMs, limitMs }, { now: performance.now(), wall: Date.now() })
    let round = rounds.get(beatMs)
    if (round === undefined) {
      const watches = new Set<HealthWatch>()
      // What one look leads to may end others, or begin them.
      const timer = setInterval(() => [...watches].forEach((watch) => watch.#look()), beatMs).unref()
      round = { watches, timer }
      rounds.set(beatMs, round)
    }
    round.watches.add(this)
  }

  get health(): Health {
    return this.#judge.health
  }

  close(): void {
    const round = rounds.get(this.#beatMs)
    if (round?.watches.delete(this) !== true || round.watches.size > 0) return
    clearInterval(round.timer)
    rounds.delete(this.#beatMs)
  }

  #look(): void {
    const { pulse } = this.#actor
    if (pulse === undefined || rounds.get(this.#beatMs)?.watches.has(this) !== true) return
    const was = this.#judge.health
    const now = performance.now()
    const health = this.#judge.look({ now, wall: Date.now(), pulse })
    if ((health === "unresponsive") === (was === "unresponsive")) return
    const event = health === "unresponsive" ? "unresponsive" : "responsive"
    this.#changed({ event, silentMs: Math.round(this.#judge.silentMs(now)), stopped: this.#judge.stopped })
  }
}
