// GraphNode — a place in a graph of tasks, and what stands there.

import type { Task } from "./task.js"

/** The future result of a task of a graph; given among the arguments of a later one, it stands for that result. */
export class GraphNode<T = unknown> {
  /** Its place in the graph, from 0. */
  readonly index: number
  /** What it is called in errors. */
  readonly name: string
  /** Says of which type the result is; it holds nothing. */
  declare readonly resultType: T

  /** @internal */
  constructor(index: number, name: string) {
    this.index = index
    this.name = name
  }
}

/** How a node is run: by a worker of the pool, or by the program. */
export type NodeWork =
  { readonly type: "task"; readonly task: Task } | { readonly type: "call"; readonly call: (...args: never) => unknown }

/** @internal */
export interface PlannedNode {
  readonly node: GraphNode
  readonly work: NodeWork
  readonly args: readonly unknown[]
  /** The nodes it needs, each once. */
  readonly needs: readonly GraphNode[]
}

/** Pure: the arguments of a node, with results in the places of nodes. */
export function filledIn(args: readonly unknown[], resultOf: (node: GraphNode) => unknown): unknown[] {
  const fill = (value: unknown): unknown => (value instanceof GraphNode ? resultOf(value as GraphNode) : value)
  return args.map((arg) => (Array.isArray(arg) && arg.some((one) => one instanceof GraphNode) ? arg.map(fill) : fill(arg)))
}
