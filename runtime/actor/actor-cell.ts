// ActorCell — one local actor, restarts included.
// Owns the mailbox, the current life and the handling of messages. Whether a dead one is started again is its supervisor's
// business (supervision/), delivery between hosts is transport/'s.
// C1  At most one non-reentrant handler or hook runs (promise A2); only #step starts one.
// C2  Every message admitted ends in exactly one count of the books (promise M7).
// C3  `ended` is called exactly once per life, after children are gone, timers are off and the flights have settled.

import {
  DiedBeforeStartError,
  MailboxFullError,
  NoActorError,
  NotKillableError,
  StartFailedError,
  StoppingError,
} from "../errors.js"
import type { ActorId } from "../ids.js"
import { constructWith } from "./actor.js"
import { ActorContext } from "./actor-context.js"
import type { ActorRef } from "./actor-ref.js"
import { AnswerError } from "./answer-error.js"
import { Books } from "./books.js"
import type { ActorDefinition } from "./definition.js"
import { Delivery, type Target } from "./delivery.js"
import { describeExit, type ExitReason, type LifeEnd, summarise } from "./exit-reason.js"
import { Life } from "./life.js"
import { Mailbox, type Notice } from "./mailbox.js"
import type { MailboxOptions } from "./mailbox-options.js"
import { endLife, type Ending, patiently } from "./ending.js"
import { callHandler, Refusal, STASHED } from "./handling.js"
import { Refusals } from "./refusals.js"
import type { Runnable } from "./run-queue.js"
import type { Surroundings } from "./surroundings.js"

/** What a cell is made of. */
export interface CellParts {
  readonly id: ActorId
  readonly name: string
  readonly definition: ActorDefinition
  readonly args: unknown
  readonly mailbox: MailboxOptions
}

/** Told when a life is over. */
export type LifeEnded = (cell: ActorCell, end: LifeEnd) => void

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"

export class ActorCell implements Target, Runnable {
  readonly id: ActorId
  readonly name: string
  readonly definition: ActorDefinition
  readonly args: unknown
  readonly around: Surroundings
  readonly mailbox: Mailbox
  readonly books = new Books()
  readonly #refusals: Refusals
  readonly #ended: LifeEnded
  #life: Life | undefined
  #scheduled = false
  #disposed: ExitReason | undefined
  #ref: ActorRef | undefined
  #incarnation = 0

  constructor(parts: CellParts, around: Surroundings, ended: LifeEnded) {
    this.id = parts.id
    this.name = parts.name
    this.definition = parts.definition
    this.args = parts.args
    this.mailbox = new Mailbox(parts.mailbox)
    this.around = around
    this.#refusals = new Refusals(this)
    this.#ended = ended
  }

  get ref(): ActorRef {
    return (this.#ref ??= this.around.refOf(this))
  }

  get life(): Life | undefined {
    return this.#life
  }

  /** How often it was started. */
  get incarnation(): number {
    return this.#incarnation
  }

  get inFlight(): number {
    return this.mailbox.messages + (this.#life === undefined ? 0 : this.#life.flights.size + this.#life.stash.length)
  }

  // ── In ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  accept(delivery: Delivery): void {
    this.books.sent++
    const life = this.#life
    if (this.#disposed !== undefined)
      return this.#refusals.deadLetter(
        delivery,
        "no-such-actor",
        new NoActorError(this.name, `it ended: ${describeExit(this.#disposed)}`),
      )
    if (life?.refusing === true) return this.#refusals.deadLetter(delivery, "stopping", new StoppingError(this.name, life.status))
    let message = delivery
    if (this.around.copy !== undefined) {
      try {
        message = new Delivery(delivery.handler, this.around.copy(delivery.input), delivery.deadline, delivery.reply)
      } catch (error) {
        return this.#refusals.deadLetter(delivery, "unencodable", error)
      }
    }
    const admission = this.mailbox.admit(message)
    if (admission === "accepted") this.#schedule()
    else this.#refusals.overflow(admission === "refused" ? message : admission)
  }

  /** Puts a notice of the runtime in line with the messages. */
  notify(notice: Notice): void {
    if (this.#life === undefined || this.#life.ended) return
    this.mailbox.notify(notice)
    this.#schedule()
  }

  // ── Life ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Begins a life; resolves when the actor is ready. @throws {StartFailedError} naming the stage; `ended` is not called then. */
  async start(): Promise<void> {
    const life = new Life()
    this.#life = life
    this.#incarnation++
    life.holds++
    const context = new ActorContext(this, life)
    let stage = "constructor"
    try {
      const prepared = this.around.prepare(this.definition)
      if (prepared !== undefined) await prepared
      const instance = constructWith(context, () => this.around.instantiate(this.definition, this.args))
      life.instance = instance
      stage = "onStart"
      await patiently(life, instance.onStart?.(this.args))
    } catch (error) {
      await this.#startFailed(life)
      throw new StartFailedError(this.name, stage, error)
    }
    if (life.ended) throw new StartFailedError(this.name, stage, new Error("it was killed while it started"))
    life.holds--
    life.advance("running")
    this.#schedule()
  }

  /** Handles all that was accepted, refuses new messages, then stops. */
  drain(): void {
    const life = this.#life
    if (life?.advance("draining") !== true) return
    life.refusing = true
    this.#schedule()
  }

  /** Finishes the current handler, then runs `onStop`. With `restarting`, messages may still come, for the next life. */
  stop(reason: ExitReason, next: "final" | "restarting" = "final"): void {
    const life = this.#life
    if (life === undefined || life.ended) return
    life.refusing = next === "final"
    if (life.status === "starting") {
      this.mailbox.notify({ valid: () => life === this.#life, run: () => this.stop(reason, next) })
      return
    }
    if (!life.advance("stopping")) return
    life.pendingEnd = reason
    this.#schedule()
  }

  /** Aborts `context.signal`. */
  cancel(): void {
    this.#life?.cancel(new StoppingError(this.name, "cancelled"))
  }

  /** Ends the life now, without `onStop`. @throws {NotKillableError} from inside its own synchronous handler. */
  kill(reason: ExitReason = { type: "killed", known: "requested" }): void {
    const life = this.#life
    if (life === undefined || life.ended) return
    if (life.current !== undefined) throw new NotKillableError(this.name)
    life.refusing = true
    if (life.status === "starting") {
      life.advance("stopped")
      void life.family?.killAll()
      this.#release(life)
      life.giveUp?.()
    } else void this.#finish(life, { reason, thrown: undefined, hooks: "skip" })
  }

  /** Ends the life because of something thrown outside of a handler: a timer, a detached promise, an event. */
  crash(thrown: unknown): void {
    const life = this.#life
    if (life === undefined || life.ended) return
    const reason: ExitReason = { type: "crashed", known: "thrown-error", error: summarise(thrown) }
    void this.#finish(life, { reason, thrown, hooks: "run" })
  }

  /** Says that no further life will come; what waits is refused and counted. */
  dispose(reason: ExitReason): void {
    if (this.#disposed !== undefined) return
    this.#disposed = reason
    for (const delivery of this.mailbox.clear())
      this.#refusals.deadLetter(delivery, "died", new DiedBeforeStartError(this.name, describeExit(reason)))
  }

  // ── Handling ────────────────────────────────────────────────────────────────────────────────────────────────────

  run(steps: number): number {
    this.#scheduled = false
    let taken = 0
    while (taken < steps) {
      const life = this.#life
      if (life === undefined || life.holds > 0 || life.status === "starting" || life.ended) return taken
      if (life.status === "stopping") {
        this.#endIfIdle(life)
        return taken
      }
      const entry = this.mailbox.shift()
      if (entry === undefined) {
        if (life.status === "draining" && life.flights.size === 0) this.stop({ type: "shutdown", known: "requested" })
        return taken
      }
      taken++
      if (entry instanceof Delivery) this.#step(life, entry)
      else if (entry.valid()) this.#hook(life, () => entry.run())
    }
    this.#schedule()
    return taken
  }

  /** Puts stashed messages back, first in line, in the order they were stashed. */
  unstash(life: Life): void {
    this.mailbox.unshift(life.stash.splice(0))
    this.#schedule()
  }

  /** Calls a handler of this life for a timer; the message is the actor's own and counts as one. */
  tick(life: Life, handler: string, input: unknown): void {
    if (life !== this.#life) return
    this.books.sent++
    this.#step(life, new Delivery(handler, input, Infinity, undefined))
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.around.queue.schedule(this)
  }

  #step(life: Life, delivery: Delivery): void {
    // A caller that gave up is not served either: it would not learn the outcome.
    if ((delivery.deadline !== Infinity && delivery.deadline <= this.around.queue.now) || delivery.reply?.closed === true) {
      this.#refusals.expired(delivery)
      return
    }
    let result: unknown
    life.current = delivery
    life.lastMessage = delivery.handler
    try {
      result = callHandler(this, life, delivery)
    } catch (error) {
      life.current = undefined
      return this.#failed(life, delivery, error)
    }
    life.current = undefined
    const stashed = life.stashing
    life.stashing = false
    if (!isThenable(result)) return this.#landed(life, { delivery, value: result, stashed })
    const reentrant = this.definition.handlers.get(delivery.handler)?.reentrant === true
    life.flights.add(delivery)
    if (!reentrant) life.holds++
    const land = (): boolean => {
      if (!life.flights.delete(delivery)) return false
      if (!reentrant) life.holds--
      this.#schedule()
      return true
    }
    result.then(
      (value) => {
        if (land()) this.#landed(life, { delivery, value, stashed })
      },
      (error: unknown) => {
        if (land()) this.#failed(life, delivery, error)
      },
    )
  }

  /** Runs a hook or a notice; what it throws ends the life. */
  #hook(life: Life, run: () => unknown): void {
    try {
      const result = run()
      if (!isThenable(result)) return
      life.holds++
      result.then(
        () => {
          life.holds--
          this.#schedule()
        },
        (error: unknown) => {
          life.holds--
          if (life === this.#life) this.crash(error)
        },
      )
    } catch (error) {
      this.crash(error)
    }
  }

  #landed(life: Life, { delivery, value, stashed }: { delivery: Delivery; value: unknown; stashed: boolean }): void {
    if (stashed || value === STASHED) this.#stashed(life, delivery)
    else this.#answered(delivery, value)
  }

  #answered(delivery: Delivery, value: unknown): void {
    const { reply } = delivery
    if (reply !== undefined) {
      try {
        reply.answer(this.around.copy === undefined ? value : this.around.copy(value))
      } catch (error) {
        this.books.failed++
        reply.fail(error)
        return
      }
    }
    this.books.handled++
  }

  #refused(delivery: Delivery, error: Error): void {
    this.books.failed++
    if (delivery.reply === undefined)
      this.around.logOf(this.name).warn(`a tell was refused: ${error.message}`, { handler: delivery.handler })
    else delivery.reply.fail(error)
  }

  #failed(life: Life, delivery: Delivery, error: unknown): void {
    if (error instanceof Refusal) return this.#refused(delivery, error.error)
    this.books.failed++
    life.stashing = false
    delivery.reply?.fail(error)
    if (error instanceof AnswerError) {
      if (delivery.reply === undefined)
        this.around.logOf(this.name).warn(`a tell failed: ${error.message}`, { handler: delivery.handler, code: error.code })
    } else if (life === this.#life) this.crash(error)
  }

  #stashed(life: Life, delivery: Delivery): void {
    if (life.stash.length < this.mailbox.capacity) life.stash.push(delivery)
    else this.#refusals.deadLetter(delivery, "stash-full", new MailboxFullError(this.name, this.mailbox.capacity))
  }

  // ── Ends ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #endIfIdle(life: Life): void {
    const reason = life.pendingEnd
    if (reason !== undefined && life.flights.size === 0) void this.#finish(life, { reason, thrown: undefined, hooks: "run" })
  }

  async #startFailed(life: Life): Promise<void> {
    life.advance("stopped")
    this.#release(life)
    await life.family?.killAll()
  }

  #release(life: Life): void {
    life.cancelTimers()
    this.around.forget(this)
  }

  async #finish(life: Life, end: Ending): Promise<void> {
    const ended = await endLife(life, end, { name: this.name, books: this.books })
    if (ended === undefined) return
    this.#release(life)
    this.mailbox.unshift(life.stash.splice(0))
    this.#ended(this, { reason: ended.reason, thrown: ended.thrown, lastMessage: life.lastMessage })
  }
}
