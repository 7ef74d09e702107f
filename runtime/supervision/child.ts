// Child — one actor in its parent's care: started, restarted, ended.
// Owns the decision to start it again. Its group owns its name and its place among its siblings.
// K1  At most one start and one end are under way; an end that is wanted cancels a restart that waits.

import type { ActorRef } from "../actor/actor-ref.js"
import type { ActorDefinition } from "../actor/definition.js"
import { type ExitReason, type LifeEnd, isOrderly, summarise } from "../actor/exit-reason.js"
import type { SpawnOptions } from "../actor/spawn-options.js"
import type { Status } from "../actor/status.js"
import { StartTimedOutError, StoppingError } from "../errors.js"
import type { ActorId } from "../ids.js"
import type { Ended, HostedActor } from "../host/actor-host.js"
import { backoffMs, backoffOptions } from "../time/backoff.js"
import { type Ending, endBy, type LadderBudgets, type Rung } from "./death-ladder.js"
import { type IntensityOptions, RestartIntensity } from "./restart-intensity.js"
import { shouldRestart } from "./restart-policy.js"

/** What happens in a life, as events tell it. */
export type LifeEvent = "started" | "ready" | "crashed" | "restarted" | "stopped" | "killed"

/** One of them, with why a life ended and what was thrown then. */
export interface Happened {
  readonly event: LifeEvent
  readonly reason?: ExitReason
  readonly thrown?: unknown
  readonly lastMessage?: string | undefined
}

/** Who is told of a child's fate. */
export interface ChildListener {
  /** It has ended for good. */
  retired(reason: ExitReason): void
  lived(happened: Happened): void
}

interface ChildParts {
  readonly definition: ActorDefinition
  readonly options: SpawnOptions
  readonly budgets: LadderBudgets
  readonly intensity: IntensityOptions
  /** The actor that spawned it; undefined below a program's root. */
  readonly parent: ActorId | undefined
}

const BACKOFF = backoffOptions()

export class Child {
  readonly definition: ActorDefinition
  readonly options: SpawnOptions
  readonly hosted: HostedActor
  /** Set by the group as soon as the id is known. */
  ref!: ActorRef
  restarts = 0
  lastExit: ExitReason | undefined
  readonly startedAt = Date.now()
  readonly parent: ActorId | undefined
  readonly #budgets: LadderBudgets
  readonly #intensity: RestartIntensity
  readonly #listener: ChildListener
  #state: "idle" | "starting" | "running" | "waiting" | "retired" = "idle"
  #failures = 0
  #wanted: "alive" | "restart" | "ended" = "alive"
  #timer: NodeJS.Timeout | undefined
  #restart: Promise<void> | undefined
  #exit: { promise: Promise<ExitReason>; resolve: (reason: ExitReason) => void } | undefined

  constructor(parts: ChildParts, host: (ended: Ended) => HostedActor, listener: ChildListener) {
    this.definition = parts.definition
    this.parent = parts.parent
    this.options = parts.options
    this.#budgets = { ...parts.budgets, ...(parts.options.shutdownMs === undefined ? {} : { stopMs: parts.options.shutdownMs }) }
    this.#intensity = new RestartIntensity(parts.intensity)
    this.#listener = listener
    this.hosted = host((end) => this.#ended(end))
  }

  get status(): Status | "restarting" {
    return this.#state === "waiting" || (this.#state === "starting" && this.restarts > 0) ? "restarting" : this.hosted.status
  }

  /** Restarts that are still admitted before it is given up. */
  get restartsLeft(): number {
    return this.#intensity.left(performance.now())
  }

  /** The first start. @throws {StartFailedError} or StartTimedOutError; the child is then retired by its group. */
  async start(): Promise<void> {
    this.#state = "starting"
    this.#listener.lived({ event: "started" })
    await this.#startWithin()
    this.#becomeReady()
  }

  /** The first start failed: it is retired without having lived. */
  abandon(reason: ExitReason): void {
    this.#state = "retired"
    this.lastExit = reason
    this.#exit?.resolve(reason)
    this.#exit = undefined
  }

  /** Ends it for good. Several calls share one end; a stronger rung hurries it. `firstMs` is what the first rung may take. */
  async end(from: Rung, firstMs?: number): Promise<Ending> {
    this.#wanted = "ended"
    if (this.#state === "retired")
      return { rung: "none", tookMs: 0, reason: this.lastExit ?? { type: "shutdown", known: "requested" } }
    if (this.#state === "waiting") {
      const reason: ExitReason = { type: "shutdown", known: "requested" }
      clearTimeout(this.#timer)
      this.#retire(reason)
      return { rung: from, tookMs: 0, reason }
    }
    return endBy(from, this.hosted, { ended: this.#exited(), budgets: this.#budgets, firstMs })
  }

  /**
   * Ends this incarnation in order and starts the next; it does not count against the intensity. Several calls share one.
   * @throws {StoppingError} when it was ended for good meanwhile; StartFailedError when the next did not start
   */
  restart(): Promise<void> {
    return (this.#restart ??= this.#restartOnce().finally(() => {
      this.#restart = undefined
    }))
  }

  async #restartOnce(): Promise<void> {
    if (this.isOver()) throw new StoppingError(this.ref.name, "stopping")
    if (this.#state !== "waiting") {
      this.#wanted = "restart"
      const exited = this.#exited()
      this.hosted.stop({ type: "shutdown", known: "requested" }, "restarting")
      const timer = setTimeout(() => this.hosted.kill(), this.#budgets.stopMs)
      await exited
      clearTimeout(timer)
    }
    if (this.isOver()) throw new StoppingError(this.ref.name, "stopping")
    clearTimeout(this.#timer)
    await this.#again()
  }

  /** A start has succeeded; unless the life it began is over already, it runs. */
  #becomeReady(): void {
    if (this.#state !== "starting") return
    this.#state = "running"
    this.#failures = 0
    this.#listener.lived({ event: "ready" })
  }

  #exited(): Promise<ExitReason> {
    if (this.#exit === undefined) {
      let resolve: (reason: ExitReason) => void = () => undefined
      const promise = new Promise<ExitReason>((r) => (resolve = r))
      this.#exit = { promise, resolve }
    }
    return this.#exit.promise
  }

  #ended({ reason, thrown, lastMessage }: LifeEnd): void {
    if (this.#state === "retired") return
    this.lastExit = reason
    this.#listener.lived({
      event: reason.type === "killed" ? "killed" : isOrderly(reason) ? "stopped" : "crashed",
      reason,
      thrown,
      lastMessage,
    })
    const exit = this.#exit
    this.#exit = undefined
    if (this.#wanted === "restart") this.#state = "waiting"
    else if (this.#wanted === "ended" || !shouldRestart(this.options.restart ?? "permanent", reason)) this.#retire(reason)
    else this.#retry(reason)
    exit?.resolve(reason)
  }

  #retry(reason: ExitReason): void {
    if (!this.#intensity.admit(performance.now())) return this.#retire(reason)
    this.#state = "waiting"
    const wait = this.#failures === 0 ? 0 : backoffMs(BACKOFF, this.#failures - 1, Math.random())
    this.#timer = setTimeout(() => void this.#again().catch(() => undefined), wait)
  }

  async #again(): Promise<void> {
    this.#wanted = this.#wanted === "restart" ? "alive" : this.#wanted
    this.#state = "starting"
    this.restarts++
    this.#listener.lived({ event: "restarted" })
    try {
      await this.#startWithin()
      this.#becomeReady()
    } catch (error) {
      this.#failures++
      const reason: ExitReason = { type: "crashed", known: "thrown-error", error: summarise(error) }
      this.lastExit = reason
      const exit = this.#exit
      this.#exit = undefined
      if (this.isOver()) this.#retire(reason)
      else this.#retry(reason)
      exit?.resolve(reason)
      throw error
    }
  }

  /** It is to end for good, or has. */
  isOver(): boolean {
    return this.#wanted === "ended" || this.#state === "retired"
  }

  #retire(reason: ExitReason): void {
    this.#state = "retired"
    this.lastExit = reason
    this.#listener.retired(reason)
  }

  async #startWithin(): Promise<void> {
    const { startTimeoutMs = 10_000 } = this.options
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new StartTimedOutError(this.ref.name, startTimeoutMs))
        this.hosted.forceKill()
      }, startTimeoutMs)
    })
    const started = this.hosted.start()
    started.catch(() => undefined)
    try {
      await Promise.race([started, late])
    } finally {
      clearTimeout(timer)
    }
  }
}
