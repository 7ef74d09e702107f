// GraphRun — one run of a graph of tasks on a pool.
// Owns what is ready, what is under way and the results that somebody still needs.
// R1  A node begins when all it needs is done, and once only.
// R2  No more are under way than keep the pool busy, so that what is most urgent can still go first.
// R3  After the first failure, or an abort, nothing more is begun.

import { CancelledError, codeOf, GraphFailedError, TroupeError } from "../errors.js"
import { type Progress, ProgressCount } from "../parallel/progress.js"
import { filledIn, type GraphNode, type PlannedNode } from "./graph-node.js"
import type { Pool } from "./pool.js"

export interface GraphRunOptions {
  /** Gives up what has not begun, and rejects. @default none */
  readonly signal?: AbortSignal | undefined
  /** Told how many nodes are done, at most ten times a second, and at the end. @default nobody */
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

interface GraphRunParts {
  readonly pool: Pool
  readonly wanted: readonly GraphNode[]
  readonly options: GraphRunOptions
}

/** Each worker has one task at hand and one on its way. */
const BY_WORKER = 2

export class GraphRun {
  readonly #nodes: readonly PlannedNode[]
  readonly #parts: GraphRunParts
  readonly result: Promise<readonly unknown[]>
  readonly #values = new Map<number, unknown>()
  /** By node: how many it still needs, who needs it, how many of those have not had it, how far it is from the end. */
  readonly #missing: number[]
  readonly #users: number[][]
  readonly #claims: number[]
  readonly #heights: readonly number[]
  readonly #ready: number[] = []
  readonly #progress = new ProgressCount()
  readonly #stop = new AbortController()
  #underWay = 0
  #left: number
  #resolve: (values: readonly unknown[]) => void = () => undefined
  #reject: (error: unknown) => void = () => undefined

  constructor(nodes: readonly PlannedNode[], parts: GraphRunParts) {
    // A later `add` does not change a run.
    this.#nodes = [...nodes]
    this.#parts = parts
    this.#left = nodes.length
    this.#progress.total = nodes.length
    this.#missing = nodes.map(({ needs }) => needs.length)
    this.#users = nodes.map(() => [])
    for (const [at, { needs }] of nodes.entries()) for (const { index } of needs) this.#users[index]?.push(at)
    this.#claims = this.#users.map((users) => users.length)
    for (const { index } of parts.wanted) this.#claims[index] = (this.#claims[index] ?? 0) + 1
    this.#heights = heightsOf(nodes)
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#begin()
  }

  #begin(): void {
    const { signal } = this.#parts.options
    const abort = (): void => this.#fail(new CancelledError("graph of tasks", signal?.reason))
    if (signal?.aborted === true) return abort()
    signal?.addEventListener("abort", abort, { once: true, signal: this.#stop.signal })
    for (const [at, missing] of this.#missing.entries()) if (missing === 0) this.#ready.push(at)
    this.#pump()
  }

  #pump(): void {
    if (this.#left === 0) return this.#end()
    const most = BY_WORKER * Math.max(1, this.#parts.pool.workers.length)
    while (this.#ready.length > 0 && this.#underWay < most && !this.#stop.signal.aborted) {
      this.#underWay++
      void this.#run(this.#mostUrgent())
    }
  }

  /** Takes the ready node that is farthest from the end; of equal ones the earliest. */
  #mostUrgent(): number {
    let best = 0
    for (let i = 1; i < this.#ready.length; i++) {
      const ahead = (this.#heights[this.#ready[i] ?? 0] ?? 0) - (this.#heights[this.#ready[best] ?? 0] ?? 0)
      if (ahead > 0) best = i
    }
    return this.#ready.splice(best, 1)[0] ?? 0
  }

  async #run(at: number): Promise<void> {
    const planned = this.#nodes[at]
    if (planned === undefined) return
    const { node, work, args, needs } = planned
    try {
      const values = filledIn(args, ({ index }) => this.#values.get(index))
      for (const { index } of needs) this.#claimed(index)
      const value: unknown =
        work.type === "call"
          ? await work.call(...(values as never))
          : await this.#parts.pool.apply(work.task, values as never, { signal: this.#stop.signal })
      this.#underWay--
      if (this.#stop.signal.aborted) return
      if ((this.#claims[at] ?? 0) > 0) this.#values.set(at, value)
      this.#done(at)
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#progress.settled("error")
      this.#fail(failureOf(node, error))
    }
  }

  #claimed(index: number): void {
    const left = (this.#claims[index] ?? 0) - 1
    this.#claims[index] = left
    if (left === 0) this.#values.delete(index)
  }

  #done(at: number): void {
    this.#left--
    this.#progress.settled("value")
    this.#tell(false)
    for (const user of this.#users[at] ?? []) {
      const missing = (this.#missing[user] ?? 0) - 1
      this.#missing[user] = missing
      if (missing === 0) this.#ready.push(user)
    }
    this.#pump()
  }

  #tell(isEnd: boolean): void {
    const progress = this.#progress.due(performance.now(), isEnd)
    if (progress === undefined) return
    try {
      this.#parts.options.onProgress?.(progress)
    } catch (error) {
      this.#fail(error)
    }
  }

  #end(): void {
    if (this.#stop.signal.aborted) return
    this.#tell(true)
    this.#stop.abort()
    this.#resolve(this.#parts.wanted.map(({ index }) => this.#values.get(index)))
  }

  #fail(error: unknown): void {
    if (this.#stop.signal.aborted) return
    this.#stop.abort()
    this.#tell(true)
    this.#reject(error)
  }
}

/** What a node failed with: what a task threw matters, not that the pool calls it its task 0. */
function failureOf(node: GraphNode, error: unknown): unknown {
  const code = codeOf(error)
  if (code === "ERR_CANCELLED" || code === "ERR_POOL_CLOSED") return error
  const cause = error instanceof TroupeError && code === "ERR_TASK_FAILED" ? error.cause : error
  return new GraphFailedError(node.name, node.index, cause)
}

/** Pure: for each node, how many nodes the longest way to the end has. */
function heightsOf(nodes: readonly PlannedNode[]): readonly number[] {
  const heights = nodes.map(() => 0)
  for (let at = nodes.length - 1; at >= 0; at--)
    for (const { index } of nodes[at]?.needs ?? []) heights[index] = Math.max(heights[index] ?? 0, (heights[at] ?? 0) + 1)
  return heights
}
