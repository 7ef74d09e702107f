// PoolOptions, JobOptions — how a pool is made and how one call of it is run.

import type { Placement } from "../actor/surroundings.js"
import { BadOptionError } from "../errors.js"
import type { Progress } from "../parallel/progress.js"
import type { TaskSchedule } from "../parallel/task-queue.js"
import { physicalCores } from "./physical-cores.js"

/** How one call runs its tasks; a pool's own options hold where a call says nothing. */
export interface JobOptions {
  /** How many tasks go to a worker at a time. @default measured: as many as take some 10 ms */
  readonly chunkSize?: number
  /**
   * `dynamic`: whoever is free takes the next tasks; for tasks of uneven cost. `static`: the input is parted among the workers beforehand,
   * in blocks of `chunkSize`, else in equal parts; for lists only. @default "dynamic"
   */
  readonly schedule?: TaskSchedule
  /** What one task may take, in milliseconds; then its worker is killed. Not of a synchronous task of an inline worker. @default no limit */
  readonly timeoutMs?: number
  /** How many times a task is run again whose worker died in the middle of it. @default 0: it fails */
  readonly retries?: number
  /** Gives up what has not begun, and rejects. @default none */
  readonly signal?: AbortSignal
  /** How many tasks of `imap` may be begun before their results are taken. @default 1000 */
  readonly inFlight?: number
  /** Told now and then how far it is, at most ten times a second, and at the end. @default nobody */
  readonly onProgress?: (progress: Progress) => void
}

/** How a pool is made. */
export interface PoolOptions extends Omit<JobOptions, "signal"> {
  /** How many workers. @default physical cores less one for the program itself, at least 1 */
  readonly workers?: number
  /** Where they run. @default "thread" */
  readonly placement?: Placement
  /** After so many tasks a worker is replaced by a fresh one: for what leaks. @default no limit */
  readonly maxTasksPerWorker?: number
  /** How much the heap of each may hold, in MiB; see `memoryMb` of spawn. @default Node.js's own limit */
  readonly memoryMb?: number
  /** The topic on which progress is published as `{ task, total, done, failed, retried }`. @default none */
  readonly topic?: string
}

const JOB_OPTIONS: readonly string[] = ["chunkSize", "schedule", "timeoutMs", "retries", "signal", "inFlight", "onProgress"]
const POOL_OPTIONS: readonly string[] = [
  ...JOB_OPTIONS.filter((key) => key !== "signal"),
  ...["workers", "placement", "maxTasksPerWorker", "memoryMb", "topic"],
]
const PLACEMENTS: readonly unknown[] = ["inline", "thread", "process"]
const SCHEDULES: readonly unknown[] = ["static", "dynamic"]
const MOST_WORKERS = 1024

/** The workers of a pool that says nothing of it. */
export function defaultWorkers(): number {
  return Math.max(1, physicalCores() - 1)
}

/** @throws {BadOptionError} naming the first option that is wrong. */
export function checkPoolOptions(options: PoolOptions): void {
  known(options, POOL_OPTIONS, "Pool.start")
  checkValues(options)
  const { workers, placement, maxTasksPerWorker } = options
  whole("workers", workers, MOST_WORKERS)
  whole("maxTasksPerWorker", maxTasksPerWorker)
  if (placement !== undefined && !PLACEMENTS.includes(placement))
    throw new BadOptionError("placement", PLACEMENTS.join(" | "), placement)
}

/** @throws {BadOptionError} naming the first option that is wrong. */
export function checkJobOptions(options: JobOptions): void {
  known(options, JOB_OPTIONS, "pool call")
  checkValues(options)
  const { signal } = options
  if (signal !== undefined && !((signal as unknown) instanceof AbortSignal))
    throw new BadOptionError("signal", "an AbortSignal", signal)
}

function checkValues({ chunkSize, schedule, timeoutMs, retries, inFlight, onProgress }: JobOptions): void {
  whole("chunkSize", chunkSize)
  whole("inFlight", inFlight)
  if (schedule !== undefined && !SCHEDULES.includes(schedule))
    throw new BadOptionError("schedule", SCHEDULES.join(" | "), schedule)
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs < Infinity))
    throw new BadOptionError("timeoutMs", "a finite number of milliseconds above 0", timeoutMs)
  if (retries !== undefined && !(Number.isSafeInteger(retries) && retries >= 0))
    throw new BadOptionError("retries", "a whole number, 0 or more", retries)
  if (onProgress !== undefined && typeof (onProgress as unknown) !== "function")
    throw new BadOptionError("onProgress", "a function", onProgress)
}

function known(options: object, keys: readonly string[], what: string): void {
  if (typeof (options as unknown) !== "object" || (options as unknown) === null)
    throw new BadOptionError(what, "an object of options", options)
  for (const key of Object.keys(options))
    if (!keys.includes(key)) throw new BadOptionError(`${what} ${key}`, `one of ${keys.join(", ")}`, key)
}

function whole(option: string, value: number | undefined, most = Number.MAX_SAFE_INTEGER): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1 && value <= most))
    throw new BadOptionError(
      option,
      most === Number.MAX_SAFE_INTEGER ? "a whole number, 1 or more" : `a whole number from 1 to ${String(most)}`,
      value,
    )
}
