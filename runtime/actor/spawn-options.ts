// SpawnOptions — how one actor is to be run.

import { BadOptionError } from "../errors.js"
import { actorName } from "../ids.js"
import { type BackoffOptions, backoffOptions } from "../time/backoff.js"
import { type IntensityOptions, intensityOptions } from "./intensity-options.js"
import { type MailboxOptions, mailboxOptions } from "./mailbox-options.js"
import type { Placement } from "./surroundings.js"

/** When an actor that ended is started again: always, only after an abnormal end, never (promise S4). */
export type Restart = "permanent" | "transient" | "temporary"

/** What an actor may take to stop before it is killed: milliseconds, no time at all, or as long as it takes (promise S1). */
export type Shutdown = number | "kill" | "infinity"

/** What follows when the event loop of a thread or process does not respond (promise S15). */
export type OnUnresponsive = "report" | "restart" | "kill"

export interface SpawnOptions {
  /** Unique per prefix on the bus. @default none: the actor is reachable by its ref only */
  readonly name?: string
  /** @default "inline" */
  readonly placement?: Placement
  /** Handed to `onStart`, to `context.args` and to whoever injects ARGS. Data. @default undefined */
  readonly args?: unknown
  /** @default "permanent" */
  readonly restart?: Restart
  /** @default the class's, else 1,000 and "reject" */
  readonly mailbox?: Partial<MailboxOptions>
  /** Within how many milliseconds it has to be ready. @default 10000 */
  readonly startTimeoutMs?: number
  /** @default 5000 milliseconds; "infinity" for a supervisor */
  readonly shutdown?: Shutdown
  /** How many restarts are admitted within which time. @default 3 within 5 s; below a supervisor, its share of the supervisor's */
  readonly intensity?: Partial<IntensityOptions>
  /** How long to wait before each restart. @default the first at once, then from 50 ms to 5 s, doubling */
  readonly backoff?: Partial<BackoffOptions>
  /**
   * How much its heap may hold, in MiB (V8's old generation), 32 or more; threads and processes only. An actor that needs more ends as
   * `out-of-memory`. A process ends alone, whatever filled its heap. A thread ends alone when its heap fills bit by bit; one single
   * allocation far above the limit is beyond what V8 can undo, and ends the whole program.
   * @default Node.js's own limit
   */
  readonly memoryMb?: number
  /**
   * After how many milliseconds without a sign of life its event loop counts as unresponsive, 200 or more; Infinity: it is not watched.
   * Threads and processes only. A process that is found stopped (SIGSTOP) counts as soon as it is late.
   * @default 10000
   */
  readonly unresponsiveMs?: number
  /**
   * What follows then: `report` says so, and when it responds again; `restart` ends it with the reason `unresponsive`, and `restart` above
   * decides; `kill` ends it for good. Threads and processes only. @default "report"
   */
  readonly onUnresponsive?: OnUnresponsive
  /**
   * Whether the program may end by itself while this actor lives; it is stopped then (promise P9). Only of actors that a program spawns
   * itself: those below them live and die with them. @default false
   */
  readonly daemon?: boolean
}

/** Less does not hold the runtime itself. */
const LEAST_MEMORY_MB = 32

const PLACEMENTS: readonly unknown[] = ["inline", "thread", "process"]
/** Less is within what a loaded machine takes for nothing. */
const LEAST_UNRESPONSIVE_MS = 200
const ON_UNRESPONSIVE: readonly unknown[] = ["report", "restart", "kill"]
const RESTARTS: readonly unknown[] = ["permanent", "transient", "temporary"]
/** What `spawn` may be given. */
export const SPAWN_OPTIONS: readonly (keyof SpawnOptions)[] = [
  "name",
  "placement",
  "args",
  "restart",
  "mailbox",
  "startTimeoutMs",
  "shutdown",
  "intensity",
  "backoff",
  "memoryMb",
  "unresponsiveMs",
  "onUnresponsive",
  "daemon",
]

/** @throws {BadOptionError} or BadNameError naming the first field that is wrong, below `at`. */
export function checkSpawnOptions(options: SpawnOptions, at = ""): void {
  fieldsOf(options, at === "" ? "spawn options" : at.slice(0, -1))
  for (const key of Object.keys(options)) {
    if (!SPAWN_OPTIONS.includes(key as keyof SpawnOptions))
      throw new BadOptionError(`${at === "" ? "spawn option " : at}${key}`, `one of ${SPAWN_OPTIONS.join(", ")}`, key)
  }
  const { name, placement, restart, mailbox, startTimeoutMs, shutdown, intensity, backoff, memoryMb } = options
  if (name !== undefined) actorName(name, at === "" ? "actor name" : `${at}name`)
  if (placement !== undefined && !PLACEMENTS.includes(placement))
    throw new BadOptionError(`${at}placement`, PLACEMENTS.join(" | "), placement)
  if (restart !== undefined && !RESTARTS.includes(restart))
    throw new BadOptionError(`${at}restart`, RESTARTS.join(" | "), restart)
  if (mailbox !== undefined) mailboxOptions(fieldsOf(mailbox, `${at}mailbox`), `${at}mailbox`)
  if (startTimeoutMs !== undefined) checkStart(startTimeoutMs, `${at}startTimeoutMs`)
  if (shutdown !== undefined) checkShutdown(shutdown, `${at}shutdown`)
  if (intensity !== undefined) intensityOptions(fieldsOf(intensity, `${at}intensity`), `${at}intensity`)
  if (backoff !== undefined) backoffOptions(fieldsOf(backoff, `${at}backoff`), `${at}backoff`)
  if (memoryMb !== undefined) checkMemory(memoryMb, placement, `${at}memoryMb`)
  if (options.daemon !== undefined && typeof (options.daemon as unknown) !== "boolean")
    throw new BadOptionError(`${at}daemon`, "true or false", options.daemon)
  checkWatch(options, at)
}

/** @throws {BadOptionError} unless it is an object. */
export function fieldsOf<T extends object>(value: T, field: string): T {
  if (typeof (value as unknown) !== "object" || (value as unknown) === null || Array.isArray(value))
    throw new BadOptionError(field, "an object", value)
  return value
}

function checkStart(startTimeoutMs: unknown, field: string): void {
  if (typeof startTimeoutMs === "number" && startTimeoutMs > 0) return
  throw new BadOptionError(field, "milliseconds, more than 0, or Infinity", startTimeoutMs)
}

function checkShutdown(shutdown: unknown, field: string): void {
  const isSpan = typeof shutdown === "number" && shutdown >= 0 && shutdown < Infinity
  if (!isSpan && shutdown !== "kill" && shutdown !== "infinity")
    throw new BadOptionError(field, 'a finite number of milliseconds, 0 or more, "kill" or "infinity"', shutdown)
}

function checkWatch({ unresponsiveMs, onUnresponsive, placement }: SpawnOptions, at: string): void {
  if (
    unresponsiveMs !== undefined &&
    !(typeof (unresponsiveMs as unknown) === "number" && unresponsiveMs >= LEAST_UNRESPONSIVE_MS)
  )
    throw new BadOptionError(
      `${at}unresponsiveMs`,
      `a number of milliseconds, ${String(LEAST_UNRESPONSIVE_MS)} or more, or Infinity`,
      unresponsiveMs,
    )
  if (onUnresponsive !== undefined && !ON_UNRESPONSIVE.includes(onUnresponsive))
    throw new BadOptionError(`${at}onUnresponsive`, ON_UNRESPONSIVE.join(" | "), onUnresponsive)
  for (const [field, value] of Object.entries({ unresponsiveMs, onUnresponsive }))
    if (value !== undefined && (placement === undefined || placement === "inline"))
      throw new BadOptionError(
        `${at}${field}`,
        'the placement "thread" or "process" with it: an inline actor has no event loop of its own',
        placement,
      )
}

function checkMemory(memoryMb: number, placement: Placement | undefined, field: string): void {
  if (!Number.isSafeInteger(memoryMb) || memoryMb < LEAST_MEMORY_MB)
    throw new BadOptionError(field, `an integer of MiB, ${String(LEAST_MEMORY_MB)} or more`, memoryMb)
  if (placement === undefined || placement === "inline")
    throw new BadOptionError(
      field,
      'the placement "thread" or "process" with it: an inline actor has no heap of its own',
      placement ?? "inline",
    )
}
