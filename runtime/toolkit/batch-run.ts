// BatchRun — one batch of tasks at one worker: carries it there, takes in what comes of it slice by slice, and finds out which task is
// to blame when the worker dies.
// R1  Every task of the batch is settled or put back, whatever becomes of the worker.
// R2  Of a worker that died in the middle of tasks, one task is blamed: the one it had marked, or the only one there was. When tasks were
//     too short to be marked one by one, all that may have been it are put back, to be run alone each.

import { codeOf, TaskFailedError, TaskTimedOutError, WorkerDiedError } from "../errors.js"
import type { QueuedTask } from "../parallel/task-queue.js"
import { encodeError } from "../wire/error-codec.js"
import type { Job } from "./job.js"
import type { CrewMember, PoolCrew } from "./pool-crew.js"
import type { Slice } from "./pool-worker.js"
import type { Mark } from "./task-mark.js"

export interface BatchRunParts {
  readonly crew: PoolCrew
  readonly worker: CrewMember
  /** The worker's place in the pool. */
  readonly place: number
  readonly job: Job
  readonly number: number
  readonly tasks: readonly QueuedTask[]
}

/** Asks need a deadline; this is none. */
const EVER_MS = 10 * 365 * 24 * 3_600_000
/** What a slice and its way there and back may take beside the tasks themselves. */
const WAY_MS = 100
const UNCARRIABLE: readonly unknown[] = ["ERR_UNENCODABLE", "ERR_TOO_LARGE"]
/** What says that the worker had not begun with anything. */
const NOT_BEGUN: readonly unknown[] = ["ERR_DIED_BEFORE_START", "ERR_NO_ACTOR", "ERR_NOT_DELIVERED", "ERR_STOPPING"]

/** Runs a batch. Returns whether the worker is still there. Never rejects. */
export async function runBatch(parts: BatchRunParts): Promise<boolean> {
  const { crew, worker, place, job, number, tasks } = parts
  const { timeoutMs } = job
  const { ask } = worker.ref.with({ timeoutMs: timeoutMs === undefined ? EVER_MS : timeoutMs + WAY_MS })
  let first = 0
  try {
    // What the import of its module takes is not the first task's time.
    if (timeoutMs !== undefined) await worker.ref.with({ timeoutMs: EVER_MS }).ask.load(job.task)
    for (let isBegun = false; first < tasks.length; isBegun = true) {
      const asked = isBegun ? ask.more() : ask.begin({ number, task: job.task, calls: tasks.map(({ args }) => args) })
      const slice = await asked.catch((error: unknown) => oneByOne(parts, error))
      if (slice === undefined) return true
      job.took(tasks.slice(first, first + slice.values.length), slice)
      first += slice.values.length
      if (job.isOver) return true
    }
    return true
  } catch (error) {
    const mark = await crew.dismiss(worker)
    const left = tasks.slice(first)
    if (NOT_BEGUN.includes(codeOf(error))) {
      job.putBack(left, place)
      return false
    }
    const at = culprit({ first, count: left.length, number }, mark)
    const blamed = at === undefined ? undefined : left[at]
    if (blamed === undefined) {
      job.putBack(left.map(alone), place)
      return false
    }
    const again = codeOf(error) !== "ERR_TIMED_OUT" && blamed.deaths < job.retries
    const others = left.filter((task) => task !== blamed)
    job.putBack(again ? [{ ...alone(blamed), deaths: blamed.deaths + 1 }, ...others] : others, place, again ? 1 : 0)
    if (again) return false
    job.fail(
      blamed,
      codeOf(error) === "ERR_TIMED_OUT" && timeoutMs !== undefined
        ? new TaskTimedOutError(job.task.name, blamed.index, timeoutMs)
        : new WorkerDiedError(job.task.name, blamed.index, error),
    )
    return false
  }
}

/** Pure: which of the tasks that are not settled a dead worker was at; undefined when that cannot be told. */
export function culprit(
  left: { readonly first: number; readonly count: number; readonly number: number },
  mark: Mark | undefined,
): number | undefined {
  if (left.count === 1) return 0
  if (mark?.exact !== true || mark.batch !== left.number || mark.offset < left.first) return undefined
  return mark.offset - left.first
}

/**
 * What can be saved of a slice or a batch that cannot be carried as a whole. Returns undefined when nothing was run: its tasks are settled
 * or put back then. @throws the error itself when it is of another kind, and whatever the worker dies of
 */
async function oneByOne({ worker, place, job, number, tasks }: BatchRunParts, error: unknown): Promise<Slice | undefined> {
  if (!UNCARRIABLE.includes(codeOf(error))) throw error
  const { ask } = worker.ref.with({ timeoutMs: 60_000 })
  const facts = await ask.facts(number)
  if (facts === undefined) {
    const [only] = tasks
    if (tasks.length > 1 || only === undefined) job.putBack(tasks.map(alone), place)
    else job.fail(only, new TaskFailedError(job.task.name, only.index, error))
    return undefined
  }
  const values: unknown[] = []
  const errors: Slice["errors"][number][] = []
  for (let at = 0; at < facts.count; at++) {
    try {
      const one = await ask.outcome(at)
      for (const [, reason] of one.errors) errors.push([at, reason])
      values.push(one.values[0])
    } catch (reason) {
      if (!UNCARRIABLE.includes(codeOf(reason))) throw reason
      errors.push([at, encodeError(reason)])
      values.push(undefined)
    }
  }
  return { ...facts, values, errors }
}

function alone(task: QueuedTask): QueuedTask {
  return { ...task, alone: true }
}
