// How a life begins: prepared for, constructed, `onStart` run.
// B1  A start that failed or was given up leaves nothing: no child, no timer, no watch.
// B2  Whoever gives a start up, and whatever it throws afterwards, the first cause is the one that is told.

import { StartFailedError, StoppingError } from "../errors.js"
import { constructWith } from "./actor.js"
import type { ActorDefinition } from "./definition.js"
import { endChildren, patiently } from "./ending.js"
import { type ExitReason, summarise } from "./exit-reason.js"
import type { Life } from "./life.js"
import type { Surroundings } from "./surroundings.js"
import { isThenable } from "./thenable.js"

/** Whose life begins. */
export interface Born {
  readonly name: string
  readonly definition: ActorDefinition
  readonly args: unknown
  readonly around: Surroundings
  /** Takes messages from now on. Nothing may come between this and the look whether its start was given up. */
  ready(life: Life): void
  /** Forgets its timers, watches, links and subscriptions. */
  release(life: Life, reason: ExitReason): void
}

/**
 * Begins a life. Returns undefined when the actor is ready at once, as one is whose `onStart` waits for nothing; else it resolves when
 * it is. Rejects with a StartFailedError that names the stage.
 */
export function beginLife(life: Life, of: Born): Promise<void> | undefined {
  let prepared: Promise<void> | undefined
  try {
    prepared = of.around.prepare(of.definition)
  } catch (error) {
    life.abandon({ cause: error })
  }
  if (prepared === undefined) return bear(life, of)
  return patiently(life, prepared).then(
    () => bear(life, of),
    (error: unknown) => {
      life.abandon({ cause: error })
      return giveUp(life, of, "constructor")
    },
  )
}

/** Constructs the instance and runs its `onStart`. */
function bear(life: Life, of: Born): Promise<void> | undefined {
  let stage = "constructor"
  try {
    if (life.abandoned === undefined) {
      const instance = constructWith(life, of)
      life.instance = instance
      stage = "onStart"
      const started: unknown = instance.onStart?.(of.args)
      if (isThenable(started)) return startLater(life, of, started)
    }
  } catch (error) {
    life.abandon({ cause: error })
  }
  if (life.abandoned !== undefined) return giveUp(life, of, stage)
  of.ready(life)
  return undefined
}

async function startLater(life: Life, of: Born, started: PromiseLike<unknown>): Promise<void> {
  try {
    await patiently(life, started)
  } catch (error) {
    life.abandon({ cause: error })
  }
  if (life.abandoned !== undefined) await giveUp(life, of, "onStart")
  of.ready(life)
}

/** @throws {StartFailedError} when nothing of it is left. */
async function giveUp(life: Life, of: Born, stage: string): Promise<never> {
  const { name } = of
  const { cause, stage: at = stage } = life.abandoned ?? { cause: undefined }
  life.advance("stopped")
  life.cancel(() => new StoppingError(name, "stopped"))
  of.release(life, { type: "crashed", known: "thrown-error", error: summarise(cause) })
  await endChildren(life, of)
  throw new StartFailedError(name, at, cause)
}
