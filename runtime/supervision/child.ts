// Child — one actor in a supervisor's care: started, ended, started again.
// Owns its lives and what is known of them. Whether and with whom it is started again is decided by its group's strategy.
// K1  At most one start and one end are under way.
// K2  Each life that ended by itself is told once to the listener, which retires the child or has it started again.
// K3  Once retired, it does nothing any more.

import type { ActorRef } from "../actor/actor-ref.js"
import type { ActorDefinition } from "../actor/definition.js"
import { type ExitReason, type LifeEnd, isOrderly, summarise } from "../actor/exit-reason.js"
import type { SpawnOptions } from "../actor/spawn-options.js"
import type { Status } from "../actor/status.js"
import { StartTimedOutError, StoppingError } from "../errors.js"
import type { ActorId } from "../ids.js"
import type { Ended, HostedActor } from "../host/actor-host.js"
import type { BackoffOptions } from "../time/backoff.js"
import { LongTimer } from "../time/long-timer.js"
import { Pacing } from "../time/pacing.js"
import { type Ending, endBy, type LadderBudgets, type Rung } from "./death-ladder.js"
import type { Health } from "./health.js"
import { type HealthChange, HealthWatch } from "./health-watch.js"
import type { RestartIntensity } from "./restart-intensity.js"

/** What happens in a life, as events tell it. */
export type LifeEvent = "started" | "ready" | "crashed" | "restarted" | "stopped" | "killed" | HealthChange["event"]

/** One of them, with why a life ended and what was thrown then. */
export interface Happened {
  readonly event: LifeEvent
  readonly reason?: ExitReason
  readonly thrown?: unknown
  readonly lastMessage?: string | undefined
  /** How it is known that it does not respond. */
  readonly silence?: Omit<HealthChange, "event">
}

/** Who decides on a child's fate. */
export interface ChildListener {
  /** A life ended by itself; the child is down. */
  down(reason: ExitReason): void
  /** It was ended for good, as asked for. */
  retired(reason: ExitReason): void
  lived(happened: Happened): void
}

/** The group a child is in, as those see it who come across the child. */
export interface Siblings {
  /** Restarts that are still admitted before the child is given up, or its supervisor. */
  restartsLeft(child: Child): number
  /** Ends its life in order and begins the next, as its group's strategy has it. Errors as of `Child.again`. */
  restart(child: Child): Promise<void>
}

export interface ChildParts {
  readonly definition: ActorDefinition
  readonly options: SpawnOptions
  readonly budgets: LadderBudgets
  /** For children that say nothing of it themselves. */
  readonly backoff: Partial<BackoffOptions> | undefined
  /** Its own limit; undefined when it counts by its group's. */
  readonly intensity: RestartIntensity | undefined
  /** Its place among its siblings. */
  readonly order: number
  /** What its supervisor calls it; undefined for one that was spawned without a spec. */
  readonly specId: string | undefined
  readonly significant: boolean
  /** The actor that spawned it; undefined below a program's root. */
  readonly parent: ActorId | undefined
  readonly siblings: Siblings
}

/** How long an event loop may give no sign of life. */
const UNRESPONSIVE_MS = 10_000
const SHUT_DOWN: ExitReason = { type: "shutdown", known: "requested" }
/** How much longer than its deadline a start may take to be undone. */
const UNDO_MS = 15_000

export class Child {
  readonly hosted: HostedActor
  readonly startedAt = Date.now()
  readonly intensity: RestartIntensity | undefined
  readonly pacing: Pacing
  /** Set by the group as soon as the id is known. */
  ref!: ActorRef
  restarts = 0
  lastExit: ExitReason | undefined
  /** When the next try to start it is due, in milliseconds since 1970; undefined while none is planned. */
  retryAt: number | undefined
  /** It was ready once; before that its failure is told to whoever spawned it, and to nobody else. */
  hasLived = false
  readonly #parts: ChildParts
  readonly #budgets: LadderBudgets
  readonly #listener: ChildListener
  #state: "idle" | "starting" | "running" | "down" | "retired" = "idle"
  #wanted: "alive" | "down" | "retired" = "alive"
  #lives = 0
  /** Ends for good under way; when all of them were refused, it lives on. */
  #ends = 0
  #watch: HealthWatch | undefined
  #exit: { promise: Promise<ExitReason>; resolve: (reason: ExitReason) => void } | undefined

  constructor(parts: ChildParts, host: (ended: Ended) => HostedActor, listener: ChildListener) {
    const { options } = parts
    this.#parts = parts
    this.#budgets = typeof options.shutdown === "number" ? { ...parts.budgets, stopMs: options.shutdown } : parts.budgets
    if (options.shutdown === "infinity") this.#budgets = { ...parts.budgets, stopMs: Infinity }
    this.intensity = parts.intensity
    this.pacing = new Pacing(options.backoff ?? parts.backoff)
    this.#listener = listener
    this.hosted = host((end) => this.#ended(end))
  }

  get definition(): ActorDefinition {
    return this.#parts.definition
  }

  get options(): SpawnOptions {
    return this.#parts.options
  }

  get parent(): ActorId | undefined {
    return this.#parts.parent
  }

  get order(): number {
    return this.#parts.order
  }

  get specId(): string | undefined {
    return this.#parts.specId
  }

  get significant(): boolean {
    return this.#parts.significant
  }

  get restartsLeft(): number {
    return this.#parts.siblings.restartsLeft(this)
  }

  /** Ends its life in order and begins the next behind the same ref; nothing is counted. Errors as of `again`. */
  restart(): Promise<void> {
    return this.isOver ? Promise.reject(new StoppingError(this.ref.name, "stopping")) : this.#parts.siblings.restart(this)
  }

  get status(): Status | "restarting" | Exclude<Health, "well"> {
    if (this.#state === "down" || (this.#state === "starting" && this.restarts > 0)) return "restarting"
    const { status } = this.hosted
    const { health = "well" } = this.#watch ?? {}
    return status === "running" && health !== "well" ? health : status
  }

  /** It has no life and none is beginning; it may get one. */
  get isDown(): boolean {
    return this.#state === "down"
  }

  /** It is to end for good, or has. */
  get isOver(): boolean {
    return this.#wanted === "retired" || this.#state === "retired"
  }

  /** The first start. @throws {StartFailedError} or StartTimedOutError; nothing of it runs then */
  start(): Promise<void> {
    return this.#begin("started")
  }

  /** Begins the next life of one that is down. Errors as of `start`; it is down again then, or retired if that was asked for. */
  again(): Promise<void> {
    this.restarts++
    return this.#begin("restarted")
  }

  /** Ends its life without retiring it: it is down afterwards, and messages wait for its next life. */
  async halt(): Promise<void> {
    if (this.#state !== "running" && this.#state !== "starting") return
    if (this.#wanted === "alive") this.#wanted = "down"
    const from = this.options.shutdown === "kill" ? "kill" : "stop"
    await endBy(from, this.hosted, { ended: this.#exited(), budgets: this.#budgets, next: "restarting" })
  }

  /**
   * Ends it for good. Several calls share one end; a stronger rung hurries it. `firstMs` is what the first rung may take.
   * @throws {NotKillableError} and it lives on, when nobody else wants it to end
   */
  async end(from: Rung, firstMs?: number): Promise<Ending> {
    if (this.#state === "retired") return { rung: "none", tookMs: 0, reason: this.lastExit ?? SHUT_DOWN }
    this.#wanted = "retired"
    if (this.#state === "down" || this.#state === "idle") {
      this.retire(SHUT_DOWN)
      return { rung: from, tookMs: 0, reason: SHUT_DOWN }
    }
    this.#ends++
    try {
      return await endBy(from, this.hosted, { ended: this.#exited(), budgets: this.#budgets, firstMs })
    } catch (error) {
      // TypeScript does not see that the awaited end changed it.
      if (this.#ends === 1 && (this.#state as string) !== "retired") this.#wanted = "alive"
      throw error
    } finally {
      this.#ends--
    }
  }

  /** Ends it as its group's stop does: by its own shutdown. */
  stop(): Promise<Ending> {
    return this.end(this.options.shutdown === "kill" ? "kill" : "stop")
  }

  /** Takes it out of use: no further life will come. */
  retire(reason: ExitReason): void {
    if (this.#state === "retired") return
    this.#state = "retired"
    this.lastExit = reason
    this.retryAt = undefined
    this.#listener.retired(reason)
    this.#settle(reason)
  }

  async #begin(event: "started" | "restarted"): Promise<void> {
    if (this.isOver) throw new StoppingError(this.ref.name, "stopping")
    const life = ++this.#lives
    this.#wanted = "alive"
    this.#state = "starting"
    this.retryAt = undefined
    this.#listener.lived({ event })
    try {
      await this.#startWithin()
    } catch (error) {
      if (life === this.#lives) this.#startFailed({ type: "crashed", known: "thrown-error", error: summarise(error) })
      throw error
    }
    // A life that ended as soon as it was ready has been told of already, and the next may have begun.
    if (life !== this.#lives || (this.#state as string) !== "starting") return
    this.#state = "running"
    this.hasLived = true
    this.#lookAfter()
    this.#listener.lived({ event: "ready" })
  }

  #lookAfter(): void {
    const { unresponsiveMs = UNRESPONSIVE_MS, onUnresponsive = "report" } = this.options
    if (this.hosted.pulse === undefined || unresponsiveMs === Infinity) return
    this.#watch = new HealthWatch(this.hosted, unresponsiveMs, ({ event, ...silence }) => {
      // What is to end is ended by the ladder.
      if (this.#wanted !== "alive") return
      this.#listener.lived({ event, silence })
      if (event === "unresponsive" && onUnresponsive !== "report") this.hosted.forceKill("unresponsive")
    })
  }

  #startFailed(reason: ExitReason): void {
    if (this.#state !== "starting") return
    this.#state = "down"
    this.lastExit = reason
    if (this.#wanted === "retired") this.retire(SHUT_DOWN)
    else this.#settle(reason)
  }

  #ended({ reason, thrown, lastMessage }: LifeEnd): void {
    if (this.#state === "retired" || this.#state === "down") return
    this.#state = "down"
    this.#watch?.close()
    this.#watch = undefined
    this.lastExit = reason
    this.#listener.lived({
      event: reason.type === "killed" ? "killed" : isOrderly(reason) ? "stopped" : "crashed",
      reason,
      thrown,
      lastMessage,
    })
    if (this.#wanted === "retired") this.retire(reason)
    else {
      if (this.#wanted === "alive") this.#listener.down(reason)
      this.#settle(reason)
    }
  }

  #exited(): Promise<ExitReason> {
    if (this.#exit === undefined) {
      let resolve: (reason: ExitReason) => void = () => undefined
      const promise = new Promise<ExitReason>((r) => (resolve = r))
      this.#exit = { promise, resolve }
    }
    return this.#exit.promise
  }

  #settle(reason: ExitReason): void {
    this.#exit?.resolve(reason)
    this.#exit = undefined
  }

  async #startWithin(): Promise<void> {
    const { startTimeoutMs = 10_000 } = this.options
    const started = this.hosted.start()
    if (startTimeoutMs === Infinity) return started
    started.catch(() => undefined)
    const late = Symbol("late")
    let timer: LongTimer | undefined
    const after = (ms: number): Promise<typeof late> =>
      new Promise((resolve) => {
        timer = new LongTimer(ms, () => resolve(late))
      })
    try {
      if ((await Promise.race([started, after(startTimeoutMs)])) !== late) return
    } finally {
      timer?.cancel()
    }
    this.hosted.forceKill()
    // Its end is verified before its failure is told.
    await Promise.race([started.catch(() => undefined), after(UNDO_MS)])
    timer?.cancel()
    throw new StartTimedOutError(this.ref.name, startTimeoutMs)
  }
}
