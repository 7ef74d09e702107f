// ChildGroup — the children of one parent: an actor, or a program's root.
// Owns their names, starts, ends and restarts. How an actor is run is its host's business, why it ends the ladder's.
// G1  A name is claimed before a child starts and free before anyone is told of its end (promise W2).
// G2  A child that ended is started again or retired, never both, and retired exactly once.
// G3  Children are stopped youngest first.

import type { ActorRef } from "../actor/actor-ref.js"
import type { Actor } from "../actor/actor.js"
import { type ActorClass, type ActorDefinition, definitionOf } from "../actor/definition.js"
import { type ExitReason, summarise } from "../actor/exit-reason.js"
import { mailboxOptions } from "../actor/mailbox-options.js"
import { checkSpawnOptions, type SpawnOptions } from "../actor/spawn-options.js"
import type { Family, Placement } from "../actor/surroundings.js"
import { NoActorError, ShutDownError } from "../errors.js"
import type { ActorHost } from "../host/actor-host.js"
import type { HostRuntime } from "../host/host-runtime.js"
import type { ActorId } from "../ids.js"
import { Child, type Happened } from "./child.js"
import type { Ending, LadderBudgets, Rung } from "./death-ladder.js"
import type { IntensityOptions } from "./restart-intensity.js"

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
  retired(child: Child, reason: ExitReason): void
  /** Tells whoever listens, and the log, what happened in a child's life. */
  lived(child: Child, happened: Happened): void
}

/** The actor whose children they are. */
export interface Parent {
  readonly id: ActorId
  /** A child has ended for good. */
  childExited(child: ActorRef, reason: ExitReason): void
}

export class ChildGroup implements Family {
  readonly #parts: GroupParts
  readonly #parent: Parent | undefined
  readonly #children = new Set<Child>()
  #closed = false

  constructor(parts: GroupParts, parent?: Parent) {
    this.#parts = parts
    this.#parent = parent
  }

  get refs(): readonly ActorRef[] {
    return [...this.#children].map((child) => child.ref)
  }

  get children(): readonly Child[] {
    return [...this.#children]
  }

  async spawn<A extends Actor>(Class: ActorClass<A>, options: SpawnOptions = {}): Promise<ActorRef<A>> {
    return (await this.spawnDefinition(definitionOf(Class), options)) as ActorRef<A>
  }

  /** Spawns by definition. Errors as of `spawn`. */
  async spawnDefinition(definition: ActorDefinition, given: SpawnOptions): Promise<ActorRef> {
    checkSpawnOptions(given)
    if (this.#closed) throw new ShutDownError()
    const { hosts, runtime, defaults } = this.#parts
    const { name, args, placement = "inline" } = given
    const options = { startTimeoutMs: defaults.startTimeoutMs, ...given }
    const mailbox = mailboxOptions({ ...defaults.mailbox, ...definition.mailbox, ...given.mailbox })
    const child = new Child(
      { definition, options, budgets: this.#parts.budgets, intensity: this.#parts.intensity, parent: this.#parent?.id },
      (ended) => hosts[placement].create({ definition, name, args, mailbox }, ended),
      {
        retired: (reason) => this.#retire(child, reason),
        lived: (happened) => this.#parts.lived(child, happened),
      },
    )
    child.ref = runtime.refTo({ id: child.hosted.id, name: name ?? child.hosted.id, kind: definition.kind, definition })
    this.#parts.children.set(child.hosted.id, child)
    try {
      await this.#claimName(child, placement)
    } catch (error) {
      this.#parts.children.delete(child.hosted.id)
      child.hosted.dispose({ type: "shutdown", known: "requested" })
      throw error
    }
    this.#children.add(child)
    try {
      await child.start()
    } catch (error) {
      const reason: ExitReason = { type: "crashed", known: "thrown-error", error: summarise(error) }
      child.abandon(reason)
      this.#remove(child, reason)
      throw error
    }
    return child.ref
  }

  /** Ends a child by the ladder from the given rung. @throws {NoActorError} for one that is no child here. */
  async end(id: ActorId, from: Rung): Promise<Ending> {
    const child = this.#parts.children.get(id)
    if (child === undefined) throw new NoActorError(id)
    return child.end(from)
  }

  async stopAll(): Promise<void> {
    this.#closed = true
    for (const child of [...this.#children].reverse()) await child.end("stop")
  }

  async killAll(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#children].map((child) => child.end("kill")))
  }

  async #claimName({ definition, hosted, options }: Child, placement: Placement): Promise<void> {
    const { names } = this.#parts
    const { name } = options
    if (name === undefined) return
    await names.claim(name, { id: hosted.id, kind: definition.kind, placement, handlers: [...definition.handlers.keys()] })
    // Its parent may have ended while the bus was asked.
    if (!this.#closed) return
    names.release(name)
    throw new ShutDownError()
  }

  #retire(child: Child, reason: ExitReason): void {
    if (!this.#remove(child, reason)) return
    this.#parent?.childExited(child.ref, reason)
  }

  #remove(child: Child, reason: ExitReason): boolean {
    if (!this.#children.delete(child)) return false
    this.#parts.children.delete(child.hosted.id)
    child.hosted.dispose(reason)
    if (child.options.name !== undefined) this.#parts.names.release(child.options.name)
    this.#parts.retired(child, reason)
    return true
  }
}
