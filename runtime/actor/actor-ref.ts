// ActorRef — the address of one actor, for as long as it exists, restarts included. Refs are data: they can be sent.

import { inspect } from "node:util"
import type { ActorId } from "../ids.js"
import type { Actor } from "./actor.js"
import { type AskOptions, type Asks, checkAskOptions } from "./asks.js"
import { type AskClient, ClientMaker, type TellClient } from "./clients.js"
import type { ActorDefinition } from "./definition.js"
import { Delivery, type Target } from "./delivery.js"
import type { ExitReason } from "./exit-reason.js"
import { readClock } from "../time/wall-clock.js"

/** How long an end is waited for. */
export interface JoinOptions {
  /** Milliseconds until the join fails with ERR_JOIN_TIMED_OUT; 0 looks once. @default Infinity: as long as it takes */
  readonly timeoutMs?: number
  /** Gives the join up; the actor goes on. @default none */
  readonly signal?: AbortSignal
}

/** For how much room is waited, and how long. */
export interface RoomOptions {
  /** How many messages there has to be room for. @default half of what the mailbox holds, rounded up */
  readonly messages?: number
  /** Milliseconds until the wait fails with ERR_TIMED_OUT. @default Infinity: as long as it takes, or until the actor ends */
  readonly timeoutMs?: number
  /** Gives the wait up. @default none */
  readonly signal?: AbortSignal
}

/** Who knows what becomes of actors. */
export interface FateTeller {
  join(ref: ActorRef, options?: JoinOptions): Promise<ExitReason>
  isAlive(ref: ActorRef): Promise<boolean>
  room(ref: ActorRef, options?: RoomOptions): Promise<number>
}

/** What a ref is made of: a cell is just that, for a ref of its own. */
export interface RefParts {
  readonly id: ActorId
  readonly name: string
  readonly kind: string
  readonly definition: ActorDefinition | undefined
  readonly target: Target
  readonly asks: Asks
  readonly fates: FateTeller
}

const NO_OPTIONS: AskOptions = {}

interface WithOptions {
  readonly ref: ActorRef
  readonly options: AskOptions
}

/** Both clients of a ref, made with options. */
export interface Clients<A extends Actor> {
  readonly ask: AskClient<A>
  readonly tell: TellClient<A>
}

/**
 * The address of an actor.
 * `ref.ask.increment({ by: 2 })` resolves with the answer or rejects with a typed error within its deadline (promise M2);
 * `ref.tell.increment()` returns at once and never throws (promise M5).
 */
export class ActorRef<A extends Actor = Actor> {
  static readonly #asking = new ClientMaker<ActorRef>((ref, handler, input) => ref.#askWith(handler, input, NO_OPTIONS))
  static readonly #telling = new ClientMaker<ActorRef>((ref, handler, input) => ref.#tellWith(handler, input, Infinity))
  static readonly #askingWith = new ClientMaker<WithOptions>(({ ref, options }, handler, input) =>
    ref.#askWith(handler, input, options),
  )
  static readonly #tellingWith = new ClientMaker<WithOptions>(({ ref, options }, handler, input) => {
    const { timeoutMs, signal } = options
    if (signal?.aborted !== true) ref.#tellWith(handler, input, timeoutMs === undefined ? Infinity : readClock() + timeoutMs)
  })
  readonly #parts: RefParts
  #ask: object | undefined
  #tell: object | undefined

  constructor(parts: RefParts) {
    this.#parts = parts
  }

  get id(): ActorId {
    return this.#parts.id
  }

  /** Has structured cloning, which would make an empty object of it, refused where items are put into queues. */
  get [Symbol.toStringTag](): string {
    return "ActorRef"
  }

  /** The name it was spawned with, or its id when it has none. */
  get name(): string {
    return this.#parts.name
  }

  get kind(): string {
    return this.#parts.kind
  }

  /** Calls that wait for an answer, within the default deadline of 5 s. */
  get ask(): AskClient<A> {
    this.#ask ??= ActorRef.#asking.make(this.#parts.definition, this)
    return this.#ask as AskClient<A>
  }

  /** Calls without an answer. */
  get tell(): TellClient<A> {
    this.#tell ??= ActorRef.#telling.make(this.#parts.definition, this)
    return this.#tell as TellClient<A>
  }

  /**
   * Clients with a deadline or a signal of their own; a tell with `timeoutMs` is not handled after that.
   * @throws {BadOptionError} for an option it does not know, and a time that is no finite number of milliseconds above 0.
   */
  with(options: AskOptions): Clients<A> {
    checkAskOptions(options)
    const { definition } = this.#parts
    const owner: WithOptions = { ref: this, options }
    return {
      ask: ActorRef.#askingWith.make(definition, owner) as AskClient<A>,
      tell: ActorRef.#tellingWith.make(definition, owner) as TellClient<A>,
    }
  }

  /**
   * Resolves with the reason when the actor has ended for good; at once when it has already. A restart is not an end (promise P9).
   * @throws {JoinTimedOutError} when it goes on after `timeoutMs`, CancelledError when the signal is aborted, BadOptionError
   */
  join(options?: JoinOptions): Promise<ExitReason> {
    return this.#parts.fates.join(this, options)
  }

  /** Whether the actor has not ended for good; one that is being started again lives. */
  isAlive(): Promise<boolean> {
    return this.#parts.fates.isAlive(this)
  }

  /**
   * Resolves when all that was sent through this ref before has come to the actor's mailbox, and there is room for more: with how many
   * messages may be sent until it is called again (promise M6). Who never sends more than that has no tell dropped, however slow the actor
   * is; a restart in between changes nothing. What is promised belongs to this ref for a second: whoever sends through the same one
   * shares it.
   * @example for (let room = 0; ; room--) { if (room === 0) room = await ref.room(); ref.tell.next() }
   * @throws {NoActorError} when the actor has ended or ends meanwhile, StoppingError when it takes no messages any more, TimedOutError
   *   after `timeoutMs`, CancelledError when the signal is aborted, BadOptionError, also for more `messages` than the mailbox ever holds
   */
  room(options?: RoomOptions): Promise<number> {
    return this.#parts.fates.room(this, options)
  }

  /** Whether both are the address of the same actor. */
  equals(other: ActorRef): boolean {
    return this.id === other.id
  }

  toString(): string {
    return this.name === this.id ? `${this.kind} ${this.id}` : `${this.name} (${this.id})`
  }

  toJSON(): { id: string; name: string; kind: string } {
    return { id: this.id, name: this.name, kind: this.kind }
  }

  [inspect.custom](): string {
    return `ActorRef ${this.toString()}`
  }

  #askWith(handler: string, input: unknown, options: AskOptions): Promise<unknown> {
    const { asks, target, name } = this.#parts
    // Copying options costs more than the rest of this, and most asks have none.
    return asks.ask(target, name, options === NO_OPTIONS ? { handler, input } : { handler, input, ...options })
  }

  #tellWith(handler: string, input: unknown, deadline: number): void {
    this.#parts.target.accept(new Delivery(handler, input, deadline, undefined))
  }
}
