// ActorHost — one way to run an actor; implementations: inline-host, thread-host, process-host.
// A host starts and ends; whether an actor that ended is started again is its supervisor's business.

import type { LifeListener } from "../actor/actor-cell.js"
import type { ActorRef } from "../actor/actor-ref.js"
import type { Target } from "../actor/delivery.js"
import type { ActorDefinition } from "../actor/definition.js"
import type { BooksView } from "../actor/books.js"
import type { ExitReason } from "../actor/exit-reason.js"
import type { MailboxOptions } from "../actor/mailbox-options.js"
import type { Status } from "../actor/status.js"
import type { Placement } from "../actor/surroundings.js"
import type { ActorId } from "../ids.js"
import type { Pulse } from "./pulse.js"

/** What a host needs to run an actor. */
export interface HostSpec {
  readonly definition: ActorDefinition
  /** Undefined for an actor without a name of its own. */
  readonly name: string | undefined
  readonly args: unknown
  readonly mailbox: MailboxOptions
  /** How large the old generation of its heap may get, in MiB; undefined for Node.js's own limit. Never for an inline actor. */
  readonly memoryMb?: number | undefined
  /** How often its loop gives a sign of life, in milliseconds. Never for an inline actor. @default 1000 */
  readonly beatMs?: number | undefined
}

/** One actor in the care of its host, restarts included. */
export interface HostedActor {
  readonly id: ActorId
  readonly placement: Placement
  readonly target: Target
  readonly status: Status | "restarting"
  /** The OS process it runs in. */
  readonly pid: number
  /** The thread it runs in; 0 is a process's own. */
  readonly threadId: number
  /** Of its event loop while it is up; undefined for an inline actor, which has none of its own. */
  readonly pulse: Pulse | undefined
  /**
   * Begins a life; not before the one before it is over. Returns undefined when the actor is ready already. Else it settles once:
   * resolves when the actor is ready, rejects when the start failed or was given up, and then the thread or process is verified to be
   * gone, and the listener has not been told of it and will not be.
   * It has no deadline of its own: whoever loses patience calls `forceKill` and waits for the rejection.
   * @throws {StartFailedError} with the stage `abandoned` when it was drained, stopped or killed while it started
   */
  start(): Promise<void> | undefined
  /** Handles what was accepted, refuses what comes, then stops. Gives up a start that is under way. */
  drain(): void
  /** Finishes the message at hand, then runs `onStop`. Gives up a start that is under way. */
  stop(reason: ExitReason, next: "final" | "restarting"): void
  /** Aborts the signal of the message at hand. */
  cancel(): void
  /** Ends the life, or a start, at once. @throws {NotKillableError} */
  kill(): void
  /** Ends it by the strongest means there is; that it did not respond is then the reason, if that is why. */
  forceKill(why?: "unresponsive"): void
  /** Says that no further life will come; what waits is refused. */
  dispose(reason: ExitReason): void
  /** Another ref of it. */
  makeRef(): ActorRef
  /** What became of its messages. */
  count(): Promise<BooksView>
}

export interface ActorHost {
  readonly placement: Placement
  create(spec: HostSpec, listener: LifeListener): HostedActor
}
