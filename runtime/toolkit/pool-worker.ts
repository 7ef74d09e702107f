// PoolWorker — one worker of a pool: runs batches of tasks, and answers with what came of them in slices of some milliseconds.
// W1  What a task throws is its outcome; the worker goes on.
// W2  Before a task is begun it is marked, unless tasks are so short that marking would cost more than they do.
// W3  What is told of an error has its stack: of a task that failed nothing is logged here.
// W4  The outcomes of the last two turns are kept: when one of them cannot be encoded, the others are fetched one by one.

import { Actor } from "../actor/actor.js"
import { ActorContext } from "../actor/actor-context.js"
import { actor, handler } from "../actor/definition.js"
import { isThenable } from "../actor/thenable.js"
import { encodeError, type WireError } from "../wire/error-codec.js"
import { findTask, type TaskAddress } from "./task.js"
import { type Mark, TaskMarker } from "./task-mark.js"

/** A number of tasks that are handed over together. */
export interface Batch {
  /** Of the pool's batches. */
  readonly number: number
  readonly task: TaskAddress
  /** Whether each call is a list of arguments, and not the only one. */
  readonly spread: boolean
  /** Whether each task is marked, however short: one that takes too long must be told from those after it. */
  readonly each: boolean
  readonly calls: readonly unknown[]
}

/** What a worker is asked to do: to run a slice of the first batch it has. */
export interface TurnRequest {
  /** Goes up by one each time. */
  readonly number: number
  /** The numbers of the batches that it is to have; any other is given up. */
  readonly wanted: readonly number[]
  /** One more, behind those it has. */
  readonly batch?: Batch
}

/** What came of some tasks of a batch, in order. */
export interface Slice {
  /** The number of the batch; 0 when there was none to run. */
  readonly batch: number
  /** One for each task; undefined for one that failed. */
  readonly values: readonly unknown[]
  /** By their place in this slice. */
  readonly errors: readonly (readonly [place: number, error: WireError])[]
  readonly spentMs: number
}

/** Of a slice that could not be carried as a whole. */
export interface SliceFacts {
  readonly batch: number
  readonly count: number
  readonly spentMs: number
}

interface Begun {
  readonly batch: Batch
  /** How many of its tasks were run. */
  at: number
}

/** After so long a slice is answered: what was done is safe then, should the worker die in the next. */
const SLICE_MS = 10
/** Tasks shorter than this, on average, are not marked one by one. */
const MARKED_MS = 0.02
/** So many of them, at most, between two looks at the clock, which cost a tenth of a microsecond each; and no more than take that long. */
const STRIDE = 16

@actor({ kind: "pool-worker", module: import.meta.url, description: "Runs tasks of a pool", mailbox: { capacity: 4 } })
export class PoolWorker extends Actor {
  #marker: TaskMarker | undefined
  #batches: Begun[] = []
  readonly #slices = new Map<number, Slice>()
  #meanMs = Infinity

  override onStart(args: unknown): void {
    const marker = (this.#marker = new TaskMarker((args as { mark: string }).mark))
    // Workers are killed, so `onStop` would not do.
    ActorContext.whenEnded(this.context, () => marker.close())
  }

  /** Imports a task's module. Whether that works is told by the tasks. */
  @handler()
  async load(task: TaskAddress): Promise<void> {
    await findTask(task).catch(() => undefined)
  }

  /** Runs tasks of the first batch until a slice is full, or the batch is done. */
  @handler()
  async turn({ number, wanted, batch }: TurnRequest): Promise<Slice> {
    this.#batches = this.#batches.filter((one) => wanted.includes(one.batch.number))
    if (batch !== undefined) this.#batches.push({ batch, at: 0 })
    const [first] = this.#batches
    const slice = first === undefined ? NOTHING : await this.#run(first)
    if (first !== undefined && first.at === first.batch.calls.length) this.#batches.shift()
    this.#slices.delete(number - 2)
    this.#slices.set(number, slice)
    return slice
  }

  /** Of one of the last two turns; undefined when it never came here. */
  @handler()
  facts(turn: number): SliceFacts | undefined {
    const slice = this.#slices.get(turn)
    return slice === undefined ? undefined : { batch: slice.batch, count: slice.values.length, spentMs: slice.spentMs }
  }

  /** One outcome of it. */
  @handler()
  outcome({ turn, place }: { turn: number; place: number }): Slice {
    const { values = [], errors = [] } = this.#slices.get(turn) ?? {}
    return {
      ...NOTHING,
      values: [values[place]],
      errors: errors.filter(([at]) => at === place).map(([, error]) => [0, error]),
    }
  }

  async #run(begun: Begun): Promise<Slice> {
    const { number, task, spread, each, calls } = begun.batch
    const values: unknown[] = []
    const errors: [number, WireError][] = []
    const fail = (error: unknown): void => {
      errors.push([values.push(undefined) - 1, encodeError(error, { stack: "sent" })])
    }
    const mark = (type: Mark["type"]): void => this.#marker?.write({ type, batch: number, offset: begun.at })
    let run: ((...args: never[]) => unknown) | undefined
    let cause: unknown
    // The import of its module may be what this worker dies of.
    mark("at")
    try {
      run = await findTask(task)
    } catch (error) {
      cause = error
    }
    const start = performance.now()
    let now = start
    let marked = false
    let unlooked = 0
    // What is left of a batch is another's when an inline worker was killed as it awaited.
    const isOver = (): boolean => this.#marker?.isOpen === false
    while (!isOver() && begun.at < calls.length && (now - start < SLICE_MS || values.length === 0)) {
      const isLong = each || this.#meanMs >= MARKED_MS
      if (isLong || !marked) mark(isLong ? "at" : "from")
      marked = !isLong
      try {
        if (run === undefined) throw cause
        const given = calls[begun.at]
        const value = spread ? run(...(given as never[])) : run(given as never)
        if (isThenable(value)) {
          if (!isLong) mark("at")
          marked = false
          values.push(await value)
        } else values.push(value)
      } catch (error) {
        fail(error)
      }
      begun.at++
      unlooked++
      if (!isLong && unlooked < STRIDE && unlooked * this.#meanMs < MARKED_MS && begun.at < calls.length) continue
      const end = performance.now()
      const tookMs = (end - now) / unlooked
      this.#meanMs = this.#meanMs === Infinity ? tookMs : this.#meanMs * 0.9 + tookMs * 0.1
      now = end
      unlooked = 0
    }
    mark("done")
    return { batch: number, values, errors, spentMs: now - start }
  }
}

const NOTHING: Slice = { batch: 0, values: [], errors: [], spentMs: 0 }
