// Engine — keeps the state of one primitive and makes each operation on it whole, for one party.
// Implementations: shared-memory/shared-engine (threads of one process), and that of runtime/toolkit (an owning actor, by messages).
// E1  An operation happens as a whole or not at all, whenever who asked for it is killed.
// E2  What a dead party held comes back: the engine has the rules bury it, and wakes who waits.

import {
  ClosedError,
  MayNotBlockError,
  NoRoomError,
  NotHeldError,
  PoisonedError,
  TooLargeError,
  TooManyReleasesError,
  type TroupeError,
} from "../errors.js"
import type { WaitReport } from "../errors.js"
import type { NumbersType, NumberStore } from "./numbers.js"
import type { Operation, Outcome, Refusal } from "./operation.js"
import type { BlockOptions, WaitOptions } from "./wait-options.js"

/** What became of an operation that may have waited. */
export interface Settled {
  readonly outcome: Outcome
  /** Why it stopped waiting although it was granted later: who waits on a condition gets the lock back in any case. */
  readonly gaveUp: "timed-out" | "aborted" | undefined
}

/** What a get gives. */
export interface Got extends Settled {
  readonly bytes: Uint8Array | undefined
}

/** The forms that block a thread, or need no wait at all. */
export interface BlockingEngine {
  run(operation: Operation): Outcome
  /** Runs, and waits with the thread blocked. @throws {MayNotBlockError} */
  perform(operation: Operation, wait: BlockOptions): Settled
  put(operation: Operation, bytes: Uint8Array, wait: BlockOptions): Settled
  get(operation: Operation, wait: BlockOptions): Got
}

/** Many items at once, as far as nobody has to wait. */
export interface ManyEngine {
  /** Puts the first of these in, as many as have room; says how many. 0 also where it has to be tried one by one. */
  putNow(items: readonly Uint8Array[]): number
  /** Takes so many at most. */
  takeNow(most: number): Uint8Array[]
}

export interface Engine {
  readonly name: string
  /** Who asks. */
  readonly owner: number
  /** Undefined where every operation takes a message. */
  readonly blocking: BlockingEngine | undefined
  /** The most bytes of one item; 0 where there are none. */
  readonly itemBytes: number
  /** Undefined where items go one by one. */
  readonly many?: ManyEngine | undefined
  run(operation: Operation): Promise<Outcome>
  /** Runs, and waits without blocking the event loop. */
  perform(operation: Operation, wait: WaitOptions): Promise<Settled>
  put(operation: Operation, bytes: Uint8Array, wait: WaitOptions): Promise<Settled>
  get(operation: Operation, wait: WaitOptions): Promise<Got>
  /** The elements of an array. */
  numbers<T extends NumbersType>(Type: T, length: number): NumberStore<T>
  /** Who holds this one, and whether this party and they wait in a circle. */
  report(): Promise<WaitReport>
  reportNow(): WaitReport
}

/** The engine's blocking forms. @throws {MayNotBlockError} */
export function blockingOf(engine: Engine): BlockingEngine {
  if (engine.blocking === undefined)
    throw new MayNotBlockError(engine.name, "it is kept by an actor, and its answer is a message")
  return engine.blocking
}

/** The error for a refusal that no primitive treats in its own way. */
export function refusalError(name: string, why: Refusal): TroupeError {
  switch (why) {
    case "poisoned":
      return new PoisonedError(name)
    case "closed":
      return new ClosedError(name)
    case "too-many":
      return new TooManyReleasesError(name, "more was given back than was taken")
    case "crowded":
      return new NoRoomError(name, "too many wait for it at once; open it with a larger `waiters`")
    default:
      return new NotHeldError(name, why === "not-held" ? "it is not held" : `it is refused (${why})`)
  }
}

/** The error for an item that has no room in a slot, which has a byte more than items may have, for the form it is in. */
export function tooLargeItem(name: string, { length }: Uint8Array, slotBytes: number): TooLargeError {
  return new TooLargeError(name, length - 1, {
    bytes: Math.max(0, slotBytes - 1),
    instead: 'open it with a larger "itemBytes", or pass a file path or smaller pieces',
  })
}

/** The outcome of what is refused for reasons of misuse only. */
export function mustBeDone(name: string, outcome: Outcome): Outcome & { type: "done" } {
  if (outcome.type === "done") return outcome
  throw refusalError(name, outcome.type === "refused" ? outcome.why : "unknown")
}
