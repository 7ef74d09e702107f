// Tasks of a pool.

import { shown, TroupeError } from "./troupe-error.js"

/** A task threw, or its arguments or its result cannot be encoded; the cause says which. */
export class TaskFailedError extends TroupeError {
  readonly code = "ERR_TASK_FAILED"
  constructor(task: string, index: number, cause: unknown) {
    super(
      `${task}: task ${String(index)} failed: ${cause instanceof Error ? cause.message : shown(cause)}`,
      { task, index },
      cause,
    )
  }
}

/** A task took longer than it may; its worker was killed. */
export class TaskTimedOutError extends TroupeError {
  readonly code = "ERR_TASK_TIMED_OUT"
  constructor(task: string, index: number, timeoutMs: number) {
    super(`${task}: task ${String(index)} took longer than ${String(timeoutMs)} ms; its worker was ended and replaced`, {
      task,
      index,
      timeoutMs,
    })
  }
}

/** A worker died in the middle of a task, or several died, one after the other, as they took its arguments in. */
export class WorkerDiedError extends TroupeError {
  readonly code = "ERR_POOL_WORKER_DIED"
  /** `when`: in the midst of it, or before they began with it, so many of them. */
  constructor(task: string, index: number, { when, cause }: { readonly when: "midst" | number; readonly cause: unknown }) {
    const why = cause instanceof Error ? cause.message : shown(cause)
    const which = `task ${String(index)}`
    super(
      when === "midst"
        ? `${task}: the worker died in the middle of ${which}: ${why}; "retries" has such tasks run again`
        : `${task}: ${String(when)} workers died, one after the other, before they began with ${which}: ${why}; see whether its arguments are more than a worker has memory for ("memoryMb")`,
      { task, index },
      cause,
    )
  }
}

/** An item failed in a stage of a pipeline; the cause says why. */
export class StageFailedError extends TroupeError {
  readonly code = "ERR_STAGE_FAILED"
  constructor(stage: string, index: number, cause: unknown) {
    const why = cause instanceof Error ? cause.message : shown(cause)
    super(`stage ${stage}: item ${String(index)} failed: ${why}`, { stage, index }, cause)
  }
}

/** A task of a graph failed; the cause says why. What depends on it was not run. */
export class GraphFailedError extends TroupeError {
  readonly code = "ERR_GRAPH_FAILED"
  constructor(name: string, node: number, cause: unknown) {
    const why = cause instanceof Error ? cause.message : shown(cause)
    super(`${name}: node ${String(node)} of the graph failed: ${why}`, { name, node }, cause)
  }
}

/** What was given to a pool is no task that its workers could find. */
export class BadTaskError extends TroupeError {
  readonly code = "ERR_BAD_TASK"
  constructor(task: string, why: string, cause?: unknown) {
    super(`${task}: ${why}`, { task }, cause)
  }
}

/** The pool takes no tasks any more, and those it had are given up. */
export class PoolClosedError extends TroupeError {
  readonly code = "ERR_POOL_CLOSED"
  constructor(why: string, cause?: unknown) {
    super(`the pool is closed: ${why}; start another with Pool.start()`, { why }, cause)
  }
}
