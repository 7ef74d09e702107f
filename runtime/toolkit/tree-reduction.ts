// treeReduce, prefixScan — one result of many items, or one for each that depends on all before it, in a number of rounds that grows
// with the logarithm of the items. The operation has to be associative, and needs nothing else: neighbours alone are combined, in order.
// Source: G. E. Blelloch, "Prefix sums and their applications" (1990).

import { BadOptionError } from "../errors.js"
import type { GraphNode } from "./graph-node.js"
import type { GraphRunOptions } from "./graph-run.js"
import type { Pool } from "./pool.js"
import { isTask, type Task } from "./task.js"
import { TaskGraph } from "./task-graph.js"

/** Puts two results together: a task, or a function that the program runs, for what is quicker than a message. */
export type Combine<T> = (left: T, right: T) => T | Promise<T>

export interface TreeReduction<I, T> {
  /** What is made of each item: a task. */
  readonly each: Task<[I], T | Promise<T>>
  readonly combine: Combine<T>
}

export interface PrefixScan<I, T, R> extends TreeReduction<I, T> {
  /** What is made of an item and of what came before it, which is undefined for the first: a task. */
  readonly scan: Task<[item: I, before: T | undefined], R | Promise<R>>
}

/**
 * One result of all items: `each` of every one, put together in pairs of neighbours, and those in pairs again. Errors as of `TaskGraph.run`.
 * @throws {BadOptionError} when there are no items
 */
export async function treeReduce<I, T>(
  pool: Pool,
  items: readonly I[],
  { how, ...options }: { readonly how: TreeReduction<I, T> } & GraphRunOptions,
): Promise<T> {
  const graph = new TaskGraph()
  let level = totalsOf(graph, items, how)
  while (level.length > 1) level = pairsOf(graph, level, how.combine)
  const [root] = level
  if (root === undefined) throw new BadOptionError("items", "one or more", items)
  const [result] = await graph.run(pool, [root], options)
  return result
}

/**
 * For each item a result that depends on all items before it: totals are made of all, put together up and down a tree, and each
 * item is gone through once more with what came before. Results are in the order of the items. Errors as of `TaskGraph.run`.
 */
export async function prefixScan<I, T, R>(
  pool: Pool,
  items: readonly I[],
  { how, ...options }: { readonly how: PrefixScan<I, T, R> } & GraphRunOptions,
): Promise<R[]> {
  const graph = new TaskGraph()
  // Nothing comes after the last one, so its total is not asked for.
  const befores =
    items.length === 0 ? [] : [undefined, ...runningOf(graph, totalsOf(graph, items.slice(0, -1), how), how.combine)]
  const scan = how.scan as Task<[unknown, unknown], R>
  const nodes = items.map((item, at) => graph.add(scan, [item, befores[at]]) as GraphNode<R>)
  return graph.run(pool, nodes, options)
}

function totalsOf<I, T>(graph: TaskGraph, items: readonly I[], { each }: TreeReduction<I, T>): GraphNode<T>[] {
  return items.map((item) => graph.add(each as Task<[unknown], T>, [item]) as GraphNode<T>)
}

/** Puts neighbours together two by two; one that is left over goes on as it is. */
function pairsOf<T>(graph: TaskGraph, nodes: readonly GraphNode<T>[], combine: Combine<T>): GraphNode<T>[] {
  return nodes.flatMap((left, at) => {
    if (at % 2 === 1) return []
    const right = nodes[at + 1]
    return [right === undefined ? left : combined(graph, combine, [left, right])]
  })
}

/** For each node all up to and with it. */
function runningOf<T>(graph: TaskGraph, nodes: readonly GraphNode<T>[], combine: Combine<T>): GraphNode<T>[] {
  if (nodes.length < 2) return [...nodes]
  const pairs = runningOf(graph, pairsOf(graph, nodes, combine), combine)
  return nodes.map((own, at) => {
    const before = pairs[at % 2 === 1 ? (at - 1) / 2 : at / 2 - 1]
    if (before === undefined || at % 2 === 1) return before ?? own
    return combined(graph, combine, [before, own])
  })
}

function combined<T>(graph: TaskGraph, combine: Combine<T>, [left, right]: readonly [GraphNode<T>, GraphNode<T>]): GraphNode<T> {
  // Whatever T is, the values are given on as they are.
  const run = combine as (left: unknown, right: unknown) => T
  const node: GraphNode = isTask(run)
    ? graph.add<[unknown, unknown], unknown>(run, [left, right])
    : graph.call(run, [left, right])
  return node as GraphNode<T>
}
