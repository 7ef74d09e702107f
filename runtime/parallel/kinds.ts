// The kinds of primitives: what a name stands for, and the rules of it.

import { OtherTypeError } from "../errors.js"
import { typeOf } from "./numbers.js"
import type { Rules } from "./operation.js"
import { barrierRules } from "./rules/barrier-rules.js"
import { eventRules } from "./rules/event-rules.js"
import { ORDER } from "./rules/item-store.js"
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

export function isKind(word: string): word is Kind {
  return (KINDS as readonly string[]).includes(word)
}

/** Whether a name that was made by one plan may be opened by another. How many may wait is not asked: who came first has said it. */
export function samePlan(one: Plan, other: Plan): boolean {
  const length = Math.max(one.config.length, other.config.length)
  return (
    one.kind === other.kind && Array.from({ length }, (_, n) => n).every((n) => (one.config[n] ?? 0) === (other.config[n] ?? 0))
  )
}

/** The error for who opens a name as something else. */
export function otherType(name: string, { wanted, found }: { wanted: Plan; found: Plan }): OtherTypeError {
  return new OtherTypeError(name, { expected: describe(wanted), found: describe(found) })
}

/** In the words that it is opened by. */
function describe({ kind, config }: Plan): string {
  const of = wordsOf(kind, config)
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}${of === "" ? "" : ` of ${of}`}`
}

function wordsOf(kind: Kind, [first = 0, second = 0, third = 0, fourth = 0, fifth = 0]: readonly number[]): string {
  switch (kind) {
    case "lock":
    case "reentrant-lock":
      return `onOwnerDied ${ownerDied(second)}`
    case "semaphore":
    case "bounded-semaphore":
      return `${String(first)} permits`
    case "event":
      return ""
    case "barrier":
      return `${String(first)} parties`
    case "queue": {
      const order = Object.entries(ORDER).find(([, number]) => number === second)?.[0] ?? "fifo"
      const how = `order "${order}", unfinished "${third === 1 ? "requeue" : "forget"}" and itemBytes ${String(fourth)}`
      return `capacity ${String(first)}, ${how}`
    }
    case "pipe":
      return `ways "${fifth === 1 ? "duplex" : "one-way"}", capacity ${String(first)} and itemBytes ${String(fourth)}`
    case "array":
      return `${String(fourth)} elements of ${typeOf(third)?.name ?? "an unknown type"} and onOwnerDied ${ownerDied(second)}`
  }
}

function ownerDied(poisons: number): string {
  return poisons === 1 ? '"poison"' : '"tell"'
}
