// ActorContext — what an actor can do besides its own state. One per life; it does nothing once that life has ended.

import { BadOptionError, UnavailableError } from "../errors.js"
import { actorName } from "../ids.js"
import type { Actor } from "./actor.js"
import type { ActorCell } from "./actor-cell.js"
import type { ActorRef } from "./actor-ref.js"
import type { ActorClass } from "./definition.js"
import { Delivery } from "./delivery.js"
import type { Behaviour, Life } from "./life.js"
import type { SpawnOptions } from "./spawn-options.js"
import type { ActorLog, Family, Home, LivingActor, Placement } from "./surroundings.js"
import { checkSchedule, type Schedule } from "./timers.js"
import { publicTopic } from "../wire/subject.js"

/** What a subscriber is given: the topic and what was published. */
export interface TopicEvent {
  readonly topic: string
  readonly data: unknown
}

export class ActorContext {
  readonly #cell: ActorCell
  readonly #life: Life
  #log: ActorLog | undefined

  constructor(cell: ActorCell, life: Life) {
    this.#cell = cell
    this.#life = life
  }

  /** The children of an actor, for the supervisor that looks after them. @internal */
  // What it is beyond a Family is known to supervision/, which makes both.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  static familyOf<F extends Family>(context: ActorContext): F {
    return (context.#life.family ??= context.#cell.around.familyOf(context.#cell)) as F
  }

  /** Has something done once when an incarnation has ended, however it did. @internal */
  static whenEnded(context: ActorContext, ended: () => void): void {
    context.#life.whenEnded(ended)
  }

  /** Where its program belongs. @internal */
  get home(): Home {
    return this.#cell.around.home
  }

  /** This actor's own ref, to be handed to others. */
  get self(): ActorRef {
    return this.#cell.ref
  }

  /** The name it was spawned with, or its id. */
  get name(): string {
    return this.#cell.name
  }

  /** Where it runs. */
  get placement(): Placement {
    return this.#cell.around.placement
  }

  /** What spawn was given as `args`. */
  get args(): unknown {
    return this.#cell.args
  }

  /** Writes to the node's log, with the actor's name. */
  get log(): ActorLog {
    return (this.#log ??= this.#cell.around.logOf(this.#cell.name))
  }

  /**
   * Aborted when the actor is cancelled, killed or stopped, and when the caller of the message being handled no longer wants its
   * answer (promise M4). Read it before the first `await` of a handler.
   */
  get signal(): AbortSignal {
    // Of an ask it is the ask's own signal, which the life's cancellation reaches too: a signal made of both would stay
    // reachable from the life's for as long as the actor lives.
    const reply = this.#life.current?.reply
    return reply === undefined || this.#life.cancelled ? this.#life.signal : reply.signal
  }

  /** The refs of its living children. */
  get children(): readonly ActorRef[] {
    return this.#life.family?.refs ?? []
  }

  /**
   * Starts a child; it ends when this actor ends. Options and errors are those of `system.spawn`.
   * @throws {UnavailableError} once this incarnation ends, in `onStop` above all: nobody would end the child
   */
  spawn<A extends Actor>(Class: ActorClass<A>, options?: SpawnOptions): Promise<ActorRef<A>> {
    this.#mustLive("spawn")
    if (this.#life.ending)
      throw new UnavailableError("context.spawn()", "this incarnation is ending", "spawn before it stops, or from its parent")
    return ActorContext.familyOf(this).spawn(Class, options)
  }

  /**
   * Has `onTerminated` called once when that actor has ended for good; at once when it already has (promise W1). An actor without
   * an `onTerminated` ends then itself, with the same reason (promise W4).
   */
  watch(ref: ActorRef): void {
    this.#mustLive("watch")
    this.#cell.around.watch(this.#cell, ref)
  }

  /** Takes a watch back, also when its notice is queued already. Returns whether there was one. */
  unwatch(ref: ActorRef): boolean {
    return this.#cell.around.unwatch(this.#cell, ref)
  }

  /**
   * Links this incarnation with an actor's: an abnormal end of one ends the other, with the same reason. An actor of a class with
   * `exits: "trap"` has `onTerminated` called instead, for any end. One that is gone already counts as ended (promise W3).
   * Resolves when the link stands on both sides; an end before that counts as `no-such-actor`.
   */
  link(ref: ActorRef): Promise<void> {
    this.#mustLive("link")
    return this.#cell.around.link(this.#cell, ref)
  }

  /** Takes a link back, on both sides. Returns whether there was one. */
  unlink(ref: ActorRef): boolean {
    return this.#cell.around.unlink(this.#cell, ref)
  }

  /** Finds an actor by name, in this program or any other on the bus. */
  lookup(name: string): Promise<ActorRef | undefined> {
    return this.#cell.around.lookup(actorName(name))
  }

  /** The actors of this program that live, in every placement, this one included. */
  enumerate(): Promise<readonly LivingActor[]> {
    return this.#cell.around.enumerate()
  }

  /**
   * Publishes data on a topic, for actors here and elsewhere, and as `<prefix>._evt.<topic>` on the bus.
   * @throws {BadOptionError} for what is no topic or begins with `_`, UnencodableError, and TooLargeError for more than one message holds
   */
  publish(topic: string, data?: unknown): void {
    if (!this.#life.ended) this.#cell.around.publish(publicTopic(topic), data)
  }

  /**
   * Has a handler called with `{ topic, data }` for each event whose topic fits the pattern (`*` is one token, `>` the rest).
   * Returns a function that ends the subscription; it ends by itself with this life.
   */
  subscribe(pattern: string, handlerName: string): () => void {
    this.#mustLive("subscribe")
    this.#mustHandle(handlerName)
    return this.#cell.around.subscribe(this.#cell, pattern, (topic, data) => {
      this.#cell.accept(new Delivery(handlerName, { topic, data } satisfies TopicEvent, Infinity, undefined))
    })
  }

  /**
   * Tells itself something later, once (`{ afterMs }`) or again and again (`{ everyMs }`). The handler's name is the timer's key:
   * setting it again replaces it, and it ends with this life (promise T1). `key` allows several per handler.
   */
  schedule(handlerName: string, when: Schedule & { readonly key?: string }, input?: unknown): void {
    this.#mustLive("schedule")
    this.#mustHandle(handlerName)
    checkSchedule(when)
    const cell = this.#cell
    this.#life.timers.set(when.key ?? handlerName, when, (valid) => {
      cell.notify({ valid, run: () => cell.tick(this.#life, handlerName, input) })
    })
  }

  /** Takes a scheduled message back, also when it is queued already. Returns whether there was one. */
  unschedule(key: string): boolean {
    return this.#life.timers.cancel(key)
  }

  /** Puts the message being handled aside, unanswered, until `unstash`. Call it before the first `await`. */
  stash(): void {
    if (this.#life.current === undefined) {
      throw new UnavailableError("context.stash()", "no message is being handled", "call it in a handler, before its first await")
    }
    this.#life.stashing = true
  }

  /** Puts what was stashed first in line again, in the order it was stashed. */
  unstash(): void {
    if (!this.#life.ended) this.#cell.unstash(this.#life)
  }

  /** Lets other methods stand in for handlers of the same names from the next message on; `unbecome` undoes one `become`. */
  become(behaviour: Behaviour): void {
    for (const [name, method] of Object.entries(behaviour)) {
      if (typeof method !== "function") throw new BadOptionError(`become.${name}`, "a function", method)
      this.#mustHandle(name)
    }
    this.#life.behaviours = [...this.#life.behaviours, behaviour]
  }

  /** Returns whether there was something to undo. */
  unbecome(): boolean {
    const { behaviours } = this.#life
    this.#life.behaviours = behaviours.slice(0, -1)
    return behaviours.length > 0
  }

  /** Ends this actor in order after the current message, with reason `normal`. */
  stop(): void {
    this.#cell.stopItself(this.#life)
  }

  #mustLive(what: string): void {
    if (this.#life.ended)
      throw new UnavailableError(`context.${what}()`, "this incarnation has ended", "use the context of the living one")
  }

  #mustHandle(name: string): void {
    const { handlers } = this.#cell.definition
    if (!handlers.has(name)) throw new BadOptionError("handler", `one of ${[...handlers.keys()].join(", ")}`, name)
  }
}
