// What has done all when it returns. A promise says that it goes on, and then the lock that it needed has been given back.

import { types } from "node:util"
import { BadOptionError } from "../errors.js"

/** What no function is: the compiler names it where one is given that gives a promise. */
interface DoneWhenItReturns {
  readonly doneWhenItReturns: true
}

/** What a function has to be besides, so that one that gives a promise does not compile. */
export type AtOnce<R> = [R] extends [never] ? unknown : R extends PromiseLike<unknown> ? DoneWhenItReturns : unknown

const EXPECTED = "a function that has done all when it returns: what takes longer belongs before it, or under the lock itself"

/** @throws {BadOptionError} for what is known beforehand not to be done when it returns */
export function mustBeAtOnce(change: unknown): void {
  if (typeof change !== "function" || types.isAsyncFunction(change)) throw new BadOptionError("change", EXPECTED, change)
}

/** What it gave. @throws {BadOptionError} when that is a promise */
export function doneAtOnce<R>(made: R): R {
  if (typeof made !== "object" || typeof (made as { then?: unknown } | null)?.then !== "function") return made
  // How it ends nobody is told, as it should not have begun.
  void Promise.resolve(made).catch(() => undefined)
  throw new BadOptionError("change", EXPECTED, "one that gives a promise")
}
