// What became of an ask, and of an actor, as values that tests compare.

import { type ActorRef, type ActorSystem, type BooksView, codeOf, type ExitReason, type Placement } from "../../runtime/index.js"

export const PLACEMENTS: readonly Placement[] = ["inline", "thread", "process"]

/** An error as callers see it. */
export interface Failure {
  readonly name: string
  readonly message: string
  readonly code: string | undefined
  readonly data: Readonly<Record<string, unknown>>
  readonly cause: unknown
}

/** How a promise failed. @throws {Error} when it did not fail. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    const { name, message, cause, data = {} } = error as Error & { data?: Record<string, unknown> }
    return { name, message, code: codeOf(error), data, cause }
  }
  throw new Error(`expected a failure, got the answer ${String(value).slice(0, 200)}`)
}

/** The code with which a promise failed. @throws {Error} when it did not fail. */
export async function codeOfFailure(promise: Promise<unknown>): Promise<string | undefined> {
  return (await failureOf(promise)).code
}

/** `answered`, or the code with which it failed. */
export async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "answered",
    (error: unknown) => codeOf(error) ?? `no code: ${String(error)}`,
  )
}

/** How many there are of each. */
export function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

/** Resolves with the reason when the actor has ended for good. */
export function terminationOf(system: ActorSystem, ref: ActorRef): Promise<ExitReason> {
  return new Promise((resolve) => {
    system.watch(ref, (_, reason) => resolve(reason))
  })
}

/** An actor's line in the list, or undefined when it is not listed. */
export async function rowOf(
  system: ActorSystem,
  ref: ActorRef,
): Promise<Awaited<ReturnType<ActorSystem["ps"]>>[number] | undefined> {
  return (await system.ps()).find(({ id }) => id === ref.id)
}

/** An actor's books. @throws {Error} when it is not listed. */
export async function booksOf(system: ActorSystem, ref: ActorRef): Promise<BooksView> {
  const row = await rowOf(system, ref)
  if (row === undefined) throw new Error(`${ref.toString()} is not listed`)
  return row.books
}

/** What was sent, by the books, and what became of it. */
export function balanceOf({ sent, handled, failed, expired, dropped, deadLettered, lost, inFlight }: BooksView): {
  sent: number
  became: number
} {
  return { sent, became: handled + failed + expired + dropped + deadLettered + lost + inFlight }
}
