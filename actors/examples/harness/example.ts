// Example — a worked example: one computation, done one after another and by several actors, and the proof that both agree.
// The registry lists them; run-example.ts runs them; a scientist copies one and changes the kernel.

import type { Crew } from "./crew.js"
import type { Pace } from "./pace.js"
import type { Memory } from "./shared-floats.js"
import type { Actor, ActorClass, ActorSystem, EventSource, Placement, Pool, PoolOptions } from "../../../runtime/index.js"

/** How workers get at what they work on: in memory that all see, or as copies in messages. */
export type Exchange = "shared" | "messages"

/** Who takes which chunk: each worker an equal share from the start, or each the next one when it is free. */
export type Schedule = "static" | "dynamic"

/** The options of `troupe run` that an example may heed. */
export type Taken = "size" | "input" | "output" | "exchange" | "schedule"

/** What the example teaches. */
export interface Explanation {
  readonly pattern: string
  readonly consider: readonly string[]
  /** How chunks map to units. */
  readonly mapping: string
}

/** What `--size` counts, and within which limits. */
export interface Size {
  readonly of: string
  readonly usual: number
  readonly least: number
  readonly most: number
  /** @default false */
  readonly powerOfTwo?: boolean
}

/** What one run was asked to do; everything that was left out has its usual value. */
export interface Request {
  readonly size: number
  /** A path, or undefined when the example makes its own input. */
  readonly input: string | undefined
  readonly output: string | undefined
  readonly exchange: Exchange
  readonly schedule: Schedule
  readonly placement: Placement
  readonly workers: number
}

export interface HireOptions {
  /** Handed to each worker's `onStart`. @default undefined */
  readonly args?: unknown
  /** @default as many as were asked for */
  readonly count?: number
  /** Whether the program may end while they live. @default false */
  readonly daemon?: boolean
  /** `one`: they end after it. `all`: they serve every round, warmed up as a pool is; what one leaves must not harm the next. @default "one" */
  readonly rounds?: "one" | "all"
  /** `permanent`: one that has died is started again. @default "temporary" */
  readonly restart?: "permanent" | "temporary"
}

/** What both versions have at hand. */
export interface Preparing {
  /** Lays out the input where the work is to find it; like the start of workers, that is shown and not counted as work. */
  readonly setUp: <T>(layOutInput: () => T | Promise<T>) => Promise<T>
}

/** What the parallel version has at hand. */
export interface Run extends Request, EventSource, Preparing {
  readonly pace: Pace
  /** Where its shared arrays lie, when workers are to share memory. */
  readonly memory: Memory
  /** The program that the workers live in. */
  readonly system: ActorSystem
  /** A name that no other run has, for locks, queues and the like: `run.unique("files")`. */
  unique(name: string): string
  publish(topic: string, data: unknown): void
  /** What is to be kept, and told, of a run that is interrupted or fails: asked for once, while the workers still live. */
  soFar(keep: () => Figures | Promise<Figures>): void
  /** Starts the workers, which end after the run. */
  hire<A extends Actor>(Class: ActorClass<A>, how?: HireOptions): Promise<Crew<A>>
  /** Starts something that lives as long as the run; like the start of workers, that is not counted as work. */
  open<T extends AsyncDisposable>(start: () => Promise<T>): Promise<T>
  /** A pool with as many workers as were asked for, which ends after the run; what was warmed up is used again. */
  pool(options?: PoolOptions): Promise<Pool>
}

/** One comparison: it holds when `error` is at most `within`. */
export interface Check {
  readonly what: string
  readonly error: number
  readonly within: number
}

/** A figure to show, by its name. */
export type Figures = Readonly<Record<string, number | string>>

export interface Example<P = unknown, R = unknown> {
  readonly explanation: Explanation
  readonly takes: readonly Taken[]
  /** Present when `takes` has "size". */
  readonly size?: Size
  /** What is read when no `--input` is given, or undefined when there must be one. */
  readonly usualInput?: string
  /** A path from the directory of troupe that it can be tried on, where there must be an `--input`. */
  readonly sampleInput?: string
  readonly usualSchedule?: Schedule
  /** @default "shared", in processes "messages" */
  readonly usualExchange?: Exchange
  /** @default as many as the machine runs at once */
  readonly usualWorkers?: number
  /**
   * The size of a small problem, with which both versions are warmed up for as long before they are timed, so that Node.js has compiled
   * what they run. For examples whose workers are a pool's, or serve all rounds. @default undefined: nothing is warmed up
   */
  readonly warmUpSize?: number
  /** Makes or reads the input; its time is not counted. */
  prepare(request: Request, pace: Pace): Promise<P> | P
  /** The plain loop that the actors have to beat. */
  sequential(problem: P, pace: Pace, preparing: Preparing): Promise<R>
  parallel(problem: P, run: Run): Promise<R>
  check(problem: P, results: { readonly sequential: R; readonly parallel: R }): readonly Check[]
  figures?(problem: P, result: R): Figures
  /** Writes what is to be kept of the parallel result; returns the paths. */
  keep?(problem: P, result: R): Promise<readonly string[]>
}
