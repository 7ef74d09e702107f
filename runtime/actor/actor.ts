// Actor — what a user's class extends.

import type { ActorContext } from "./actor-context.js"
import type { ActorRef } from "./actor-ref.js"
import type { ExitReason } from "./exit-reason.js"

/** The incarnation of an actor that its instance belongs to. */
export interface Incarnation {
  /** Made when it is first asked for. */
  readonly context: ActorContext
}

/** How an instance is made. */
export interface Made<D, A> {
  readonly definition: D
  readonly args: unknown
  readonly around: { instantiate(definition: D, args: unknown): A }
}

let underConstruction: Incarnation | undefined

/** Makes an actor with its context in place, so that even its constructor may use it. */
export function constructWith<D, A>(incarnation: Incarnation, { definition, args, around }: Made<D, A>): A {
  const outer = underConstruction
  underConstruction = incarnation
  try {
    return around.instantiate(definition, args)
  } finally {
    underConstruction = outer
  }
}

/**
 * The base of every actor: one object that handles one message at a time (promise A2).
 * Mark the class with `@actor`, the methods that may be called from outside with `@handler`.
 */
export abstract class Actor {
  readonly #incarnation = underConstruction

  /** What this actor can do besides its own state. @throws {TypeError} on an actor that no runtime made. */
  protected get context(): ActorContext {
    if (this.#incarnation === undefined) {
      throw new TypeError(
        `${this.constructor.name} was made with "new"; actors are made by spawn(), which gives them their context`,
      )
    }
    return this.#incarnation.context
  }

  /** Called before the first message, with the `args` given to spawn; the actor is ready when it returns. */
  onStart?(args: unknown): void | Promise<void>

  /** Called after the last message, except when the actor is killed. */
  onStop?(reason: ExitReason): void | Promise<void>

  /** Called when a child has ended for good. */
  onChildExit?(child: ActorRef, reason: ExitReason): void | Promise<void>

  /** Called once for each watched actor that has ended for good (promise W1). */
  onTerminated?(ref: ActorRef, reason: ExitReason): void | Promise<void>
}
