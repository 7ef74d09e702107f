// How a life ends: what is at work is settled, children go first, `onStop` runs, and only then is it over.
// N1  A life ends once. A kill that comes while it ends in order takes away its patience, and its reason wins.

import { DiedWhileHandlingError, StoppingError } from "../errors.js"
import type { Books } from "./books.js"
import { describeExit, type ExitReason, isOrderly, summarise } from "./exit-reason.js"
import type { Life } from "./life.js"

/** Why a life is to end, and whether its children and `onStop` get their time. */
export interface Ending {
  readonly reason: ExitReason
  readonly thrown: unknown
  readonly hooks: "run" | "skip"
}

/** Ends a life. Resolves with how it ended, or with undefined when its end was under way already. */
export async function endLife(life: Life, end: Ending, of: { name: string; books: Books }): Promise<Ending | undefined> {
  life.advance("stopping")
  life.pendingEnd = undefined
  if (end.hooks === "skip") life.killed = end.reason
  if (life.finishing) {
    if (end.hooks === "skip") {
      life.giveUp?.()
      await life.family?.killAll()
    }
    return undefined
  }
  life.finishing = true
  life.holds++
  let { reason, thrown } = end
  const died = (): DiedWhileHandlingError => new DiedWhileHandlingError(of.name, describeExit(end.reason), thrown)
  if (!isOrderly(reason)) life.cancel(died())
  for (const flight of life.flights) {
    of.books.failed++
    flight.reply?.fail(died())
  }
  life.flights.clear()
  life.cancelTimers()
  try {
    if (life.killed === undefined) await patiently(life, life.family?.stopAll())
    if (life.killed === undefined) await patiently(life, life.instance?.onStop?.(reason))
  } catch (error) {
    if (isOrderly(reason)) reason = { type: "crashed", known: "thrown-error", error: summarise(error) }
    thrown ??= error
  }
  if (life.killed !== undefined) {
    reason = life.killed
    await life.family?.killAll()
  }
  life.advance("stopped")
  life.cancel(new StoppingError(of.name, "stopped"))
  return { reason, thrown, hooks: end.hooks }
}

/** Waits for a hook until it is done or a kill gives up on it. */
export async function patiently(life: Life, step: void | Promise<void>): Promise<void> {
  if (step === undefined) return
  const givenUp = new Promise<void>((resolve) => {
    life.giveUp = resolve
  })
  await Promise.race([step, givenUp])
}
