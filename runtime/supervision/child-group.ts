// ChildGroup — the children of one parent: a supervisor, any other actor, or a program's root.
// Owns their names, their order, their starts and ends. Who is started again with whom is its strategy's business, how an
// actor is run its host's, how it is ended the ladder's.
// G1  A name is claimed before a child starts and free before anyone is told of its end (promise W2).
// G2  A child that ended is started again or retired, never both, and retired exactly once.
// G3  Children are stopped last one first; those of a dynamic supervisor at the same time.

import type { ActorRef } from "../actor/actor-ref.js"
import type { Actor } from "../actor/actor.js"
import { type ActorClass, type ActorDefinition, definitionOf, isActorClass } from "../actor/definition.js"
import { type ExitReason, summarise } from "../actor/exit-reason.js"
import type { IntensityOptions } from "../actor/intensity-options.js"
import { type MailboxOptions, mailboxOptions } from "../actor/mailbox-options.js"
import { checkSpawnOptions, type SpawnOptions } from "../actor/spawn-options.js"
import type { Family, Placement } from "../actor/surroundings.js"
import { BadOptionError, codeOf, NoActorError, ShutDownError } from "../errors.js"
import type { ActorHost } from "../host/actor-host.js"
import { beatMsFor } from "../host/heartbeat.js"
import type { HostRuntime } from "../host/host-runtime.js"
import type { ActorId } from "../ids.js"
import { type AutoShutdown, type Strategy, SUPERVISOR_KIND, type SupervisorSpec, supervisorSpec } from "./child-spec.js"
import { Child, type Happened, type Place, type Siblings } from "./child.js"
import type { Ending, LadderBudgets, Rung } from "./death-ladder.js"
import { GroupRestarts } from "./group-restarts.js"
import { LoneRestarts } from "./lone-restarts.js"
import type { BackoffOptions } from "../time/backoff.js"
import { RestartIntensity } from "./restart-intensity.js"
import { shouldRestart } from "./restart-policy.js"
import type { RestartStrategy, StrategyGroup } from "./restart-strategy.js"

/** Who has which name; the owner of names is system/. */
export interface Names {
  /** @throws {NameTakenError} */
  claim(name: string, entry: NameEntry): Promise<void>
  release(name: string): void
}

/** What is known of a name. */
export interface NameEntry {
  readonly id: ActorId
  readonly kind: string
  readonly placement: Placement
  readonly handlers: readonly string[]
}

/** Spawn options that a program's configuration gives. */
export type SpawnDefaults = Required<Pick<SpawnOptions, "mailbox" | "startTimeoutMs">>

/** What all groups of one host share. */
export interface GroupParts {
  readonly runtime: HostRuntime
  readonly hosts: Readonly<Record<Placement, ActorHost>>
  readonly names: Names
  readonly budgets: LadderBudgets
  readonly intensity: IntensityOptions
  /** What holds for every child that does not say otherwise. */
  readonly defaults: SpawnDefaults
  /** Every child of every group of the host, by id. */
  readonly children: Map<ActorId, Child>
  /** @throws {NoKindError} or ActorModuleError */
  definitionOf(kind: string, module: string | undefined): Promise<ActorDefinition>
  retired(child: Child, reason: ExitReason): void
  /** Keeps the program alive until `release` was called as often as `retain`. */
  readonly keepAlive: { retain(): void; release(): void }
  /** Of children that are spawned without any options. */
  readonly plain: SpawnOptions
  /** The mailbox of a class whose children say nothing of theirs. */
  readonly mailboxes: WeakMap<ActorDefinition, MailboxOptions>
  /** Tells whoever listens, and the log, what happened in a child's life. */
  lived(child: Child, happened: Happened): void
}

/** The actor whose children they are. */
export interface Parent {
  readonly id: ActorId
  /** What it says of its children when it is a supervisor; any other's stand each for itself. */
  readonly spec: SupervisorSpec | undefined
  /** A child has ended for good. */
  childExited(child: ActorRef, reason: ExitReason): void
  /** Ends the supervisor, because of its children. */
  end(reason: ExitReason): void
}

/** Those of a child that is spawned without any. */
const NO_OPTIONS: SpawnOptions = Object.freeze({})
const EXHAUSTED: ExitReason = { type: "shutdown", known: "restart-intensity" }
const SIGNIFICANT_ENDED: ExitReason = { type: "shutdown", known: "significant-child" }

export class ChildGroup implements Family, Siblings {
  readonly #parts: GroupParts
  readonly #parent: Parent | undefined
  readonly #spec: SupervisorSpec | undefined
  readonly #intensity: RestartIntensity | undefined
  readonly #strategy: RestartStrategy
  readonly #children = new Set<Child>()
  #nextOrder = 0
  #closed = false

  constructor(parts: GroupParts, parent?: Parent) {
    this.#parts = parts
    this.#parent = parent
    this.#spec = parent?.spec
    this.#intensity = this.#spec === undefined ? undefined : new RestartIntensity(this.#spec.intensity ?? parts.intensity)
    this.#strategy = this.#makeStrategy()
  }

  get refs(): readonly ActorRef[] {
    return [...this.#children].map((child) => child.ref)
  }

  /** Its children in the order they are started. */
  get children(): readonly Child[] {
    return [...this.#children].sort((a, b) => a.order - b.order)
  }

  /** How its children are started again; undefined when each stands for itself. */
  get strategy(): Strategy | undefined {
    return this.#spec === undefined ? undefined : (this.#spec.strategy ?? "one-for-one")
  }

  /** Restarts that are still admitted: of that child, if it counts by itself, else of all its siblings together. */
  restartsLeft(child?: Child): number {
    return (child?.intensity ?? this.#intensity)?.left(performance.now()) ?? 0
  }

  get parentId(): ActorId | undefined {
    return this.#parent?.id
  }

  get budgets(): LadderBudgets {
    return this.#parts.budgets
  }

  get backoff(): Partial<BackoffOptions> | undefined {
    return this.#spec?.backoff
  }

  get lonely(): IntensityOptions | undefined {
    return this.#spec === undefined ? this.#parts.intensity : undefined
  }

  /** A child of this host by its actor's id, while it has not retired. */
  child(id: ActorId): Child | undefined {
    return this.#parts.children.get(id)
  }

  /** The definition of a kind, of those found at start, or of a module's. @throws {NoKindError} or ActorModuleError */
  definitionOf(kind: string, module: string | undefined): Promise<ActorDefinition> {
    return this.#parts.definitionOf(kind, module)
  }

  spawn<A extends Actor>(Class: ActorClass<A>, options: SpawnOptions = NO_OPTIONS): Promise<ActorRef<A>> {
    // What definitionOf throws is the rejection.
    if (!isActorClass(Class)) return new Promise(() => void definitionOf(Class))
    return this.spawnDefinition(definitionOf(Class), options) as Promise<ActorRef<A>>
  }

  /** Spawns by definition; `place` is its place in a supervisor. Errors as of `spawn`. */
  async spawnDefinition(definition: ActorDefinition, given: SpawnOptions, place?: Place): Promise<ActorRef> {
    if (given !== NO_OPTIONS) checkSpawnOptions(given)
    if (given.daemon !== undefined && this.#parent !== undefined)
      throw new BadOptionError("daemon", "none below another actor, whose end is its own as well", given.daemon)
    this.#mustBeOpen()
    const child = this.#makeChild(definition, this.#withDefaults(definition, given), place)
    // Its constructor runs after whoever spawns it, named or not; meanwhile its parent may have ended.
    let claimed: string | undefined
    try {
      await (given.name === undefined ? undefined : this.#claimName(given.name, child))
      claimed = given.name
      this.#mustBeOpen()
    } catch (error) {
      if (claimed !== undefined) this.#parts.names.release(claimed)
      this.#parts.children.delete(child.hosted.id)
      child.hosted.dispose({ type: "shutdown", known: "requested" })
      throw error
    }
    this.#children.add(child)
    place?.began(child)
    child.keepsAlive = this.#parent === undefined && given.daemon !== true
    if (child.keepsAlive) this.#parts.keepAlive.retain()
    const starting = child.start()
    if (starting !== undefined) await this.#started(child, starting)
    return child.ref
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new ShutDownError()
  }

  async #started(child: Child, starting: Promise<void>): Promise<void> {
    const { keepAlive } = this.#parts
    keepAlive.retain()
    try {
      await starting
    } catch (error) {
      child.retire({ type: "crashed", known: "thrown-error", error: summarise(error) })
      throw error
    } finally {
      keepAlive.release()
    }
  }

  /** Ends a child by the ladder from the given rung. @throws {NoActorError} for one that is no child here. */
  async end(id: ActorId, from: Rung): Promise<Ending> {
    const child = this.#parts.children.get(id)
    if (child === undefined) throw new NoActorError(id)
    return child.end(from)
  }

  /** Ends a child's life in order and begins the next. Errors as of `Child.again`. */
  restart(child: Child): Promise<void> {
    return this.#strategy.restart(child)
  }

  down(child: Child, reason: ExitReason): void {
    if (shouldRestart(child.options, reason)) return this.#strategy.failed(child)
    child.retire(reason)
    if (!child.significant) return
    const others = [...this.#children].some(({ significant }) => significant)
    if (endsGroup(this.#spec?.autoShutdown, others)) this.#endParent(SIGNIFICANT_ENDED)
  }

  retired(child: Child, reason: ExitReason): void {
    this.#strategy.forget(child)
    this.#parts.children.delete(child.hosted.id)
    child.hosted.dispose(reason)
    if (!this.#children.delete(child)) return
    if (child.keepsAlive) this.#parts.keepAlive.release()
    child.keepsAlive = false
    if (child.options.name !== undefined) this.#parts.names.release(child.options.name)
    this.#parts.retired(child, reason)
    if (child.hasLived) this.#parent?.childExited(child.ref, reason)
  }

  lived(child: Child, happened: Happened): void {
    this.#parts.lived(child, happened)
  }

  async stopAll(): Promise<void> {
    this.#close()
    const failures: unknown[] = []
    const stop = (child: Child): Promise<unknown> => child.stop().catch((error: unknown) => failures.push(error))
    if (this.#spec?.strategy === "dynamic") await Promise.all([...this.#children].map(stop))
    else for (const child of [...this.children].reverse()) await stop(child)
    if (failures.length > 0) throw failures[0]
  }

  async killAll(): Promise<void> {
    this.#close()
    // Each in a turn of its own, so that no line of descendants is too long for the stack.
    await Promise.resolve()
    const outcomes = await Promise.allSettled([...this.#children].map(kill))
    const failure = outcomes.find(({ status }) => status === "rejected")
    if (failure?.status === "rejected") throw failure.reason
  }

  #close(): void {
    this.#closed = true
    this.#strategy.close()
  }

  #withDefaults(definition: ActorDefinition, given: SpawnOptions): SpawnOptions {
    if (definition.kind !== SUPERVISOR_KIND)
      return given === NO_OPTIONS ? this.#parts.plain : { startTimeoutMs: this.#parts.defaults.startTimeoutMs, ...given }
    // Its children have their own deadlines and budgets.
    return { startTimeoutMs: Infinity, shutdown: "infinity", ...given, args: supervisorSpec(given.args ?? {}) }
  }

  #makeChild(definition: ActorDefinition, options: SpawnOptions, place: Place | undefined): Child {
    const { hosts, children } = this.#parts
    const { name, args, memoryMb, unresponsiveMs, placement = "inline" } = options
    const beatMs = unresponsiveMs === undefined ? undefined : beatMsFor(unresponsiveMs)
    const mailbox = this.#mailboxOf(definition, options.mailbox)
    const order = place?.order ?? this.#nextOrder
    this.#nextOrder = Math.max(this.#nextOrder, order + 1)
    const host = hosts[placement]
    const spec = { definition, name, args, mailbox, memoryMb, beatMs }
    const child = new Child({ host, spec, options, order, place }, this)
    children.set(child.hosted.id, child)
    return child
  }

  #mailboxOf(definition: ActorDefinition, own: Partial<MailboxOptions> | undefined): MailboxOptions {
    const { defaults, mailboxes } = this.#parts
    const known = own === undefined ? mailboxes.get(definition) : undefined
    if (known !== undefined) return known
    const made = mailboxOptions({ ...defaults.mailbox, ...definition.mailbox, ...own })
    if (own === undefined) mailboxes.set(definition, made)
    return made
  }

  #makeStrategy(): RestartStrategy {
    const group: StrategyGroup = {
      inOrder: () => this.children,
      admit: (child) => (child.intensity ?? this.#intensity)?.admit(performance.now()) ?? true,
      exhausted: (child) => this.#exhausted(child),
      stuck: (error) => {
        this.#parts.runtime.log.error(
          `the children of ${this.#parent?.id ?? "the root"} cannot be started again: ${String(error)}`,
        )
        this.#endParent(EXHAUSTED)
      },
    }
    const { strategy } = this
    return strategy === "one-for-all" || strategy === "rest-for-one"
      ? new GroupRestarts(strategy, group)
      : new LoneRestarts(group)
  }

  #claimName(name: string, { definition, hosted, options }: Child): Promise<void> {
    const { placement = "inline" } = options
    const handlers = [...definition.handlers.keys()]
    return this.#parts.names.claim(name, { id: hosted.id, kind: definition.kind, placement, handlers })
  }

  #exhausted(child: Child): void {
    if (this.#spec === undefined) child.retire(child.lastExit ?? EXHAUSTED)
    else this.#endParent(EXHAUSTED)
  }

  #endParent(reason: ExitReason): void {
    this.#close()
    // Children that are being started keep a supervisor busy that is starting one of them.
    this.stopAll().catch((error: unknown) => this.#parts.runtime.log.error(`a child could not be ended: ${String(error)}`))
    this.#parent?.end(reason)
  }
}

/** Whether a group ends now that a significant child has ended by itself (promise S10). */
function endsGroup(autoShutdown: AutoShutdown | undefined, othersLeft: boolean): boolean {
  return autoShutdown === "any" || (autoShutdown === "all" && !othersLeft)
}

/** Kills a child; one that is in a synchronous handler at this very moment as soon as that has returned. */
async function kill(child: Child): Promise<void> {
  try {
    await child.end("kill")
  } catch (error) {
    if (codeOf(error) !== "ERR_NOT_KILLABLE") throw error
    await new Promise((resolve) => setImmediate(resolve))
    await child.end("kill")
  }
}
