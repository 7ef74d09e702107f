// Life — one incarnation of one actor.
// Owns the instance, its status, timers, stash, behaviours and what it is handling. The cell owns the mailbox and the order.
// L1  Status only moves forward; #advance is its sole writer (promise A1).
// L2  Once ended, a life does nothing any more: a handler that returns late has no effect on the next one.
// L3  What few lives need is made when it is needed: there may be a million of them.

import type { Actor } from "./actor.js"
import type { Delivery } from "./delivery.js"
import type { ExitReason } from "./exit-reason.js"
import type { Family } from "./surroundings.js"
import { mayAdvance, type Status } from "./status.js"
import { Timers } from "./timers.js"

/** Why a start was given up; `stage` is where that was decided, when it was not where the start had got to. */
export interface Abandonment {
  readonly cause: unknown
  readonly stage?: string
}

/** Methods that stand in for an actor's own while it has become something else. */
export type Behaviour = Readonly<Record<string, (input: never) => unknown>>

const NO_BEHAVIOURS: readonly Behaviour[] = []

export class Life {
  #status: Status = "starting"
  #controller: AbortController | undefined
  #timers: Timers | undefined
  #flights: Set<Delivery> | undefined
  #stash: Delivery[] | undefined
  instance: Actor | undefined
  family: Family | undefined
  /** The message whose handler runs synchronously at this very moment. */
  current: Delivery | undefined
  /** The handler that was called last. */
  lastMessage: string | undefined
  /** Set by `context.stash()` for the current message. */
  stashing = false
  /** The last one counts. */
  behaviours: readonly Behaviour[] = NO_BEHAVIOURS
  /** Takes no new messages: it drains, or it will not be started again. */
  refusing = false
  /** Why it is to end once it is idle. */
  pendingEnd: ExitReason | undefined
  /** Its end has begun. */
  finishing = false
  /** Set when a kill cut the orderly end short. */
  killed: ExitReason | undefined
  #abandoned: Abandonment | undefined
  #whenEnded: (() => void)[] | undefined
  #hurried = false
  #hurry: (() => void) | undefined
  /** How many non-reentrant handlers or hooks hold the actor. */
  holds = 0

  get status(): Status {
    return this.#status
  }

  get ended(): boolean {
    return this.#status === "stopped"
  }

  /** Whether its end has begun: it takes on nothing that would outlast it. */
  get ending(): boolean {
    return this.finishing || this.#abandoned !== undefined || this.ended
  }

  /** Why its start was given up, if it was. */
  get abandoned(): Abandonment | undefined {
    return this.#abandoned
  }

  /** What is being handled; more than one only with reentrant handlers. */
  get flights(): Set<Delivery> {
    return (this.#flights ??= new Set())
  }

  /** Whether nothing is being handled. */
  get isIdle(): boolean {
    return this.#flights === undefined || this.#flights.size === 0
  }

  get stash(): Delivery[] {
    return (this.#stash ??= [])
  }

  /** Messages that are being handled or stashed. */
  get inFlight(): number {
    return (this.#flights?.size ?? 0) + (this.#stash?.length ?? 0)
  }

  get timers(): Timers {
    return (this.#timers ??= new Timers())
  }

  get cancelled(): boolean {
    return this.#controller?.signal.aborted === true
  }

  /** Aborted when the life ends or is cancelled. */
  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal
  }

  /** Moves on; returns false when that would be backwards. */
  advance(to: Status): boolean {
    if (!mayAdvance(this.#status, to)) return false
    this.#status = to
    if (to === "stopped") for (const ended of this.#whenEnded?.splice(0) ?? []) ended()
    return true
  }

  /** Gives its start up; the first cause counts. */
  abandon(why: Abandonment): void {
    this.#abandoned ??= why
    this.hurry()
  }

  /** Its hooks are not waited for any more. */
  hurry(): void {
    this.#hurried = true
    this.#hurry?.()
  }

  isHurried(): boolean {
    return this.#hurried
  }

  /** Resolves when its hooks are not to be waited for any more. */
  whenHurried(): Promise<void> {
    if (this.#hurried) return Promise.resolve()
    return new Promise((resolve) => (this.#hurry = resolve))
  }

  cancel(why: Error): void {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
    }
    this.#controller.abort(why)
    for (const { reply } of this.#flights ?? []) reply?.abort(why)
  }

  /** Has something done once when it has ended; at once when it has. */
  whenEnded(ended: () => void): void {
    if (this.ended) ended()
    else (this.#whenEnded ??= []).push(ended)
  }

  cancelTimers(): void {
    this.#timers?.cancelAll()
  }
}
