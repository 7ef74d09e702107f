// Life — one incarnation of one actor.
// Owns the instance, its status, timers, stash, behaviours and what it is handling. The cell owns the mailbox and the order.
// L1  Status only moves forward; #advance is its sole writer (promise A1).
// L2  Once ended, a life does nothing any more: a handler that returns late has no effect on the next one.
// L3  What few lives need is made when it is needed: there may be a million of them.

import type { Actor } from "./actor.js"
import type { ActorContext } from "./actor-context.js"
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
const NO_MESSAGES: readonly Delivery[] = []

/** Whose incarnation it is. */
export interface Living {
  /** What the instance is given of that life. */
  contextOf(life: Life): ActorContext
}

/** What few lives have at one time, and most never. */
class Details {
  controller: AbortController | undefined
  cancelledBy: (() => Error) | undefined
  context: ActorContext | undefined
  timers: Timers | undefined
  stash: Delivery[] | undefined
  family: Family | undefined
  behaviours = NO_BEHAVIOURS
  pendingEnd: ExitReason | undefined
  killed: ExitReason | undefined
  abandoned: Abandonment | undefined
  whenEnded: (() => void)[] | undefined
  hurried = false
  hurry: (() => void) | undefined
}

export class Life {
  readonly #of: Living
  #status: Status = "starting"
  #details: Details | undefined
  /** What is being handled: one message, and more only with reentrant handlers. */
  #flight: Delivery | undefined
  #flights: Set<Delivery> | undefined
  instance: Actor | undefined
  /** The message whose handler runs synchronously at this very moment. */
  current: Delivery | undefined
  /** The handler that was called last. */
  lastMessage: string | undefined
  /** Set by `context.stash()` for the current message. */
  stashing = false
  /** Takes no new messages: it drains, or it will not be started again. */
  refusing = false
  /** Its end has begun. */
  finishing = false
  /** How many non-reentrant handlers or hooks hold the actor. */
  holds = 0

  constructor(of: Living) {
    this.#of = of
  }

  get #rest(): Details {
    return (this.#details ??= new Details())
  }

  /** What its instance sees of the runtime. */
  get context(): ActorContext {
    return (this.#rest.context ??= this.#of.contextOf(this))
  }

  get family(): Family | undefined {
    return this.#details?.family
  }
  set family(family: Family | undefined) {
    this.#rest.family = family
  }

  /** The last one counts. */
  get behaviours(): readonly Behaviour[] {
    return this.#details?.behaviours ?? NO_BEHAVIOURS
  }
  set behaviours(behaviours: readonly Behaviour[]) {
    this.#rest.behaviours = behaviours
  }

  /** Why it is to end once it is idle. */
  get pendingEnd(): ExitReason | undefined {
    return this.#details?.pendingEnd
  }
  set pendingEnd(reason: ExitReason | undefined) {
    this.#rest.pendingEnd = reason
  }

  /** Set when a kill cut the orderly end short. */
  get killed(): ExitReason | undefined {
    return this.#details?.killed
  }
  set killed(reason: ExitReason | undefined) {
    this.#rest.killed = reason
  }

  get status(): Status {
    return this.#status
  }

  get ended(): boolean {
    return this.#status === "stopped"
  }

  /** Whether its end has begun: it takes on nothing that would outlast it. */
  get ending(): boolean {
    return this.finishing || this.abandoned !== undefined || this.ended
  }

  /** Why its start was given up, if it was. */
  get abandoned(): Abandonment | undefined {
    return this.#details?.abandoned
  }

  /** A message is being handled whose handler has returned and will be done later. */
  board(delivery: Delivery): void {
    if (this.#flight === undefined) this.#flight = delivery
    else (this.#flights ??= new Set()).add(delivery)
  }

  /** It is done. Returns whether it was still being handled. */
  leave(delivery: Delivery): boolean {
    if (this.#flight !== delivery) return this.#flights?.delete(delivery) === true
    this.#flight = undefined
    return true
  }

  /** Takes out all that is being handled. */
  takeFlights(): readonly Delivery[] {
    if (this.isIdle) return NO_MESSAGES
    const flights = this.#flying
    this.#flight = this.#flights = undefined
    return flights
  }

  /** Whether nothing is being handled. */
  get isIdle(): boolean {
    return this.#flight === undefined && (this.#flights === undefined || this.#flights.size === 0)
  }

  get #flying(): Delivery[] {
    return [...(this.#flight === undefined ? [] : [this.#flight]), ...(this.#flights ?? [])]
  }

  /** Messages put aside. */
  get stash(): Delivery[] {
    return (this.#rest.stash ??= [])
  }

  /** Takes what was put aside out, in order. */
  takeStash(): readonly Delivery[] {
    return this.#details?.stash?.splice(0) ?? NO_MESSAGES
  }

  /** Messages that are being handled or stashed. */
  get inFlight(): number {
    return Number(this.#flight !== undefined) + (this.#flights?.size ?? 0) + (this.#details?.stash?.length ?? 0)
  }

  get timers(): Timers {
    return (this.#rest.timers ??= new Timers())
  }

  get cancelled(): boolean {
    return this.#details?.cancelledBy !== undefined
  }

  /** Aborted when the life ends or is cancelled. */
  get signal(): AbortSignal {
    const rest = this.#rest
    if (rest.controller === undefined) {
      rest.controller = new AbortController()
      if (rest.cancelledBy !== undefined) rest.controller.abort(rest.cancelledBy())
    }
    return rest.controller.signal
  }

  /** Moves on; returns false when that would be backwards. */
  advance(to: Status): boolean {
    if (!mayAdvance(this.#status, to)) return false
    this.#status = to
    if (to === "stopped") for (const ended of this.#details?.whenEnded?.splice(0) ?? []) ended()
    return true
  }

  /** Gives its start up; the first cause counts. */
  abandon(why: Abandonment): void {
    this.#rest.abandoned ??= why
    this.hurry()
  }

  /** Its hooks are not waited for any more. */
  hurry(): void {
    const rest = this.#rest
    rest.hurried = true
    rest.hurry?.()
  }

  isHurried(): boolean {
    return this.#details?.hurried === true
  }

  /** Resolves when its hooks are not to be waited for any more. */
  whenHurried(): Promise<void> {
    const rest = this.#rest
    if (rest.hurried) return Promise.resolve()
    return new Promise((resolve) => (rest.hurry = resolve))
  }

  /** Aborts its signal, and those of what is being handled. The error is made when somebody sees it; the first one counts. */
  cancel(why: () => Error): void {
    const rest = this.#rest
    rest.cancelledBy ??= why
    const signal = rest.controller?.signal
    const isSeen = (signal !== undefined && !signal.aborted) || !this.isIdle
    if (!isSeen) return
    const error = why()
    rest.controller?.abort(error)
    for (const { reply } of this.#flying) reply?.abort(error)
  }

  /** Has something done once when it has ended; at once when it has. */
  whenEnded(ended: () => void): void {
    if (this.ended) ended()
    else (this.#rest.whenEnded ??= []).push(ended)
  }

  cancelTimers(): void {
    this.#details?.timers?.cancelAll()
  }
}
