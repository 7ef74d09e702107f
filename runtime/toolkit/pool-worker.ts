// PoolWorker — one worker of a pool: runs batches of tasks, and answers with what came of them in slices of some milliseconds.
// W1  What a task throws is its outcome; the worker goes on.
// W2  Before a task is begun it is marked, unless tasks are so short that marking would cost more than they do.
// W3  Outcomes are kept until the next slice: when one of them cannot be encoded, the others are fetched one by one.

import { Actor } from "../actor/actor.js"
import { actor, handler } from "../actor/definition.js"
import { encodeError, type WireError } from "../wire/error-codec.js"
import { findTask, type TaskAddress } from "./task.js"
import { TaskMarker } from "./task-mark.js"

/** A number of tasks that are handed over together. */
export interface Batch {
  /** Of the pool's batches. */
  readonly number: number
  readonly task: TaskAddress
  readonly calls: readonly (readonly unknown[])[]
}

/** What came of some tasks of a batch, in order. */
export interface Slice {
  /** One for each task; undefined for one that failed. */
  readonly values: readonly unknown[]
  /** By their place in this slice. */
  readonly errors: readonly (readonly [place: number, error: WireError])[]
  /** How many tasks of the batch are left; `more` goes on with them. */
  readonly left: number
  readonly spentMs: number
}

/** Of a slice that could not be carried as a whole. */
export interface SliceFacts {
  readonly count: number
  readonly left: number
  readonly spentMs: number
}

/** After so long a slice is answered: what was done is safe then, should the worker die in the next. */
const SLICE_MS = 10
/** Tasks shorter than this, on average, are not marked one by one. */
const MARKED_MS = 0.02

@actor({ kind: "pool-worker", module: import.meta.url, description: "Runs tasks of a pool", mailbox: { capacity: 4 } })
export class PoolWorker extends Actor {
  #marker: TaskMarker | undefined
  #batch: Batch | undefined
  #at = 0
  #slice: Slice | undefined
  #meanMs = Infinity

  override onStart(args: unknown): void {
    this.#marker = new TaskMarker((args as { mark: string }).mark)
  }

  override onStop(): void {
    this.#marker?.close()
  }

  /** Imports a task's module. Whether that works is told by the tasks. */
  @handler()
  async load(task: TaskAddress): Promise<void> {
    await findTask(task).catch(() => undefined)
  }

  /** Begins with a batch. */
  @handler()
  begin(batch: Batch): Promise<Slice> {
    this.#batch = batch
    this.#at = 0
    this.#slice = undefined
    return this.#run(batch)
  }

  /** Goes on with it. */
  @handler()
  more(): Promise<Slice> {
    if (this.#batch === undefined) throw new RangeError("no batch was begun")
    return this.#run(this.#batch)
  }

  /** Of the latest slice of a batch; undefined when that batch has not been begun here. */
  @handler()
  facts(batch: number): SliceFacts | undefined {
    if (this.#slice === undefined || this.#batch?.number !== batch) return undefined
    const { values, left, spentMs } = this.#slice
    return { count: values.length, left, spentMs }
  }

  /** One outcome of the latest slice. */
  @handler()
  outcome(place: number): Slice {
    const { values = [], errors = [] } = this.#slice ?? {}
    return {
      values: [values[place]],
      errors: errors.filter(([at]) => at === place).map(([, error]) => [0, error]),
      left: 0,
      spentMs: 0,
    }
  }

  async #run(batch: Batch): Promise<Slice> {
    const values: unknown[] = []
    const errors: [number, WireError][] = []
    const fail = (error: unknown): void => {
      errors.push([values.push(undefined) - 1, encodeError(error)])
    }
    let run: ((...args: never) => unknown) | undefined
    let cause: unknown
    // The import of its module may be what this worker dies of.
    this.#mark(batch, true)
    try {
      run = await findTask(batch.task)
    } catch (error) {
      cause = error
    }
    const start = performance.now()
    let now = start
    let marked = false
    while (this.#at < batch.calls.length && (now - start < SLICE_MS || values.length === 0)) {
      const isLong = this.#meanMs >= MARKED_MS
      if (isLong || !marked) this.#mark(batch, isLong)
      marked = !isLong
      try {
        if (run === undefined) throw cause
        const value = run(...(batch.calls[this.#at] as never))
        if (isThenable(value)) {
          if (!isLong) this.#mark(batch, true)
          marked = false
          values.push(await value)
        } else values.push(value)
      } catch (error) {
        fail(error)
      }
      this.#at++
      const end = performance.now()
      const tookMs = end - now
      this.#meanMs = this.#meanMs === Infinity ? tookMs : this.#meanMs * 0.9 + tookMs * 0.1
      now = end
    }
    return (this.#slice = { values, errors, left: batch.calls.length - this.#at, spentMs: now - start })
  }

  #mark({ number }: Batch, exact: boolean): void {
    this.#marker?.write({ batch: number, offset: this.#at, exact })
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
}
