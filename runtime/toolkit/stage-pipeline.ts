// StagePipeline — items that pass through stages, each with workers of its own and a bounded queue before it.
// Owns a pool for each stage. What a stage measured is stage-meter's.
// T1  A stage takes an item in only when it has room: what nobody takes at the end waits at the beginning, in the source.
// T2  An item that fails in a stage passes no further, and is told once: to `onFailure`, or as the error of the run.
// T3  When a run is over, by its end, an error, its signal or a consumer that left, nothing of it is under way any more.

import { BadOptionError, codeOf, StageFailedError } from "../errors.js"
import type { Placement } from "../actor/surroundings.js"
import { Pool, type Items } from "./pool.js"
import type { PoolOwner } from "./pool-crew.js"
import type { PoolResults } from "./sinks.js"
import { passOn, type Passed, type Passing } from "./stage-task.js"
import { StageMeter, type StageReport } from "./stage-meter.js"
import { addressOf, type Task, type TaskAddress } from "./task.js"

/** One stage: what it does with an item, and how many do it. */
export interface Stage {
  readonly name: string
  /** What it does: a task of one argument; its result is the next stage's argument. */
  readonly task: Task<[never]>
  /** @default 1 */
  readonly workers?: number
  /** How many items wait before it, beyond those its workers are at. @default 2 for each worker */
  readonly capacity?: number
  /** What it may take for one item, in milliseconds; then its worker is ended, and the item has failed. @default no limit */
  readonly timeoutMs?: number
  /** @default that of the pipeline */
  readonly placement?: Placement
}

/** An item that a stage has failed with. */
export interface StageFailure {
  /** The item's place in the source, from 0. */
  readonly index: number
  readonly stage: string
  readonly error: StageFailedError
}

export interface StageRunOptions {
  /** `input`: results come in the order of the items. `finish`: as they are done. @default "input" */
  readonly order?: "input" | "finish"
  /** Told of each item that has failed; the others go on. @default none: the first failure ends the run */
  readonly onFailure?: (failure: StageFailure) => void
  /** Ends the run with ERR_CANCELLED. @default none */
  readonly signal?: AbortSignal
}

/** A result, and the place in the source of what it was made of. */
export interface StageResult<O> {
  readonly index: number
  readonly value: O
}

interface Post {
  readonly stage: Stage
  readonly address: TaskAddress
  readonly pool: Pool
  readonly workers: number
}

const FAILED: readonly unknown[] = ["ERR_TASK_FAILED", "ERR_TASK_TIMED_OUT", "ERR_POOL_WORKER_DIED"]

export class StagePipeline<I = unknown, O = unknown> implements AsyncDisposable {
  readonly #posts: readonly Post[]
  #meters: readonly StageMeter[]

  private constructor(posts: readonly Post[]) {
    this.#posts = posts
    this.#meters = metersOf(posts)
  }

  /**
   * Starts the workers of all stages, of a program or of an actor (by its context); `await using` ends them.
   * @throws {BadOptionError} for no stages or two of one name, BadTaskError; and as `Pool.start` does, and nothing is left then
   */
  static async start<I = unknown, O = unknown>(
    owner: PoolOwner,
    stages: readonly Stage[],
    { placement = "thread" }: { readonly placement?: Placement } = {},
  ): Promise<StagePipeline<I, O>> {
    if (stages.length === 0 || new Set(stages.map(({ name }) => name)).size < stages.length)
      throw new BadOptionError("stages", "one or more, each with a name of its own", stages.map(({ name }) => name)) // prettier-ignore
    const addresses = stages.map(({ task }) => addressOf(task))
    for (const { name, capacity } of stages)
      if (capacity !== undefined && !(Number.isSafeInteger(capacity) && capacity >= 0))
        throw new BadOptionError(`stage ${name}: capacity`, "a whole number, 0 or more", capacity)
    const starting = stages.map(async (stage, at) => {
      const { workers = 1, timeoutMs } = stage
      const pool = await Pool.start(owner, {
        ...{ workers, placement: stage.placement ?? placement, chunkSize: 1 },
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      })
      return { stage, pool, workers, address: addresses[at] as TaskAddress }
    })
    const started = await Promise.allSettled(starting)
    const failed = started.find(({ status }) => status === "rejected")
    const posts = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []))
    if (failed?.status !== "rejected") return new StagePipeline<I, O>(posts)
    await Promise.all(posts.map(({ pool }) => pool.terminate()))
    throw failed.reason
  }

  /**
   * Sends items through the stages; gives what comes out as it comes. Items are read as the first stage has room.
   * @throws {StageFailedError} when an item failed and there is no `onFailure`; CancelledError, PoolClosedError, and what the items throw
   */
  async *run(items: Items<I>, options: StageRunOptions = {}): AsyncGenerator<StageResult<O>, void, undefined> {
    this.#meters = metersOf(this.#posts)
    const running: PoolResults<Passed>[] = []
    let flow: AsyncIterable<StageResult<unknown>> = numbered(items)
    for (const [at, post] of this.#posts.entries())
      flow = this.#through(post, { flow, options, running, meter: this.#meters[at] })
    try {
      yield* flow as AsyncIterable<StageResult<O>>
    } finally {
      for (const results of running) await results.return()
    }
  }

  /** What the stages of the last run have done, also while it goes on. */
  report(): readonly StageReport[] {
    return this.#meters.map((meter) => meter.report())
  }

  /** Ends the workers at once. */
  async terminate(): Promise<void> {
    await Promise.all(this.#posts.map(({ pool }) => pool.terminate()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.terminate()
  }

  async *#through(
    { stage, address, pool, workers }: Post,
    { flow, options, running, meter }: { flow: AsyncIterable<StageResult<unknown>>; options: StageRunOptions; running: PoolResults<Passed>[]; meter: StageMeter | undefined }, // prettier-ignore
  ): AsyncGenerator<StageResult<unknown>, void, undefined> {
    /** The places in the source of what this stage has read, by its own count. */
    const places: number[] = []
    async function* passings(): AsyncGenerator<Passing, void, undefined> {
      for await (const { index, value } of flow) {
        places.push(index)
        meter?.entered(index)
        yield { address, index, item: value }
      }
    }
    const { order = "input", signal, onFailure } = options
    const how = { inFlight: workers + (stage.capacity ?? 2 * workers), ...(signal === undefined ? {} : { signal }) }
    const results = order === "input" ? pool.imap(passOn, passings(), how) : pool.imapUnordered(passOn, passings(), how)
    running.push(results)
    for (;;) {
      try {
        const next = await results.next()
        if (next.done === true) return
        const { index, value, ms } = next.value
        meter?.left(index, ms)
        yield { index, value }
      } catch (error) {
        const index = FAILED.includes(codeOf(error)) ? places[placeIn(error)] : undefined
        if (index === undefined) throw error
        meter?.failed(index)
        const failure = new StageFailedError(stage.name, index, error instanceof Error && codeOf(error) === "ERR_TASK_FAILED" ? error.cause : error) // prettier-ignore
        if (onFailure === undefined) throw failure
        onFailure({ index, stage: stage.name, error: failure })
      }
    }
  }
}

function metersOf(posts: readonly Post[]): readonly StageMeter[] {
  return posts.map(({ stage, workers }) => new StageMeter(stage.name, workers))
}

function placeIn(error: unknown): number {
  return (error as { data: { index: number } }).data.index
}

async function* numbered(items: Items<unknown>): AsyncGenerator<StageResult<unknown>, void, undefined> {
  let index = 0
  for await (const value of items) yield { index: index++, value }
}
