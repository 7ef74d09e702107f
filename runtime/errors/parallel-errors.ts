// The parallel toolkit: locks, queues and shared data.

import { TroupeError } from "./troupe-error.js"

/** Something was released, or waited on, by who does not hold it. */
export class NotHeldError extends TroupeError {
  readonly code = "ERR_NOT_HELD"
  constructor(primitive: string, what: string, instead = "release once what was acquired, and by who acquired it") {
    super(`${primitive}: ${what}; ${instead}`, { primitive })
  }
}

/** More was given back than was ever taken: a permit of a bounded semaphore, or a task of a queue. */
export class TooManyReleasesError extends TroupeError {
  readonly code = "ERR_TOO_MANY_RELEASES"
  constructor(primitive: string, what: string) {
    super(`${primitive}: ${what}; give back once what was taken once`, { primitive })
  }
}

/** A wait for a lock or a permit took too long; who holds it, and the circle of waits if there is one, is in the data. */
export class WaitTimedOutError extends TroupeError {
  readonly code = "ERR_WAIT_TIMED_OUT"
  constructor(primitive: string, timeoutMs: number, found: WaitReport = NO_REPORT) {
    const { holders, standing, cycle } = found
    const data = { primitive, timeoutMs, holders, standing, cycle }
    super(`${primitive}: not to be had within ${String(timeoutMs)} ms${described(found)}`, data)
  }
}

/** What was found out about a wait that took too long. */
export interface WaitReport {
  /** Who holds it. */
  readonly holders: readonly string[]
  /** What each holder holds besides, and waits for. */
  readonly standing: readonly Standing[]
  /** Who waits for whom in a circle, the asker first; empty when there is no circle. */
  readonly cycle: readonly string[]
}

/** What one party has and wants. */
export interface Standing {
  readonly party: string
  readonly holds: readonly string[]
  readonly waitsFor: readonly string[]
}

const NO_REPORT: WaitReport = { holders: [], standing: [], cycle: [] }

function described(found: Partial<WaitReport>): string {
  const { holders = [] } = found
  if (holders.length === 0) return "; try again, or allow more time"
  return `: held by ${holders.join(", ")}${standingOf(found)}${circleOf(found)}`
}

function standingOf({ standing = [] }: Partial<WaitReport>): string {
  const about = standing.map(({ party, holds, waitsFor }) => {
    const wants = waitsFor.length === 0 ? "waits for nothing" : `waits for ${waitsFor.join(", ")}`
    return `${party} holds ${holds.join(", ")} and ${wants}`
  })
  return ` (${about.join("; ")})`
}

function circleOf({ cycle = [] }: Partial<WaitReport>): string {
  if (cycle.length === 0) return ""
  // Who waits for itself may do several things at once.
  const unless = cycle.length > 3 ? "" : `, unless another part of ${String(cycle[0])} lets go`
  return `; a deadlock: ${cycle.join(" → ")}${unless}; take locks in one order, or use a reentrant lock`
}

/** The barrier is broken: a party gave up, ended, or called `abort`. */
export class BrokenBarrierError extends TroupeError {
  readonly code = "ERR_BROKEN_BARRIER"
  constructor(primitive: string) {
    super(`${primitive}: the barrier is broken; reset() mends it when all parties know`, { primitive })
  }
}

/** The queue is full, and stayed so for as long as was allowed. */
export class QueueFullError extends TroupeError {
  readonly code = "ERR_QUEUE_FULL"
  constructor(primitive: string, capacity: number, found: WaitReport = NO_REPORT) {
    const { holders = [], standing, cycle } = found as Partial<WaitReport>
    const takers = holders.length === 0 ? "" : `; items that are not done are with ${holders.join(", ")}${standingOf(found)}`
    // Who takes items and says of each that it is done is not known here.
    const circle =
      cycle === undefined || cycle.length === 0 ? "" : `; a deadlock: ${cycle.join(" → ")}, unless others take items out`
    super(`${primitive}: full: it holds ${String(capacity)} items; wait longer, or take items out faster${takers}${circle}`, {
      ...{ primitive, capacity, holders, standing, cycle },
    })
  }
}

/** The queue is empty, and stayed so for as long as was allowed. */
export class QueueEmptyError extends TroupeError {
  readonly code = "ERR_QUEUE_EMPTY"
  constructor(primitive: string) {
    super(`${primitive}: empty; wait longer, or put something in`, { primitive })
  }
}

/** It was closed, or everyone at its other end has closed it or died. */
export class ClosedError extends TroupeError {
  readonly code = "ERR_CLOSED"
  constructor(primitive: string) {
    super(`${primitive}: closed; nothing more can be put in, and what was in has been taken`, { primitive })
  }
}

/** Who held it died and may have left the state that it protects half changed. */
export class PoisonedError extends TroupeError {
  readonly code = "ERR_POISONED"
  constructor(primitive: string, what = "who held it died", instead = "put that right, then call reset()") {
    super(`${primitive}: poisoned: ${what}, so what it protects may be half changed; ${instead}`, { primitive })
  }
}

/** The name is taken by something of another type, size or start value. */
export class OtherTypeError extends TroupeError {
  readonly code = "ERR_OTHER_TYPE"
  constructor(primitive: string, { expected, found }: { expected: string; found: string }) {
    super(
      `${primitive}: expected ${expected}, but this name is taken by ${found}; open it as what it is, or choose another name`,
      {
        primitive,
        expected,
        found,
      },
    )
  }
}

/** A blocking call where nothing may block: on the event loop of a program, or on what is reached by messages. */
export class MayNotBlockError extends TroupeError {
  readonly code = "ERR_MAY_NOT_BLOCK"
  constructor(primitive: string, why: string) {
    super(`${primitive}: ${why}; use the form that is awaited`, { primitive })
  }
}

/** The shared memory, or the room that one primitive has in it, is used up. */
export class NoRoomError extends TroupeError {
  readonly code = "ERR_NO_ROOM"
  constructor(what: string, limit: string) {
    super(`${what}: no room left: ${limit}`, { what, limit })
  }
}
