// divideAndConquer — a problem is divided until its parts are small enough to be solved in one go; results are put together on the way
// back up, each as soon as its parts are there. What runs where is a graph of tasks.

import { BadOptionError } from "../errors.js"
import type { GraphNode } from "./graph-node.js"
import type { GraphRunOptions } from "./graph-run.js"
import type { Pool } from "./pool.js"
import type { Task } from "./task.js"
import { TaskGraph } from "./task-graph.js"

export interface DivideAndConquer<P, R> {
  /** How large a problem is, in the unit of the cut-off; in proportion to the time it takes, if it can be. */
  readonly size: (problem: P) => number
  /** Divides a problem into smaller ones. One that it cannot divide it gives back alone, or as none. */
  readonly divide: (problem: P) => readonly P[]
  /** Solves a small problem in one go: a task. */
  readonly solve: Task<[P], R | Promise<R>>
  /**
   * Puts together what came of the parts, in their order. The program runs it: what takes long goes to the pool from there, as a task
   * or, so that the last steps are not one worker's alone, as several.
   */
  readonly combine: (results: readonly R[], problem: P) => R | Promise<R>
  /**
   * The size from which on a problem is divided no further. `automatic`: the largest is divided first, until there are four for each worker.
   * @default "automatic"
   */
  readonly cutOff?: number | "automatic"
}

/** A problem, and what it was divided into; one without parts is solved. */
export interface Division<P> {
  readonly problem: P
  parts: readonly Division<P>[]
}

/** More parts than workers even out what differs between them. */
const PARTS_BY_WORKER = 4

/**
 * Solves a problem on a pool. Errors as of `TaskGraph.run`.
 * @throws {BadOptionError} for a cut-off that is none, or a division that makes nothing smaller
 */
export async function divideAndConquer<P, R>(
  pool: Pool,
  problem: P,
  { plan, ...options }: { readonly plan: DivideAndConquer<P, R> } & GraphRunOptions,
): Promise<R> {
  const graph = new TaskGraph()
  const nodeOf = (division: Division<P>): GraphNode<R> => {
    const { problem: own, parts } = division
    // The types of a graph's arguments cannot be told apart from nodes for any P; both are given as they are.
    if (parts.length === 0) return graph.add(plan.solve as Task<[unknown], R>, [own])
    const combine = plan.combine as (results: readonly unknown[], problem: unknown) => R
    return graph.call(combine, [parts.map(nodeOf), own])
  }
  const root = nodeOf(divided(problem, plan, PARTS_BY_WORKER * Math.max(1, pool.workers.length)))
  const [result] = await graph.run(pool, [root], options)
  return result
}

/** Pure: a problem divided down to its cut-off, or into about so many parts. @throws {BadOptionError} */
export function divided<P>(
  problem: P,
  { size, divide, cutOff = "automatic" }: Pick<DivideAndConquer<P, never>, "size" | "divide" | "cutOff">,
  wanted: number,
): Division<P> {
  if (cutOff !== "automatic" && !(cutOff > 0)) throw new BadOptionError("cutOff", 'a size above 0, or "automatic"', cutOff)
  const root: Division<P> = { problem, parts: [] }
  const open = [root]
  let count = 1
  for (;;) {
    if (cutOff === "automatic" && count >= wanted) return root
    const next = cutOff === "automatic" ? takeLargest(open, size) : open.pop()
    if (next === undefined) return root
    if (cutOff !== "automatic" && size(next.problem) <= cutOff) continue
    const parts = divide(next.problem)
    if (parts.length < 2) continue
    if (parts.some((part) => !(size(part) < size(next.problem))))
      throw new BadOptionError("divide", "parts that are smaller than the whole", parts)
    next.parts = parts.map((part) => ({ problem: part, parts: [] }))
    count += parts.length - 1
    open.push(...next.parts)
  }
}

/** Takes out the largest one; of equal ones the earliest. */
function takeLargest<P>(open: Division<P>[], size: (problem: P) => number): Division<P> | undefined {
  let best = 0
  for (let i = 1; i < open.length; i++)
    if (size((open[i] as Division<P>).problem) > size((open[best] as Division<P>).problem)) best = i
  return open.splice(best, 1)[0]
}
