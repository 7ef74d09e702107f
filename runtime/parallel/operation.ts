// Operation — what is asked of a primitive, and what comes of it. Both are plain data: they cross to an owning actor as they are.

import type { State } from "./state.js"

/** Asked of a primitive's rules; what the numbers mean is written with the rule. */
export interface Operation {
  readonly type: string
  /** Who asks: a party of a member, see PARTY_BITS. */
  readonly owner: number
  readonly ticket: number
  readonly amount: number
  /** A slot of memory that goes with it, for queues. */
  readonly slot: number
}

/** Why an operation was refused. */
export type Refusal =
  "busy" | "timed-out" | "not-held" | "too-many" | "poisoned" | "broken" | "closed" | "full" | "empty" | "crowded" | "unknown"

export type Outcome =
  | { readonly type: "done"; readonly ticket: number; readonly value: number; readonly fence: number }
  | { readonly type: "waiting"; readonly ticket: number }
  | { readonly type: "refused"; readonly why: Refusal }

/**
 * Decides an operation on a state, changing only that state: an engine may have to decide again on a later one. Each set of rules
 * knows besides its own operations: `check` (what became of a ticket), `cancel` (whoever waits with it no longer does) and `buried`.
 */
export interface Rules {
  /** The fields a new one starts with, from its configuration. */
  start(state: State, config: readonly number[]): void
  decide(state: State, operation: Operation): Outcome
  /** Takes all that belongs to dead owners back. */
  bury(state: State, dead: (owner: number) => boolean): void
}

/** An operation with the numbers it needs; the others are 0. */
export function operation(type: string, owner: number, given: Partial<Omit<Operation, "type" | "owner">> = {}): Operation {
  return { type, owner, ticket: given.ticket ?? 0, amount: given.amount ?? 0, slot: given.slot ?? 0 }
}

export function done(ticket = 0, value = 0, fence = 0): Outcome {
  return { type: "done", ticket, value, fence }
}

export function waiting(ticket: number): Outcome {
  return { type: "waiting", ticket }
}

const REFUSALS = new Map<Refusal, Outcome>()

export function refused(why: Refusal): Outcome {
  let outcome = REFUSALS.get(why)
  if (outcome === undefined) REFUSALS.set(why, (outcome = { type: "refused", why }))
  return outcome
}
