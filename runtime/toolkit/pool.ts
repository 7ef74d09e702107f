// Pool — runs many tasks on a few workers, as `multiprocessing.Pool` does (promise P8).
// Owns its workers' places and the jobs under way. What a job's tasks are and what came of them is the job's, the batches that a
// worker has are work-in-hand's, the workers' lives are the crew's.
// O1  A worker has one batch at a time, or a second one for when it has done the first, as long as others have enough to do.
// O2  A place whose worker has died, or has had its share of tasks, gets another; when that fails again and again, the pool is closed.
// O3  Once closed it takes no jobs; once terminated every job has ended and no worker is left.

import { setTimeout as pause } from "node:timers/promises"
import type { ActorRef } from "../actor/actor-ref.js"
import { BadOptionError, CancelledError, PoolClosedError } from "../errors.js"
import type { QueuedTask, TaskSchedule } from "../parallel/task-queue.js"
import { Job, type JobParts, type Sink } from "./job.js"
import { PoolCrew, type PoolOwner } from "./pool-crew.js"
import { checkJobOptions, checkPoolOptions, defaultWorkers, type JobOptions, type PoolOptions } from "./pool-options.js"
import { ListSink, PoolResults, SettledSink } from "./sinks.js"
import { addressOf, type Task } from "./task.js"
import { WorkInHand } from "./work-in-hand.js"
import { offAbort, onAbort } from "../time/abort-listeners.js"

/** Items one by one: a list, a generator, lines of a file. */
export type Items<T> = Iterable<T> | AsyncIterable<T>

interface Call {
  /** Whether an item is a list of arguments, and not the only one. */
  readonly spread: boolean
  readonly options: JobOptions
}

interface Place {
  readonly number: number
  /** Undefined while it has no worker. */
  hand: WorkInHand | undefined
  /** Until it has one again. */
  replaced: Promise<void> | undefined
}

const STREAM_IN_FLIGHT = 1000
/** How often a worker may fail to start, one after the other, until the pool is given up. */
const HIRE_TRIES = 5
const HIRE_MS = 100

export class Pool implements AsyncDisposable {
  readonly #owner: PoolOwner
  readonly #options: PoolOptions
  readonly #crew: PoolCrew
  readonly #places: readonly Place[]
  readonly #jobs = new Set<Job>()
  /** How each job that has a signal stops listening to it: a signal may outlive many jobs. */
  readonly #deafen = new Map<Job, () => void>()
  #nextBatch = 1
  #closed: PoolClosedError | undefined
  #idle: (() => void)[] = []
  #ended: Promise<void> | undefined

  private constructor(owner: PoolOwner, options: PoolOptions, crew: PoolCrew) {
    this.#owner = owner
    this.#options = options
    this.#crew = crew
    const { workers = defaultWorkers() } = options
    this.#places = Array.from({ length: workers }, (_, number) => ({ number, hand: undefined, replaced: undefined }))
  }

  /**
   * Starts a pool of a program (an `ActorSystem`) or of an actor (its `context`); resolves when every worker is ready.
   * `await using pool = await Pool.start(system)` ends it with its block.
   * @throws {BadOptionError}, and as `spawn` does when a worker cannot be started; nothing of it is left then
   */
  static async start(owner: PoolOwner, options: PoolOptions = {}): Promise<Pool> {
    checkPoolOptions(options)
    const { placement = "thread", memoryMb } = options
    const crew = await PoolCrew.start(owner, { placement, memoryMb })
    const pool = new Pool(owner, options, crew)
    const hired = await Promise.allSettled(pool.#places.map((place) => pool.#hire(place)))
    const failed = hired.find(({ status }) => status === "rejected")
    if (failed?.status !== "rejected") return pool
    await crew.end()
    throw failed.reason
  }

  /** Has it refused in messages, and as an item: it stays where it is. */
  get [Symbol.toStringTag](): string {
    return "Pool"
  }

  /** The workers that live now. */
  get workers(): readonly ActorRef[] {
    return this.#crew.refs
  }

  /** Runs one task. @throws {TaskFailedError} and the like, see `map` */
  async apply<A extends readonly unknown[], O>(task: Task<A, O>, args: A, options: JobOptions = {}): Promise<Awaited<O>> {
    const [value] = await this.starmap(task, [args], options)
    return value as Awaited<O>
  }

  /**
   * Runs a task for each item; the results are in the order of the items. The first task that fails gives up those that have not begun.
   * @throws {TaskFailedError} when a task threw, or cannot be encoded; TaskTimedOutError; WorkerDiedError; each with the task's index.
   * PoolClosedError when the pool ends before, CancelledError, BadTaskError, BadOptionError; and what the items throw
   */
  async map<I, O>(task: Task<[I], O>, items: Items<I>, options: JobOptions = {}): Promise<Awaited<O>[]> {
    return this.#list(task, items, { spread: false, options })
  }

  /** The same, with several arguments for each task. */
  starmap<A extends readonly unknown[], O>(
    task: Task<A, O>,
    items: Items<Readonly<A>>,
    options: JobOptions = {},
  ): Promise<Awaited<O>[]> {
    return this.#list(task, items, { spread: true, options })
  }

  /** Runs a task for each item, and gives what came of each: `{ status: "fulfilled", value }` or `{ status: "rejected", reason }`. */
  async mapSettled<I, O>(
    task: Task<[I], O>,
    items: Items<I>,
    options: JobOptions = {},
  ): Promise<PromiseSettledResult<Awaited<O>>[]> {
    return this.#settled(task, items, { spread: false, options })
  }

  /** The same, with several arguments for each task. */
  starmapSettled<A extends readonly unknown[], O>(
    task: Task<A, O>,
    items: Items<Readonly<A>>,
    options: JobOptions = {},
  ): Promise<PromiseSettledResult<Awaited<O>>[]> {
    return this.#settled(task, items, { spread: true, options })
  }

  /** Runs a task for each item and gives the results in the order of the items, each as soon as it is there. Reads items as it needs them. */
  imap<I, O>(task: Task<[I], O>, items: Items<I>, options: JobOptions = {}): PoolResults<Awaited<O>> {
    return this.#stream(task, items, { order: "input", options })
  }

  /** The same, in the order in which they are done. */
  imapUnordered<I, O>(task: Task<[I], O>, items: Items<I>, options: JobOptions = {}): PoolResults<Awaited<O>> {
    return this.#stream(task, items, { order: "finish", options })
  }

  /** Takes no more jobs; those under way go on. */
  close(): void {
    this.#closed ??= new PoolClosedError("it was closed")
  }

  /** Closes, waits for the jobs under way, and ends the workers. */
  async drain(): Promise<void> {
    this.close()
    if (this.#jobs.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
    await this.terminate()
  }

  /** Gives up every job and ends the workers at once; resolves when none is left. */
  terminate(): Promise<void> {
    return (this.#ended ??= this.#end(new PoolClosedError("it was terminated")))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.terminate()
  }

  async #end(why: PoolClosedError): Promise<void> {
    this.#closed ??= why
    for (const job of [...this.#jobs]) job.stop(why)
    const hands = this.#places.map(({ hand }) => hand?.working)
    await this.#crew.end()
    await Promise.all([...hands, ...this.#places.map(({ replaced }) => replaced)])
  }

  async #list<O>(task: unknown, items: Items<unknown>, { spread, options }: Call): Promise<Awaited<O>[]> {
    const sink = new ListSink<Awaited<O>>()
    const job = this.#makeJob(task, items, { sink, spread, options, inFlight: Infinity })
    sink.stop = (error) => job.stop(error)
    this.#add(job, options.signal)
    return sink.result
  }

  async #settled<O>(
    task: unknown,
    items: Items<unknown>,
    { spread, options }: Call,
  ): Promise<PromiseSettledResult<Awaited<O>>[]> {
    const sink = new SettledSink<Awaited<O>>()
    this.#add(this.#makeJob(task, items, { sink, spread, options, inFlight: Infinity }), options.signal)
    return sink.result
  }

  #stream<O>(
    task: unknown,
    items: Items<unknown>,
    { order, options }: { order: "input" | "finish"; options: JobOptions },
  ): PoolResults<Awaited<O>> {
    const results = new PoolResults<Awaited<O>>(order)
    const { inFlight = this.#options.inFlight ?? STREAM_IN_FLIGHT, schedule = this.#options.schedule } = options
    if (schedule === "static")
      throw new BadOptionError("schedule", '"dynamic" for results one by one: "static" parts a whole list beforehand', schedule)
    const job = this.#makeJob(task, items, { sink: results, spread: false, options, inFlight })
    results.onTaken = () => job.taken()
    results.stop = () => job.stop(undefined)
    this.#add(job, options.signal)
    return results
  }

  #makeJob(task: unknown, items: Items<unknown>, how: Call & { sink: Sink; inFlight: number }): Job {
    checkJobOptions(how.options)
    if (this.#closed !== undefined) throw this.#closed
    const address = addressOf(task)
    const { schedule = "dynamic", chunkSize, timeoutMs, retries = 0, onProgress } = { ...this.#options, ...how.options }
    const { topic } = this.#options
    const { source, total } = sourceOf(items, schedule)
    return new Job({
      ...{ task: address, source, total, schedule, chunkSize, timeoutMs, retries },
      spread: how.spread,
      workers: this.#places.length,
      inFlight: how.inFlight,
      sink: how.sink,
      wake: () => this.#pump(),
      over: (job) => this.#over(job),
      told: (progress) => {
        onProgress?.(progress)
        if (topic !== undefined) this.#owner.publish(topic, { task: address.name, ...progress })
      },
    })
  }

  #add(job: Job, signal: AbortSignal | undefined): void {
    const abort = (): void => job.stop(new CancelledError(`pool, ${job.task.name}`, signal?.reason))
    this.#jobs.add(job)
    if (signal?.aborted === true) abort()
    else if (signal !== undefined && !job.isOver) {
      onAbort(signal, abort)
      this.#deafen.set(job, () => offAbort(signal, abort))
    }
    this.#pump()
  }

  #over(job: Job): void {
    this.#jobs.delete(job)
    this.#deafen.get(job)?.()
    this.#deafen.delete(job)
    if (this.#jobs.size > 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** Gives every worker something to do, if there is anything: those first that have nothing. */
  #pump(): void {
    for (const { number, hand } of this.#places)
      if (hand?.isEmpty === true && !hand.isLost) this.#give(hand, (job, atMost) => job.take(number, atMost))
    for (const { number, hand } of this.#places)
      if (hand?.hasRoomAhead === true) this.#give(hand, (job, atMost) => job.takeAhead(number, atMost))
  }

  #give(hand: WorkInHand, take: (job: Job, atMost: number) => readonly QueuedTask[]): void {
    const atMost = (this.#options.maxTasksPerWorker ?? Infinity) - hand.worker.tasks
    if (atMost < 1) return
    for (const job of this.#jobs) {
      const tasks = take(job, atMost)
      if (tasks.length === 0) continue
      // The next worker asks the next job first, so that a long one does not hold up the others.
      this.#jobs.delete(job)
      this.#jobs.add(job)
      hand.worker.tasks += tasks.length
      hand.give(this.#nextBatch++, job, tasks)
      return
    }
  }

  async #hire(place: Place): Promise<void> {
    const worker = await this.#crew.hire()
    const hand: WorkInHand = new WorkInHand({
      ...{ crew: this.#crew, worker, place: place.number },
      changed: () => {
        const isUsedUp = hand.isEmpty && worker.tasks >= (this.#options.maxTasksPerWorker ?? Infinity)
        if ((hand.isLost || isUsedUp) && place.hand === hand) place.replaced = this.#replace(place, hand)
        this.#pump()
      },
    })
    place.hand = hand
  }

  async #replace(place: Place, hand: WorkInHand): Promise<void> {
    place.hand = undefined
    await this.#crew.dismiss(hand.worker)
    for (let tries = 1; this.#ended === undefined; tries++) {
      try {
        await this.#hire(place)
        this.#pump()
        return
      } catch (error) {
        if (tries === HIRE_TRIES) void (this.#ended ??= this.#end(new PoolClosedError("its workers cannot be started", error)))
        else if ((this.#ended as Promise<void> | undefined) === undefined) await pause(HIRE_MS * tries)
      }
    }
  }
}

function sourceOf(items: Items<unknown>, schedule: TaskSchedule): Pick<JobParts, "source" | "total"> {
  if (isIterable(items)) {
    // What becomes of a list meanwhile changes nothing.
    const list = Array.isArray(items) || schedule === "static" ? Array.from(items) : items
    const total = Array.isArray(list) ? list.length : undefined
    return { source: { type: "sync", iterator: list[Symbol.iterator]() }, total }
  }
  if (!isAsyncIterable(items)) throw new BadOptionError("items", "something that can be iterated, an array for instance", items)
  if (schedule === "static")
    throw new BadOptionError(
      "schedule",
      '"dynamic" for items that come one by one: "static" parts a whole list beforehand',
      schedule,
    )
  return { source: { type: "async", iterator: items[Symbol.asyncIterator]() }, total: undefined }
}

function isIterable(items: Items<unknown>): items is Iterable<unknown> {
  return typeof (items as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] === "function"
}

function isAsyncIterable(items: Items<unknown>): items is AsyncIterable<unknown> {
  return typeof (items as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator] === "function"
}
