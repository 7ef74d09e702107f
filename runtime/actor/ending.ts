// How a life ends: what is at work is settled, children go first, `onStop` runs, and only then is it over.
// N1  A life ends once. A kill that comes while it ends in order takes away its patience, and its reason wins.
// N2  Whatever a hook or a child does, the end is reached, and then no child is left.

import { DiedWhileHandlingError, StoppingError } from "../errors.js"
import type { Account } from "./books.js"
import { describeExit, type ExitReason, isOrderly, summarise } from "./exit-reason.js"
import type { Life } from "./life.js"
import type { Surroundings } from "./surroundings.js"

/** Why a life is to end, and whether its children and `onStop` get their time. */
export interface Ending {
  readonly reason: ExitReason
  readonly thrown: unknown
  readonly hooks: "run" | "skip"
}

/** Whose life ends. */
export interface Dying {
  readonly name: string
  readonly books: Account
  readonly around: Pick<Surroundings, "logOf">
}

/**
 * Ends a life. Gives how it ended, at once when there is nothing to wait for; undefined when its end was under way already. Never throws,
 * never rejects.
 */
export function endLife(life: Life, end: Ending, of: Dying): Ending | undefined | Promise<Ending> {
  life.advance("stopping")
  life.pendingEnd = undefined
  if (end.hooks === "skip") {
    life.killed = end.reason
    life.hurry()
  }
  if (life.finishing) return undefined
  life.finishing = true
  life.holds++
  const died = (): DiedWhileHandlingError => new DiedWhileHandlingError(of.name, describeExit(end.reason), end.thrown)
  if (!isOrderly(end.reason)) life.cancel(died)
  for (const flight of life.takeFlights()) {
    of.books.failed++
    flight.reply?.fail(died())
  }
  life.cancelTimers()
  const isAlone = life.family === undefined && (life.isHurried() || !hasOnStop(life))
  return isAlone ? over(life, end, of) : endPatiently(life, end, of)
}

/** A getter may throw: that is told as what the hook throws. */
function hasOnStop({ instance }: Life): boolean {
  try {
    return instance?.onStop !== undefined
  } catch {
    return true
  }
}

async function endPatiently(life: Life, end: Ending, of: Dying): Promise<Ending> {
  let { reason, thrown } = end
  try {
    if (!life.isHurried()) await patiently(life, life.family?.stopAll())
    if (!life.isHurried()) await patiently(life, life.instance?.onStop?.(reason) as Promise<void> | undefined)
  } catch (error) {
    if (isOrderly(reason)) reason = { type: "crashed", known: "thrown-error", error: summarise(error) }
    thrown ??= error
  }
  await endChildren(life, of)
  return over(life, { ...end, reason, thrown }, of)
}

function over(life: Life, { reason, thrown, hooks }: Ending, of: Dying): Ending {
  const ended = { reason: life.killed ?? reason, thrown, hooks }
  life.advance("stopped")
  life.cancel(() => new StoppingError(of.name, "stopped"))
  return ended
}

/** One try ends all children; more are for those that could not be ended just then. */
const TRIES = 3

/** Ends the children that are left, and lets no other come. Never rejects. */
export async function endChildren(life: Life, { name, around }: Omit<Dying, "books">): Promise<void> {
  const { family } = life
  if (family === undefined) return
  let failure: unknown
  for (let tries = 0; tries === 0 || (family.refs.length > 0 && tries < TRIES); tries++) {
    // A child whose synchronous handler is what ends us cannot be killed this instant; it can when that has returned.
    await family.killAll().catch((error: unknown) => (failure = error))
  }
  const left = family.refs.map((child) => child.name)
  if (left.length > 0) around.logOf(name).error(`its children are still there: ${left.join(", ")}`, { error: String(failure) })
}

/** Waits for a hook until it is done, or until there is no patience left. */
export async function patiently(life: Life, step: PromiseLike<unknown> | undefined): Promise<void> {
  if (step === undefined) return
  await Promise.race([step, life.whenHurried()])
}
