// Job — one call of a pool: its tasks, what came of them, and how far it is.
// Owns its input, its queue and its sink. Which worker runs what, and what became of a worker, is the pool's business.
// J1  Each task is settled once, or given up with the job; after that the job changes nothing any more.
// J2  No more tasks are begun than its limit says, beyond those whose results were taken.

import { TaskFailedError } from "../errors.js"
import { BatchSize } from "../parallel/batch-size.js"
import { type Progress, ProgressCount } from "../parallel/progress.js"
import { type QueuedTask, TaskQueue, type TaskSchedule } from "../parallel/task-queue.js"
import { decodeError } from "../wire/error-codec.js"
import type { Slice } from "./pool-worker.js"
import type { TaskAddress } from "./task.js"

/** Where what comes of tasks goes. */
export interface Sink {
  fulfilled(index: number, value: unknown): void
  rejected(index: number, error: Error): void
  /** All are settled, or it was given up. Called once. */
  ended(error: Error | undefined): void
}

export interface JobParts {
  readonly task: TaskAddress
  /** Whether an item is a list of arguments. */
  readonly spread: boolean
  readonly source:
    | { readonly type: "sync"; readonly iterator: Iterator<unknown> }
    | { readonly type: "async"; readonly iterator: AsyncIterator<unknown> }
  readonly total: number | undefined
  readonly workers: number
  readonly schedule: TaskSchedule
  readonly chunkSize: number | undefined
  readonly timeoutMs: number | undefined
  readonly retries: number
  /** How many tasks may be begun whose results were not taken. */
  readonly inFlight: number
  readonly sink: Sink
  /** There may be something to do now. */
  readonly wake: () => void
  /** It is over, one way or the other. */
  readonly over: (job: Job) => void
  readonly told: (progress: Progress) => void
}

export class Job {
  readonly #parts: JobParts
  readonly #queue: TaskQueue
  readonly #size = new BatchSize()
  readonly #progress = new ProgressCount()
  /** Tasks read, settled, and whose results were taken. */
  #read = 0
  #settled = 0
  #taken = 0
  #inputEnded = false
  /** What the input threw; told when the tasks before that are settled. */
  #inputError: Error | undefined
  #reading = false
  #over = false

  constructor(parts: JobParts) {
    const { total, workers, chunkSize, schedule } = parts
    this.#parts = parts
    this.#progress.total = total
    const blockSize = chunkSize ?? Math.max(1, Math.ceil((total ?? 1) / workers))
    this.#queue = new TaskQueue({ schedule, workers, blockSize })
  }

  get task(): TaskAddress {
    return this.#parts.task
  }

  get spread(): boolean {
    return this.#parts.spread
  }

  get timeoutMs(): number | undefined {
    return this.#parts.timeoutMs
  }

  get retries(): number {
    return this.#parts.retries
  }

  get isOver(): boolean {
    return this.#over
  }

  /** The next tasks for a worker, at most so many; none when there are none now. */
  take(worker: number, atMost: number): readonly QueuedTask[] {
    if (this.#over) return []
    const size = Math.min(atMost, this.#wanted)
    this.#readFor(worker, size)
    const tasks = this.#queue.take(worker, size)
    if (tasks.length > 0) this.#size.gave(size)
    else this.#endIfDone()
    return tasks
  }

  /**
   * The next tasks for a worker that is at some already; none where they would be begun sooner by another worker, have a time limit, or
   * are to be handed over one by one.
   */
  takeAhead(worker: number, atMost: number): readonly QueuedTask[] {
    const { timeoutMs, chunkSize, schedule, workers } = this.#parts
    if (this.#over || timeoutMs !== undefined || chunkSize === 1) return []
    const size = Math.min(atMost, this.#wanted)
    if (!this.#size.isShort(size)) return []
    // Enough is left for the others in the meantime.
    if (schedule === "dynamic") {
      this.#readFor(worker, size * workers)
      if (this.#queue.size < size * workers) return []
    }
    return this.take(worker, size)
  }

  /** A worker has run these, in order, and this is what came of them. */
  took(tasks: readonly QueuedTask[], { values, errors, spentMs }: Slice): void {
    this.#size.measured(tasks.length, spentMs)
    const failed = new Map(errors)
    let place = 0
    for (const { index } of tasks) {
      const error = failed.size === 0 ? undefined : failed.get(place)
      if (error === undefined) this.#fulfil(index, values[place])
      else this.#reject(index, new TaskFailedError(this.task.name, index, decodeError(error)))
      place++
    }
    this.#goOn()
  }

  fail({ index }: QueuedTask, error: Error): void {
    this.#reject(index, error)
    this.#goOn()
  }

  /** Tasks that a worker was given and did not settle; those among them that are run again for its death are counted. */
  putBack(tasks: readonly QueuedTask[], worker: number, retried = 0): void {
    if (this.#over) return
    this.#progress.retried += retried
    this.#queue.putBack(tasks, worker)
  }

  /** A result was taken by whoever wants it. */
  taken(): void {
    this.#taken++
    this.#parts.wake()
  }

  /** Gives it up. What is being run goes on, and nobody will hear of it. */
  stop(error: Error | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#queue.clear()
    if (!this.#inputEnded) void this.#closeInput()
    this.#tell(true)
    this.#parts.sink.ended(error)
    this.#parts.over(this)
  }

  get #wanted(): number {
    const { total, workers, chunkSize } = this.#parts
    const remaining = total === undefined ? undefined : total - this.#settled
    return chunkSize ?? this.#size.next({ remaining, workers })
  }

  #fulfil(index: number, value: unknown): void {
    if (this.#over) return
    this.#settled++
    this.#progress.settled("value")
    this.#parts.sink.fulfilled(index, value)
  }

  #reject(index: number, error: Error): void {
    if (this.#over) return
    this.#settled++
    this.#progress.settled("error")
    this.#parts.sink.rejected(index, error)
  }

  #goOn(): void {
    if (this.#over) return
    this.#tell(false)
    this.#endIfDone()
  }

  #tell(isEnd: boolean): void {
    const progress = this.#progress.due(performance.now(), isEnd)
    if (progress === undefined) return
    try {
      this.#parts.told(progress)
    } catch (error) {
      this.stop(asError(error))
    }
  }

  #endIfDone(): void {
    if (this.#inputEnded && this.#settled === this.#read) this.stop(this.#inputError)
  }

  /** Reads on until so many tasks wait for that worker, or there are no more. */
  #readFor(worker: number, wanted: number): void {
    const { source } = this.#parts
    if (source.type === "async") {
      void this.#readOn(source.iterator)
      return
    }
    try {
      while (!this.#inputEnded && !this.#over && this.#mayRead && this.#queue.sizeFor(worker) < wanted)
        this.#add(source.iterator.next())
      if (this.#over && !this.#inputEnded) void this.#closeInput()
    } catch (error) {
      this.#failInput(error)
    }
  }

  async #readOn(iterator: AsyncIterator<unknown>): Promise<void> {
    if (this.#reading) return
    this.#reading = true
    try {
      while (!this.#inputEnded && !this.#over && this.#mayRead && this.#queue.size < this.#parts.inFlight) {
        this.#add(await iterator.next())
        this.#parts.wake()
      }
    } catch (error) {
      this.#failInput(error)
    } finally {
      this.#reading = false
    }
  }

  /** A generator that gives the job up while it is asked for its next item cannot be closed then. */
  async #closeInput(): Promise<void> {
    try {
      await this.#parts.source.iterator.return?.()
    } catch {
      // Nobody waits for what it throws.
    }
  }

  #failInput(error: unknown): void {
    this.#inputEnded = true
    this.#inputError = asError(error)
    this.#endIfDone()
  }

  #add(next: IteratorResult<unknown>): void {
    // As `for … of` says; else it would be read for ever.
    if (typeof (next as unknown) !== "object" || (next as unknown) === null)
      throw new TypeError(`the items cannot be read: ${String(next as unknown)} is no result of an iterator`)
    if (next.done === true) {
      this.#inputEnded = true
      this.#progress.total = this.#read
      this.#endIfDone()
    } else if (!this.#over) this.#queue.put({ index: this.#read++, given: next.value, deaths: 0, alone: false })
  }

  get #mayRead(): boolean {
    return this.#read - this.#taken < this.#parts.inFlight
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
