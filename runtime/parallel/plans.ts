// Plans — from the options of each kind of primitive to its plan, checked. The same for every implementation.

import { BadNameError, BadOptionError } from "../errors.js"
import { NAME_PATTERN } from "../ids.js"
import type { Plan } from "./kinds.js"
import type { LockOptions } from "./lock.js"
import type { PipeOptions } from "./pipe.js"
import type { QueueOptions } from "./queue.js"
import { ORDER } from "./rules/item-store.js"
import { REGION_HEADER_BYTES } from "./memory-numbers.js"
import { type NumbersType, typeNumber } from "./numbers.js"

/** How something is opened, whatever it is. */
export interface OpenOptions {
  /**
   * On whose behalf: a reentrant lock, and the report of a deadlock, take all who say the same in one thread for one party.
   * Actors that share a thread say `this.context.name`. @default the thread
   */
  readonly as?: string
  /** The most that may hold it and wait for it at once. It matters to who opens a name first. @default 256 */
  readonly waiters?: number
}

const MOST_PERMITS = 0x7fff_ffff
const MOST_ENTRIES = 65_536

/** @throws {BadNameError} unless it is undefined (for one without a name) or a name like an actor's */
export function checkedName(name: string | undefined): string {
  if (name === undefined) return ""
  if (typeof name !== "string" || !NAME_PATTERN.test(name)) throw new BadNameError("name of a primitive", name)
  return name
}

export function lockPlan(kind: "lock" | "reentrant-lock", options: LockOptions & OpenOptions): Plan {
  const waiters = entriesOf(options, ["onOwnerDied"])
  const { onOwnerDied = "tell" } = options
  oneOf("onOwnerDied", onOwnerDied, ["tell", "poison"])
  return { kind, config: [kind === "lock" ? 0 : 1, onOwnerDied === "poison" ? 1 : 0], entries: waiters }
}

export function semaphorePlan(kind: "semaphore" | "bounded-semaphore", permits: number, options: OpenOptions): Plan {
  whole("permits", permits, { least: 0, most: MOST_PERMITS })
  return { kind, config: [permits, kind === "semaphore" ? 0 : 1], entries: entriesOf(options) }
}

export function eventPlan(options: OpenOptions): Plan {
  return { kind: "event", config: [], entries: entriesOf(options) }
}

export function barrierPlan(parties: number, options: OpenOptions): Plan {
  whole("parties", parties, { least: 1, most: 0xffff })
  return { kind: "barrier", config: [parties], entries: Math.max(entriesOf(options), parties * 2) }
}

export function queuePlan(options: QueueOptions & OpenOptions): Plan & { readonly capacity: number } {
  const waiters = entriesOf(options, ["capacity", "order", "unfinished", "itemBytes"])
  const { capacity = 64, order = "fifo", unfinished = "forget", itemBytes = 1024 } = options
  whole("capacity", capacity, { least: 1, most: 16_384 })
  whole("itemBytes", itemBytes, { least: 1, most: 2 ** 26 })
  oneOf("order", order, ["fifo", "lifo", "priority"])
  oneOf("unfinished", unfinished, ["forget", "requeue"])
  return {
    kind: "queue",
    capacity,
    config: [capacity, ORDER[order], unfinished === "requeue" ? 1 : 0, itemBytes],
    // Who waits to put has its item in a slot already; what may go back keeps its slot.
    slots: { count: capacity * (unfinished === "requeue" ? 2 : 1) + 64, bytes: itemBytes + 1 },
    entries: capacity * 2 + waiters,
  }
}

export function pipePlan(options: PipeOptions & OpenOptions): Plan & { readonly capacity: number } {
  entriesOf(options, ["ways", "capacity", "itemBytes"])
  const { ways = "duplex", capacity, itemBytes, as, waiters } = options
  oneOf("ways", ways, ["one-way", "duplex"])
  const plan = queuePlan(defined({ capacity, itemBytes, as, waiters }))
  return { ...plan, kind: "pipe", config: [...plan.config, ways === "duplex" ? 1 : 0] }
}

export function arrayPlan(Type: NumbersType, options: { readonly length: number } & LockOptions & OpenOptions): Plan {
  entriesOf(options, ["length", "onOwnerDied"])
  const { length, ...locks } = options
  whole("length", length, { least: 1, most: 2 ** 31 - 1 })
  return {
    ...lockPlan("reentrant-lock", locks),
    kind: "array",
    config: [1, options.onOwnerDied === "poison" ? 1 : 0, typeNumber(Type), length],
    dataBytes: REGION_HEADER_BYTES + length * Type.BYTES_PER_ELEMENT,
  }
}

/** Checks the options that all have, and that there are no others than these. */
function entriesOf(options: OpenOptions, own: readonly string[] = []): number {
  if (typeof (options as unknown) !== "object" || (options as unknown) === null)
    throw new BadOptionError("options", "an object of options", options)
  const known = [...own, "as", "waiters"]
  for (const key of Object.keys(options))
    if (!known.includes(key)) throw new BadOptionError(`option ${key}`, `one of ${known.join(", ")}`, key)
  const { waiters = 256, as } = options
  whole("waiters", waiters, { least: 1, most: MOST_ENTRIES })
  if (as !== undefined && (typeof as !== "string" || as === "")) throw new BadOptionError("as", "a name", as)
  // One that waits on a condition takes no more room than one that waits for the lock; the holder takes one.
  return waiters + 1
}

function whole(option: string, value: number, { least, most }: { least: number; most: number }): void {
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw new BadOptionError(option, `a whole number from ${String(least)} to ${String(most)}`, value)
}

function oneOf(option: string, value: string, words: readonly string[]): void {
  if (!words.includes(value)) throw new BadOptionError(option, words.map((word) => `"${word}"`).join(" or "), value)
}

/** Without what is undefined. */
function defined<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T
}
