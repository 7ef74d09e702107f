// The kinds of primitives: what a name stands for, and the rules of it.

import type { Rules } from "./operation.js"
import { barrierRules } from "./rules/barrier-rules.js"
import { eventRules } from "./rules/event-rules.js"
import { lockRules } from "./rules/lock-rules.js"
import { queueRules } from "./rules/queue-rules.js"
import { semaphoreRules } from "./rules/semaphore-rules.js"

/** In this order: numbers in shared memory stand for them. */
const KINDS = ["lock", "reentrant-lock", "semaphore", "bounded-semaphore", "event", "barrier", "queue", "pipe", "array"] as const
export type Kind = (typeof KINDS)[number]

const RULES: Readonly<Record<Kind, Rules>> = {
  lock: lockRules,
  "reentrant-lock": lockRules,
  semaphore: semaphoreRules,
  "bounded-semaphore": semaphoreRules,
  event: eventRules,
  barrier: barrierRules,
  queue: queueRules,
  pipe: queueRules,
  array: lockRules,
}

/** What a primitive is made from, and must be the same for all who open it. */
export interface Plan {
  readonly kind: Kind
  /** Up to five numbers, as its rules read them. */
  readonly config: readonly number[]
  /** The most entries that its state holds: holders, waiters and items. */
  readonly entries: number
  /** How many slots for items there are, and how large each is. */
  readonly slots?: { readonly count: number; readonly bytes: number }
  /** Memory of its own, in bytes. */
  readonly dataBytes?: number
}

export function rulesOf(kind: Kind): Rules {
  return RULES[kind]
}

export function kindNumber(kind: Kind): number {
  return KINDS.indexOf(kind) + 1
}

export function kindOf(number: number): Kind {
  return KINDS[number - 1] ?? "lock"
}

/** A plan in words, for who opens a name as something else. */
export function describePlan({ kind, config }: Pick<Plan, "kind" | "config">): string {
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind} of [${config.join(", ")}]`
}
