// Surroundings — what a cell needs of its host, so that actor/ imports nothing above it.

import type { HostId } from "../ids.js"
import type { Actor } from "./actor.js"
import type { ActorCell } from "./actor-cell.js"
import type { ActorClass, ActorDefinition } from "./definition.js"
import type { ActorRef, FateTeller } from "./actor-ref.js"
import type { Asks } from "./asks.js"
import type { DeadLetter } from "./delivery.js"
import type { ExitReason } from "./exit-reason.js"
import type { RunQueue } from "./run-queue.js"
import type { SpawnOptions } from "./spawn-options.js"

/** Where an actor runs. */
export type Placement = "inline" | "thread" | "process"

/** An actor that has not ended for good, as `enumerate` lists it. */
export interface LivingActor {
  readonly ref: ActorRef
  /** The name it was spawned with, or its id. */
  readonly name: string
  readonly kind: string
  readonly placement: Placement
  readonly status: string
  /** Whether it is a daemon, or below one: it does not keep its program alive. */
  readonly daemon: boolean
}

/** What tells the programs of a machine apart: those with the same directory and prefix belong together. */
export interface Home {
  readonly stateDir: string
  readonly prefix: string
}

/** One line of an actor's log. */
export interface ActorLog {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** The children of one actor, as the actor's cell sees them. */
export interface Family {
  spawn<A extends Actor>(Class: ActorClass<A>, options?: SpawnOptions): Promise<ActorRef<A>>
  /** Ends all, the youngest first, each within its budget. */
  stopAll(): Promise<void>
  killAll(): Promise<void>
  readonly refs: readonly ActorRef[]
}

/** What a copy of a message must look like between inline actors, or undefined when it is passed as it is. */
export type MessageCopier = (value: unknown) => unknown

/** What a cell's host gets from above: from supervision/, events/ and system/. */
export interface Above extends FateTeller {
  /** What has to be awaited before an actor can be made; undefined when nothing has to. */
  prepare(definition: ActorDefinition): Promise<void> | undefined
  instantiate(definition: ActorDefinition, args: unknown): Actor
  familyOf(cell: ActorCell): Family
  logOf(name: string): ActorLog
  deadLetter(letter: DeadLetter): void
  watch(watcher: ActorCell, target: ActorRef): void
  /** Returns whether the watch was there. */
  unwatch(watcher: ActorCell, target: ActorRef): boolean
  /** Links the incarnation of a cell with that of another actor. */
  link(cell: ActorCell, partner: ActorRef): Promise<void>
  /** Returns whether the link was there. */
  unlink(cell: ActorCell, partner: ActorRef): boolean
  /** Forgets every watch and subscription of a cell whose life ended, and tells those it is linked with. */
  forget(cell: ActorCell, reason: ExitReason): void
  publish(topic: string, data: unknown): void
  subscribe(cell: ActorCell, pattern: string, deliver: (topic: string, data: unknown) => void): () => void
  lookup(name: string): Promise<ActorRef | undefined>
  /** The actors of this program that live. */
  enumerate(): Promise<readonly LivingActor[]>
  /** An incarnation of a host that this one started is gone with all in it; `begun` is what its ledger said last, if it can be read. */
  hostDown(
    host: HostId,
    reason: ExitReason,
    fate: {
      readonly incarnation: number
      readonly begun: Readonly<Record<string, number>> | undefined
      readonly kept?: boolean | undefined
      readonly spared?: readonly HostId[] | undefined
    },
  ): void
}

/** What a cell needs. */
export interface Surroundings extends Omit<Above, "hostDown" | keyof FateTeller> {
  readonly host: HostId
  readonly placement: Placement
  readonly home: Home
  readonly queue: RunQueue
  readonly asks: Asks
  readonly fates: FateTeller
  readonly copy: MessageCopier | undefined
  refOf(cell: ActorCell): ActorRef
}
