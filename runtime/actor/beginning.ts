// How a life begins: prepared for, constructed, `onStart` run.
// B1  A start that failed or was given up leaves nothing: no child, no timer, no watch.
// B2  Whoever gives a start up, and whatever it throws afterwards, the first cause is the one that is told.

import { StartFailedError, StoppingError } from "../errors.js"
import { constructWith } from "./actor.js"
import type { ActorContext } from "./actor-context.js"
import type { ActorDefinition } from "./definition.js"
import { endChildren, patiently } from "./ending.js"
import { type ExitReason, summarise } from "./exit-reason.js"
import type { Life } from "./life.js"
import type { Surroundings } from "./surroundings.js"

/** Whose life begins. */
export interface Born {
  readonly name: string
  readonly definition: ActorDefinition
  readonly args: unknown
  readonly around: Surroundings
  /** Forgets its timers, watches, links and subscriptions. */
  release(life: Life, reason: ExitReason): void
}

/** Begins a life; resolves when the actor is ready. @throws {StartFailedError} naming the stage. */
export async function beginLife(life: Life, context: ActorContext, of: Born): Promise<void> {
  const { name, definition, args, around } = of
  let stage = "constructor"
  try {
    const prepared = around.prepare(definition)
    if (prepared !== undefined) await patiently(life, prepared)
    if (life.abandoned === undefined) {
      const instance = constructWith(context, () => around.instantiate(definition, args))
      life.instance = instance
      stage = "onStart"
      await patiently(life, instance.onStart?.(args))
    }
  } catch (error) {
    life.abandon({ cause: error })
  }
  const { abandoned } = life
  if (abandoned === undefined) return
  life.advance("stopped")
  life.cancel(new StoppingError(name, "stopped"))
  of.release(life, { type: "crashed", known: "thrown-error", error: summarise(abandoned.cause) })
  await endChildren(life, of)
  throw new StartFailedError(name, abandoned.stage ?? stage, abandoned.cause)
}
