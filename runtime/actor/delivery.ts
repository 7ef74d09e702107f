// Delivery — one user message on its way to one actor, and where its answer goes.

import type { ActorId } from "../ids.js"
import { UNNUMBERED } from "./intake.js"

/** What carries an ask to another host. */
export interface Carrier {
  /** The ask was settled, here or by its answer. */
  closed(): void
}

/** Where an answer goes. Exactly one of `answer` and `fail` has an effect per ask; what comes later is dropped and counted. */
export interface ReplyTo {
  answer(value: unknown): void
  fail(error: unknown): void
  /** Told before the handler is called, so that it is known of a host that dies. */
  begin(): void
  /** Nobody waits for the answer any more: it came, or the caller gave up. */
  readonly closed: boolean
  /** Aborted when the caller gave up (promise M4). */
  readonly signal: AbortSignal
  /** Aborts that signal because the callee is to give up; the ask stays open. */
  abort(why: Error): void
  /** Told once when it closes. Whoever carries the ask elsewhere sets it. */
  carrier: Carrier | undefined
}

export class Delivery {
  /** Its handler was called once; one that is stashed may be called again. */
  begun = false
  /** What the intake of a thread knows it by that came from outside of it; UNNUMBERED for any other. */
  arrival = UNNUMBERED

  // One is made per message: an options object would be a second allocation.
  // eslint-disable-next-line @typescript-eslint/max-params
  constructor(
    readonly handler: string,
    readonly input: unknown,
    /** When it expires, by `performance.now()` of this thread; Infinity for never. */
    readonly deadline: number,
    /** Undefined for a tell. */
    readonly reply: ReplyTo | undefined,
  ) {}
}

/** Whatever takes messages for an actor: its cell, or the way to another host. Never throws; a failure goes to `reply`. */
export interface Target {
  readonly id: ActorId
  accept(delivery: Delivery): void
}

/** The outcome of a message that was not handled, as it is counted and published (promises M5, M7). */
export interface DeadLetter {
  readonly actor: ActorId
  readonly name: string
  readonly handler: string
  /** Why it could not be sent, when it could not. */
  readonly error?: unknown
  readonly reason:
    | "no-such-actor"
    | "mailbox-full"
    | "stopping"
    | "died"
    | "expired"
    | "stash-full"
    | "not-delivered"
    | "bus-lost"
    | "unencodable"
}
