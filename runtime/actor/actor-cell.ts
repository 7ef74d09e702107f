// ActorCell — one local actor, restarts included.
// Owns the mailbox, the current life and the handling of messages. What may come in is the entrance's, whether a dead one is
// started again its supervisor's (supervision/), delivery between hosts transport/'s.
// C1  At most one non-reentrant handler or hook runs (promise A2); only #step starts one.
// C2  Every message admitted ends in exactly one count of the books (promise M7).
// C3  Its listener is told exactly once per life that was ready, after children are gone, timers are off and flights have settled.

import { NotKillableError, StoppingError } from "../errors.js"
import type { ActorId } from "../ids.js"
import { ActorContext } from "./actor-context.js"
import type { ActorRef, FateTeller, RefParts } from "./actor-ref.js"
import type { Asks } from "./asks.js"
import { beginLife, type Born } from "./beginning.js"
import { type Account, Books } from "./books.js"
import type { ActorDefinition } from "./definition.js"
import { Delivery, type Target } from "./delivery.js"
import { admit, askRoom, close, type Gate, type Next, serveRoom } from "./entrance.js"
import { describeExit, type ExitReason, isOrderly, type LifeEnd, summarise } from "./exit-reason.js"
import { type Abandonment, Life, type Living } from "./life.js"
import { Mailbox, type Notice } from "./mailbox.js"
import type { MailboxOptions } from "./mailbox-options.js"
import { endLife, type Ending } from "./ending.js"
import type { Intake } from "./intake.js"
import { callHandler } from "./handling.js"
import { failed, landed } from "./outcomes.js"
import { refuseExpired } from "./refusals.js"
import type { RoomCall } from "./room.js"
import type { Runnable } from "./run-queue.js"
import type { Surroundings } from "./surroundings.js"
import { isThenable } from "./thenable.js"

/** What a cell is made of. */
export interface CellParts {
  readonly id: ActorId
  readonly name: string
  readonly definition: ActorDefinition
  readonly args: unknown
  readonly mailbox: MailboxOptions
  /** Where to count, for one whose books outlive its host. @default books of its own */
  readonly books?: Account
  /** Where it is written what is settled, for one whose owner keeps what is not. @default nowhere */
  readonly intake?: Intake | undefined
}

/** Who is told when a life is over. */
export interface LifeListener {
  /** Once per life that was ready and has ended, when nothing of it is left; not for a start that failed. */
  ended(end: LifeEnd): void
}

const abandoned = (how: "stopped" | "killed"): Abandonment => ({
  stage: "abandoned",
  cause: new Error(`it was ${how} while it started`),
})

export class ActorCell implements Target, Runnable, Born, Living, RefParts {
  readonly id: ActorId
  readonly name: string
  readonly definition: ActorDefinition
  readonly args: unknown
  readonly around: Surroundings
  readonly mailbox: Mailbox
  readonly books: Account
  readonly intake: Intake | undefined
  /** The entrance's. */
  gate: Gate | undefined
  readonly #listener: LifeListener
  #life: Life | undefined
  #scheduled = false
  #ref: ActorRef | undefined
  #incarnation = 0

  constructor(parts: CellParts, around: Surroundings, listener: LifeListener) {
    this.id = parts.id
    this.name = parts.name
    this.definition = parts.definition
    this.args = parts.args
    this.mailbox = new Mailbox(parts.mailbox)
    this.books = parts.books ?? new Books()
    this.intake = parts.intake
    this.around = around
    this.#listener = listener
  }

  get kind(): string {
    return this.definition.kind
  }

  get target(): this {
    return this
  }

  get asks(): Asks {
    return this.around.asks
  }

  get fates(): FateTeller {
    return this.around.fates
  }

  /** What the actor itself is given as its ref. */
  get ref(): ActorRef {
    return (this.#ref ??= this.around.refOf(this))
  }

  contextOf(life: Life): ActorContext {
    return new ActorContext(this, life)
  }

  get life(): Life | undefined {
    return this.#life
  }

  /** How often it was started. */
  get incarnation(): number {
    return this.#incarnation
  }

  get inFlight(): number {
    return this.mailbox.messages + (this.#life?.inFlight ?? 0)
  }

  // ── In ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  accept(delivery: Delivery): void {
    this.books.sent++
    if (admit(this, delivery)) this.#schedule()
  }

  /** As {@link askRoom}. */
  room(call: RoomCall): Promise<number> {
    return askRoom(this, call)
  }

  /** Puts a notice of the runtime in line with the messages. */
  notify(notice: Notice): void {
    if (this.#life === undefined || this.#life.ended) return
    this.mailbox.notify(notice)
    this.#schedule()
  }

  // ── Life ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Begins a life. Returns undefined when the actor is ready at once, else it resolves when it is. Rejects with a StartFailedError that
   * names the stage; its listener is not told then.
   */
  start(): Promise<void> | undefined {
    const life = new Life(this)
    this.#life = life
    this.#incarnation++
    life.holds++
    return beginLife(life, this)
  }

  ready(life: Life): void {
    life.holds--
    life.advance("running")
    // Of a million that are started, few have anything to do.
    if (this.mailbox.length > 0 || this.gate !== undefined) this.#schedule()
  }

  /** Handles all that was accepted, refuses new messages, then stops. While it starts: gives the start up. */
  drain(): void {
    const life = this.#life
    if (life?.status === "starting") return life.abandon(abandoned("stopped"))
    if (life?.advance("draining") !== true) return
    life.refusing = true
    this.#schedule()
  }

  /**
   * Finishes the current handler, then runs `onStop`. With `restarting`, messages may still come, for the next life if there is one.
   * While it starts: gives the start up.
   */
  stop(reason: ExitReason, next: "final" | "restarting" = "final"): void {
    const life = this.#life
    if (life === undefined || life.ended) return
    if (life.status === "starting") return life.abandon(abandoned("stopped"))
    if (next === "final") life.refusing = true
    if (!life.advance("stopping")) return
    life.pendingEnd = reason
    this.#schedule()
  }

  /** The actor's own wish to end; messages still come, as it may be started again. Takes effect as soon as it is ready. */
  stopItself(life: Life): void {
    const reason: ExitReason = { type: "normal", known: "returned" }
    if (life !== this.#life) return
    if (life.status !== "starting") return this.stop(reason, "restarting")
    this.mailbox.notify({ valid: () => life === this.#life, run: () => this.stop(reason, "restarting") })
  }

  /** Aborts `context.signal`. */
  cancel(): void {
    this.#life?.cancel(() => new StoppingError(this.name, "cancelled"))
  }

  /** Ends the life now, without `onStop`. @throws {NotKillableError} from inside its own synchronous handler. */
  kill(reason: ExitReason = { type: "killed", known: "requested" }): void {
    const life = this.#life
    if (life === undefined || life.ended) return
    if (life.current !== undefined) throw new NotKillableError(this.name)
    if (life.status === "starting") life.abandon(abandoned("killed"))
    else void this.#finish(life, { reason, thrown: undefined, hooks: "skip" })
  }

  /** Ends the life because of something thrown outside of a handler: a timer, a detached promise, an event. */
  crash(thrown: unknown): void {
    this.#exit({ type: "crashed", known: "thrown-error", error: summarise(thrown) }, thrown)
  }

  /** Ends the life with the reason of another one's end: of a linked actor, or of a watched one (promises W3, W4). */
  exit(reason: ExitReason): void {
    if (isOrderly(reason)) this.stop(reason, "restarting")
    else this.#exit(reason, new Error(`an actor it depends on ended: ${describeExit(reason)}`))
  }

  /**
   * Says that no further life will come here. With `unknown`, the actor may live again in another host: what still comes is refused as
   * one that may be asked again.
   */
  dispose(reason: ExitReason, next: Next = "none"): void {
    close(this, reason, next)
  }

  // ── Handling ────────────────────────────────────────────────────────────────────────────────────────────────────

  run(steps: number): number {
    const taken = this.#run(steps)
    serveRoom(this)
    return taken
  }

  #run(steps: number): number {
    this.#scheduled = false
    let taken = 0
    while (taken < steps) {
      const life = this.#life
      if (life === undefined || life.holds > 0 || life.status === "starting" || life.ended) return taken
      if (life.status === "stopping") {
        this.#endIfIdle(life)
        return taken + 1
      }
      const entry = this.mailbox.shift()
      if (entry === undefined) {
        if (life.status === "draining" && life.isIdle) this.stop({ type: "shutdown", known: "requested" })
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
    this.mailbox.unshift(life.takeStash())
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
      refuseExpired(this, delivery)
      return
    }
    let result: unknown
    let later: boolean
    life.current = delivery
    life.lastMessage = delivery.handler
    try {
      delivery.begun = true
      delivery.reply?.begin()
      this.intake?.settle(delivery.arrival)
      result = callHandler(this, life, delivery)
      later = isThenable(result)
    } catch (error) {
      life.current = undefined
      return this.#failed(life, delivery, error)
    }
    life.current = undefined
    const stashed = life.stashing
    life.stashing = false
    if (!later) return landed(this, life, { delivery, value: result, stashed })
    const reentrant = this.definition.handlers.get(delivery.handler)?.reentrant === true
    life.board(delivery)
    if (!reentrant) life.holds++
    const land = (): boolean => {
      if (!life.leave(delivery)) return false
      if (!reentrant) life.holds--
      this.#schedule()
      return true
    }
    // Not its own `then`, which may throw, or call back twice.
    Promise.resolve(result).then(
      (value) => {
        if (land()) landed(this, life, { delivery, value, stashed })
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
      Promise.resolve(result).then(
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

  #failed(life: Life, delivery: Delivery, thrown: unknown): void {
    const ends = failed(this, life, { delivery, thrown })
    if (ends && life === this.#life) this.crash(thrown)
  }

  // ── Ends ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #endIfIdle(life: Life): void {
    const reason = life.pendingEnd
    if (reason === undefined || !life.isIdle) return
    const ended = endLife(life, { reason, thrown: undefined, hooks: "run" }, this)
    if (ended instanceof Promise) void ended.then((late) => this.#over(life, late))
    else if (ended !== undefined) this.#over(life, ended)
  }

  #exit(reason: ExitReason, thrown: unknown): void {
    const life = this.#life
    if (life === undefined || life.ended) return
    if (life.status === "starting") life.abandon({ cause: thrown })
    else void this.#finish(life, { reason, thrown, hooks: "run" })
  }

  release(life: Life, reason: ExitReason): void {
    life.cancelTimers()
    this.around.forget(this, reason)
  }

  /** Ends a life from where a handler of it, or of whoever ends it, may be on the stack: nobody is told before that has returned. */
  async #finish(life: Life, end: Ending): Promise<void> {
    const ended = await endLife(life, end, this)
    if (ended !== undefined) this.#over(life, ended)
  }

  #over(life: Life, ended: Ending): void {
    this.release(life, ended.reason)
    // Whoever keeps a ref of it keeps nothing of its state.
    life.instance = undefined
    this.mailbox.unshift(life.takeStash())
    this.#listener.ended({ reason: ended.reason, thrown: ended.thrown, lastMessage: life.lastMessage })
  }
}
