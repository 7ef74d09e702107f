// WorkInHand — the batches of tasks that one worker has: carries them there, takes in what comes of them slice by slice, and sees to them
// when the worker dies.
// H1  Every task of a batch is settled or put back, whatever becomes of the worker.
// H2  A worker is asked for as many turns as it has batches, two at most: while it takes one, the next is there already.
// H3  What comes of turns is taken in in their order.

import { codeOf, TaskFailedError, TaskTimedOutError, UnencodableError, WorkerDiedError } from "../errors.js"
import type { QueuedTask } from "../parallel/task-queue.js"
import { encodeError } from "../wire/error-codec.js"
import type { Job } from "./job.js"
import type { CrewMember, PoolCrew } from "./pool-crew.js"
import type { Slice } from "./pool-worker.js"
import { suspectsOf } from "./suspects.js"

export interface WorkInHandParts {
  readonly crew: PoolCrew
  readonly worker: CrewMember
  /** The worker's place in the pool. */
  readonly place: number
  /** A batch has been seen to, or the worker is lost. */
  readonly changed: () => void
}

interface BatchInHand {
  readonly number: number
  readonly job: Job
  readonly tasks: readonly QueuedTask[]
  /** How many of them are settled. */
  first: number
}

interface Turn {
  readonly number: number
  /** What was handed over with it. */
  readonly batch: BatchInHand | undefined
  readonly answer: Promise<Slice>
}

/** Asks need a deadline; this is none. */
const EVER_MS = 10 * 365 * 24 * 3_600_000
/** What a slice and its way there and back may take beside the tasks themselves. */
const WAY_MS = 100
const UNCARRIABLE: readonly unknown[] = ["ERR_UNENCODABLE", "ERR_TOO_LARGE"]
/** What says that the worker had not begun with anything. */
const NOT_BEGUN: readonly unknown[] = ["ERR_DIED_BEFORE_START", "ERR_NO_ACTOR", "ERR_NOT_DELIVERED", "ERR_STOPPING"]
/** So many workers that died as a task was on its way to them, alone with the last of them, have died of it: of its arguments. */
const MOST_UNBEGUN = 3

export class WorkInHand {
  readonly worker: CrewMember
  readonly #parts: WorkInHandParts
  #batches: BatchInHand[] = []
  readonly #turns: Turn[] = []
  #nextTurn = 1
  #isLost = false
  #isSalvaging = false
  /** Until there is nothing in hand. Never rejects. */
  working: Promise<void> = Promise.resolve()

  constructor(parts: WorkInHandParts) {
    this.#parts = parts
    this.worker = parts.worker
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0 && this.#turns.length === 0
  }

  get isLost(): boolean {
    return this.#isLost
  }

  /** Whether it may have another batch for when it has done the one it is at. */
  get hasRoomAhead(): boolean {
    const [batch] = this.#batches
    return (
      !this.#isLost &&
      !this.#isSalvaging &&
      this.#batches.length === 1 &&
      this.#turns.length === 1 &&
      batch?.job.timeoutMs === undefined &&
      batch?.tasks[0]?.alone === false
    )
  }

  /** Hands a batch over. Its number is another one each time. */
  give(number: number, job: Job, tasks: readonly QueuedTask[]): void {
    const batch: BatchInHand = { number, job, tasks, first: 0 }
    const isIdle = this.isEmpty
    this.#batches.push(batch)
    if (!isIdle) this.#ask(batch)
    else this.working = this.#work(batch)
  }

  async #work(batch: BatchInHand): Promise<void> {
    try {
      // What the import of its module takes is not the first task's time.
      if (batch.job.timeoutMs !== undefined) await this.worker.ref.with({ timeoutMs: EVER_MS }).ask.load(batch.job.task)
      this.#ask(batch)
      for (let turn = this.#turns[0]; turn !== undefined; turn = this.#turns[0]) {
        const slice = await turn.answer.catch((error: unknown) => this.#salvage(turn, error))
        this.#turns.shift()
        if (slice !== undefined) this.#took(slice)
        this.#batches = this.#batches.filter(({ job, first, tasks }) => first < tasks.length && !job.isOver)
        while (this.#turns.length < this.#batches.length) this.#ask(undefined)
        // Whoever gives it a batch when it has none begins anew.
        if (!this.isEmpty) this.#parts.changed()
      }
    } catch (error) {
      await this.#lose(error)
    }
    this.#parts.changed()
  }

  #ask(batch: BatchInHand | undefined): void {
    const number = this.#nextTurn++
    const timeoutMs = this.#batches[0]?.job.timeoutMs
    const { ask } = this.worker.ref.with({ timeoutMs: timeoutMs === undefined ? EVER_MS : timeoutMs + WAY_MS })
    const wanted = this.#batches.map((one) => one.number)
    const answer =
      batch === undefined
        ? ask.turn({ number, wanted })
        : ask.turn({
            number,
            wanted,
            batch: {
              ...{ number: batch.number, task: batch.job.task, spread: batch.job.spread },
              each: batch.job.timeoutMs !== undefined,
              calls: batch.tasks.map(({ given }) => given),
            },
          })
    // Whoever waits for the turns before hears of it when it is this one's turn.
    answer.catch(() => undefined)
    this.#turns.push({ number, batch, answer })
  }

  #took(slice: Slice): void {
    const batch = this.#batches.find(({ number }) => number === slice.batch)
    if (batch === undefined) return
    const from = batch.first
    batch.first += slice.values.length
    batch.job.took(batch.tasks.slice(from, batch.first), slice)
  }

  /** The worker is gone, or goes now. */
  async #lose(error: unknown): Promise<void> {
    this.#isLost = true
    const { crew, place } = this.#parts
    const mark = await crew.dismiss(this.worker)
    this.#turns.length = 0
    const batches = this.#batches.splice(0)
    const isBegun = !NOT_BEGUN.includes(codeOf(error))
    if (!isBegun) this.#countUnbegun(batches, error)
    const suspects = isBegun ? suspectsOf(batches, mark) : new Set<QueuedTask>()
    // Those that were handed over last go back first, and so are behind.
    for (const { job, tasks, first } of batches.reverse()) {
      const left = tasks.slice(first)
      const [blamed] = suspects.size === 1 ? left.filter((task) => suspects.has(task)) : []
      if (blamed === undefined) {
        const again = left.map((task) => (suspects.has(task) ? alone(task) : task))
        job.putBack(again, place)
        continue
      }
      const isLate = codeOf(error) === "ERR_TIMED_OUT" && job.timeoutMs !== undefined
      const others = left.filter((task) => task !== blamed)
      if (!isLate && blamed.deaths < job.retries)
        job.putBack([{ ...alone(blamed), deaths: blamed.deaths + 1 }, ...others], place, 1)
      else {
        job.putBack(others, place)
        job.fail(
          blamed,
          isLate
            ? new TaskTimedOutError(job.task.name, blamed.index, job.timeoutMs)
            : new WorkerDiedError(job.task.name, blamed.index, { when: "midst", cause: error }),
        )
      }
    }
  }

  /**
   * Whoever is killed just as it is given something has nothing to do with it. When that comes about again and again, it is the arguments that
   * the workers die of as they take them in: what was in the first batch is handed over one by one then, and the one that it is fails.
   */
  #countUnbegun(batches: BatchInHand[], error: unknown): void {
    const [batch] = batches
    if (batch === undefined || batch.first > 0) return
    const [only] = batch.tasks
    if (only?.alone === true && (only.unbegun ?? 0) + 1 >= MOST_UNBEGUN) {
      batches.shift()
      batch.job.fail(only, new WorkerDiedError(batch.job.task.name, only.index, { when: MOST_UNBEGUN, cause: error }))
      return
    }
    const counted = batch.tasks.map((task) => ({
      ...task,
      unbegun: (task.unbegun ?? 0) + 1,
      alone: (task.unbegun ?? 0) > 0 || task.alone,
    }))
    batches[0] = { ...batch, tasks: counted }
  }

  /**
   * What can be saved of a turn that cannot be carried as a whole. Returns undefined when its batch never came to the worker: its tasks are
   * settled or put back then. @throws the error itself when it is of another kind, and whatever the worker dies of
   */
  async #salvage(turn: Turn, error: unknown): Promise<Slice | undefined> {
    if (!UNCARRIABLE.includes(codeOf(error))) throw error
    this.#isSalvaging = true
    try {
      const { ask } = this.worker.ref.with({ timeoutMs: EVER_MS })
      const facts = await ask.facts(turn.number)
      if (facts === undefined) {
        this.#didNotCome(turn, error)
        return undefined
      }
      const values: unknown[] = []
      const errors: Slice["errors"][number][] = []
      for (let place = 0; place < facts.count; place++) {
        try {
          const one = await ask.outcome({ turn: turn.number, place })
          for (const [, reason] of one.errors) errors.push([place, reason])
          values.push(one.values[0])
        } catch (reason) {
          if (!UNCARRIABLE.includes(codeOf(reason))) throw reason
          errors.push([place, encodeError(placed(reason, /^values\[0\]/, "result"))])
          values.push(undefined)
        }
      }
      return { ...facts, values, errors }
    } finally {
      this.#isSalvaging = false
    }
  }

  #didNotCome({ batch }: Turn, error: unknown): void {
    if (batch === undefined) throw error
    const { job, tasks } = batch
    this.#batches = this.#batches.filter((one) => one !== batch)
    const [only] = tasks
    if (tasks.length > 1 || only === undefined) job.putBack(tasks.map(alone), this.#parts.place)
    else {
      const cause = placed(error, /^batch\.calls\[0\]/, job.spread ? "arguments" : "item")
      job.fail(only, new TaskFailedError(job.task.name, only.index, cause))
    }
  }
}

/** What cannot be encoded, by its place in what the caller knows, not in the message that should have carried it. */
function placed(error: unknown, from: RegExp, to: string): unknown {
  if (codeOf(error) !== "ERR_UNENCODABLE") return error
  const { path, what } = (error as { data?: { path?: unknown; what?: unknown } }).data ?? {}
  return typeof path === "string" && typeof what === "string" ? new UnencodableError(path.replace(from, to), what) : error
}

function alone(task: QueuedTask): QueuedTask {
  return { ...task, alone: true }
}
