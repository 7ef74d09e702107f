// Child — one actor in a supervisor's care: started, ended, started again.
// Owns its lives and what is known of them. Whether and with whom it is started again is decided by its group's strategy.
// K1  At most one start and one end are under way.
// K2  Each life that ended by itself is told once to the listener, which retires the child or has it started again.
// K3  Once retired, it does nothing any more.

import type { LifeListener } from "../actor/actor-cell.js"
import type { ActorRef } from "../actor/actor-ref.js"
import type { ActorDefinition } from "../actor/definition.js"
import { type ExitReason, type LifeEnd, isOrderly, summarise } from "../actor/exit-reason.js"
import type { IntensityOptions } from "../actor/intensity-options.js"
import type { SpawnOptions } from "../actor/spawn-options.js"
import type { Status } from "../actor/status.js"
import { StartTimedOutError, StoppingError } from "../errors.js"
import type { ActorId } from "../ids.js"
import type { ActorHost, HostedActor, HostSpec } from "../host/actor-host.js"
import type { BackoffOptions } from "../time/backoff.js"
import { LongTimer } from "../time/long-timer.js"
import { Pacing } from "../time/pacing.js"
import { type Ending, endBy, type LadderBudgets, type Rung } from "./death-ladder.js"
import type { Health } from "./health.js"
import { type HealthChange, HealthWatch } from "./health-watch.js"
import { RestartIntensity } from "./restart-intensity.js"

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

/** The group a child is in, which decides on its fate. */
export interface Siblings {
  /** The actor that spawned them; undefined below a program's root. */
  readonly parentId: ActorId | undefined
  readonly budgets: LadderBudgets
  /** For children that say nothing of it themselves. */
  readonly backoff: Partial<BackoffOptions> | undefined
  /** The limit of each child that says nothing of it itself; undefined when they count by their group's. */
  readonly lonely: IntensityOptions | undefined
  /** A life ended by itself; the child is down. */
  down(child: Child, reason: ExitReason): void
  /** It was ended for good, as asked for. */
  retired(child: Child, reason: ExitReason): void
  lived(child: Child, happened: Happened): void
  /** Restarts that are still admitted before the child is given up, or its supervisor. */
  restartsLeft(child: Child): number
  /** Ends its life in order and begins the next, as its group's strategy has it. Errors as of `Child.again`. */
  restart(child: Child): Promise<void>
}

/** A child's place in a supervisor. */
export interface Place {
  readonly specId: string
  readonly order: number
  readonly significant: boolean
  /** Told of the child before its first start. */
  began(child: Child): void
}

export interface ChildParts {
  readonly host: ActorHost
  readonly spec: HostSpec
  readonly options: SpawnOptions
  readonly order: number
  /** Undefined for one that was spawned without a spec. */
  readonly place: Place | undefined
}

/** What most children never need: all that has to do with an end. */
class Troubles {
  intensity: RestartIntensity | undefined
  pacing: Pacing | undefined
  watch: HealthWatch | undefined
  exit: { promise: Promise<ExitReason>; resolve: (reason: ExitReason) => void } | undefined
  retryAt: number | undefined
  /** Ends for good under way; when all of them were refused, it lives on. */
  ends = 0
}

const STARTED: Happened = { event: "started" }
const RESTARTED: Happened = { event: "restarted" }
const READY: Happened = { event: "ready" }
/** How long an event loop may give no sign of life. */
const UNRESPONSIVE_MS = 10_000
const SHUT_DOWN: ExitReason = { type: "shutdown", known: "requested" }
/** How much longer than its deadline a start may take to be undone. */
const UNDO_MS = 15_000

export class Child implements LifeListener {
  readonly hosted: HostedActor
  readonly definition: ActorDefinition
  readonly options: SpawnOptions
  /** Its place among its siblings. */
  readonly order: number
  readonly startedAt = Date.now()
  readonly ref: ActorRef
  restarts = 0
  lastExit: ExitReason | undefined
  /** It was ready once; before that its failure is told to whoever spawned it, and to nobody else. */
  hasLived = false
  /** Whether it keeps its program alive; the group's. */
  keepsAlive = false
  readonly #place: Place | undefined
  readonly #siblings: Siblings
  #state: "idle" | "starting" | "running" | "down" | "retired" = "idle"
  #wanted: "alive" | "down" | "retired" = "alive"
  #lives = 0
  #troubles: Troubles | undefined

  constructor(parts: ChildParts, siblings: Siblings) {
    this.definition = parts.spec.definition
    this.options = parts.options
    this.order = parts.order
    this.#place = parts.place
    this.#siblings = siblings
    this.hosted = parts.host.create(parts.spec, this)
    this.ref = this.hosted.makeRef()
  }

  get #rare(): Troubles {
    return (this.#troubles ??= new Troubles())
  }

  get parent(): ActorId | undefined {
    return this.#siblings.parentId
  }

  /** What its supervisor calls it; undefined for one that was spawned without a spec. */
  get specId(): string | undefined {
    return this.#place?.specId
  }

  get significant(): boolean {
    return this.#place?.significant ?? false
  }

  /** Its own limit; undefined when it counts by its group's. */
  get intensity(): RestartIntensity | undefined {
    const own = this.options.intensity ?? this.#siblings.lonely
    if (own === undefined) return undefined
    return (this.#rare.intensity ??= new RestartIntensity(own))
  }

  get pacing(): Pacing {
    return (this.#rare.pacing ??= new Pacing(this.options.backoff ?? this.#siblings.backoff))
  }

  /** When the next try to start it is due, in milliseconds since 1970; undefined while none is planned. */
  get retryAt(): number | undefined {
    return this.#troubles?.retryAt
  }
  set retryAt(at: number | undefined) {
    if (at !== undefined || this.#troubles !== undefined) this.#rare.retryAt = at
  }

  get restartsLeft(): number {
    return this.#siblings.restartsLeft(this)
  }

  /** Ends its life in order and begins the next behind the same ref; nothing is counted. Errors as of `again`. */
  restart(): Promise<void> {
    return this.isOver ? Promise.reject(new StoppingError(this.ref.name, "stopping")) : this.#siblings.restart(this)
  }

  get status(): Status | "restarting" | Exclude<Health, "well"> {
    if (this.#state === "down" || (this.#state === "starting" && this.restarts > 0)) return "restarting"
    const { status } = this.hosted
    const { health = "well" } = this.#troubles?.watch ?? {}
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

  /**
   * The first start; undefined when the actor is ready at once. Rejects with a StartFailedError or StartTimedOutError, and then nothing
   * of it runs.
   */
  start(): Promise<void> | undefined {
    return this.#begin("started")
  }

  /** Begins the next life of one that is down. Errors as of `start`; it is down again then, or retired if that was asked for. */
  async again(): Promise<void> {
    this.restarts++
    await this.#begin("restarted")
  }

  /** Ends its life without retiring it: it is down afterwards, and messages wait for its next life. */
  async halt(): Promise<void> {
    if (this.#state !== "running" && this.#state !== "starting") return
    if (this.#wanted === "alive") this.#wanted = "down"
    const from = this.options.shutdown === "kill" ? "kill" : "stop"
    await endBy(from, this.hosted, { ...this.#waiting, next: "restarting" })
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
    this.#rare.ends++
    try {
      return await endBy(from, this.hosted, { ...this.#waiting, firstMs })
    } catch (error) {
      // TypeScript does not see that the awaited end changed it.
      if (this.#rare.ends === 1 && (this.#state as string) !== "retired") this.#wanted = "alive"
      throw error
    } finally {
      this.#rare.ends--
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
    this.#siblings.retired(this, reason)
    this.#settle(reason)
  }

  /** Told by its host. */
  ended({ reason, thrown, lastMessage }: LifeEnd): void {
    if (this.#state === "retired" || this.#state === "down") return
    this.#state = "down"
    this.#troubles?.watch?.close()
    if (this.#troubles !== undefined) this.#troubles.watch = undefined
    this.lastExit = reason
    this.#siblings.lived(this, {
      event: reason.type === "killed" ? "killed" : isOrderly(reason) ? "stopped" : "crashed",
      reason,
      thrown,
      lastMessage,
    })
    if (this.#wanted === "retired") this.retire(reason)
    else {
      if (this.#wanted === "alive") this.#siblings.down(this, reason)
      this.#settle(reason)
    }
  }

  #begin(event: "started" | "restarted"): Promise<void> | undefined {
    if (this.isOver) return Promise.reject(new StoppingError(this.ref.name, "stopping"))
    const life = ++this.#lives
    this.#wanted = "alive"
    this.#state = "starting"
    this.retryAt = undefined
    this.#siblings.lived(this, event === "started" ? STARTED : RESTARTED)
    const starting = this.hosted.start()
    if (starting !== undefined) return this.#beginLater(life, starting)
    this.#begun(life)
    return undefined
  }

  async #beginLater(life: number, starting: Promise<void>): Promise<void> {
    try {
      await this.#within(starting)
    } catch (error) {
      if (life === this.#lives) this.#startFailed({ type: "crashed", known: "thrown-error", error: summarise(error) })
      throw error
    }
    this.#begun(life)
  }

  #begun(life: number): void {
    // A life that ended as soon as it was ready has been told of already, and the next may have begun.
    if (life !== this.#lives || this.#state !== "starting") return
    this.#state = "running"
    this.hasLived = true
    this.#lookAfter()
    this.#siblings.lived(this, READY)
  }

  #lookAfter(): void {
    const { unresponsiveMs = UNRESPONSIVE_MS, onUnresponsive = "report" } = this.options
    if (this.hosted.pulse === undefined || unresponsiveMs === Infinity) return
    this.#rare.watch = new HealthWatch(this.hosted, unresponsiveMs, ({ event, ...silence }) => {
      // What is to end is ended by the ladder.
      if (this.#wanted !== "alive") return
      this.#siblings.lived(this, { event, silence })
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

  /** How its end is waited for. */
  get #waiting(): { ended: Promise<ExitReason>; exit: () => ExitReason | undefined; budgets: LadderBudgets } {
    const exit = (): ExitReason | undefined => (this.#state === "down" || this.#state === "retired" ? this.lastExit : undefined)
    return { ended: this.#exited(), exit, budgets: this.#budgets }
  }

  get #budgets(): LadderBudgets {
    const { budgets } = this.#siblings
    const { shutdown } = this.options
    if (shutdown === undefined || shutdown === "kill") return budgets
    return { ...budgets, stopMs: shutdown === "infinity" ? Infinity : shutdown }
  }

  #exited(): Promise<ExitReason> {
    const rare = this.#rare
    if (rare.exit === undefined) {
      let resolve: (reason: ExitReason) => void = () => undefined
      const promise = new Promise<ExitReason>((r) => (resolve = r))
      rare.exit = { promise, resolve }
    }
    return rare.exit.promise
  }

  #settle(reason: ExitReason): void {
    if (this.#troubles?.exit === undefined) return
    this.#troubles.exit.resolve(reason)
    this.#troubles.exit = undefined
  }

  /** Waits for a start, no longer than it may take. */
  async #within(started: Promise<void>): Promise<void> {
    const { startTimeoutMs = 10_000 } = this.options
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
