// TaskGraph — tasks of which some need the results of others: a plan that a pool runs, as often as wanted.
// Owns the nodes and what each needs. Which of them is run when is graph-run's business.
// N1  A node is added after all that it needs, so that no circle can be made.

import { BadOptionError } from "../errors.js"
import { GraphNode, type NodeWork, type PlannedNode } from "./graph-node.js"
import { GraphRun, type GraphRunOptions } from "./graph-run.js"
import type { Pool } from "./pool.js"
import { addressOf, type Task } from "./task.js"

/** A value, or the node whose result it will be; a list may hold nodes too. */
export type NodeOr<T> = T | GraphNode<T> | (T extends readonly (infer E)[] ? readonly (E | GraphNode<E>)[] : never)

/** Arguments, any of which may be nodes. */
export type NodesOr<A extends readonly unknown[]> = { readonly [K in keyof A]: NodeOr<A[K]> }

/** The results of some nodes. */
export type ResultsOf<N extends readonly GraphNode[]> = {
  -readonly [K in keyof N]: N[K] extends GraphNode<infer T> ? T : never
}

export interface NodeOptions {
  /** What must be done before although its results are not needed. @default nothing */
  readonly after?: readonly GraphNode[]
  /** What it is called in errors. @default the name of the function */
  readonly name?: string
}

export class TaskGraph {
  readonly #planned: PlannedNode[] = []

  /** How many nodes there are. */
  get size(): number {
    return this.#planned.length
  }

  /**
   * Adds a task. Nodes among the arguments, or in a list that is one, stand for their results, and are run before.
   * @throws {BadTaskError} when it is no task; BadOptionError for a node of another graph
   */
  add<A extends readonly unknown[], O>(
    task: Task<A, O>,
    args: NoInfer<NodesOr<A>>,
    options: NodeOptions = {},
  ): GraphNode<Awaited<O>> {
    const { name } = addressOf(task)
    return this.#plan({ type: "task", task: task as unknown as Task }, args, { name, ...options })
  }

  /** Adds a function that the program runs itself, on its own event loop: for what takes less time than a message. It may be async. */
  call<A extends readonly unknown[], O>(
    call: (...args: A) => O,
    args: NoInfer<NodesOr<A>>,
    options: NodeOptions = {},
  ): GraphNode<Awaited<O>> {
    if (typeof (call as unknown) !== "function") throw new BadOptionError("call", "a function", call)
    return this.#plan({ type: "call", call }, args, { name: call.name === "" ? "a function" : call.name, ...options })
  }

  /**
   * Runs every node once, each as soon as what it needs is done; of those that could begin, the one with the longest way to the end first.
   * Gives the results of the nodes that are `wanted`; others are let go when nobody needs them any more.
   * @throws {GraphFailedError} with the first node that failed; what has not begun is given up. CancelledError, PoolClosedError,
   * and BadOptionError for a node of another graph
   */
  async run<const N extends readonly GraphNode[]>(pool: Pool, wanted: N, options: GraphRunOptions = {}): Promise<ResultsOf<N>> {
    for (const node of wanted) this.#check(node, "wanted")
    return (await new GraphRun(this.#planned, { pool, wanted, options }).result) as ResultsOf<N>
  }

  #plan<O>(work: NodeWork, args: readonly unknown[], { after = [], name = "" }: NodeOptions): GraphNode<Awaited<O>> {
    if (!Array.isArray(args)) throw new BadOptionError("arguments", "a list", args)
    const inArgs = args.flatMap((arg: unknown) => (Array.isArray(arg) ? (arg as unknown[]) : [arg]))
    const needs = new Set([...inArgs.filter((arg) => arg instanceof GraphNode), ...after])
    for (const need of needs) this.#check(need, "node")
    const node = new GraphNode<Awaited<O>>(this.#planned.length, name)
    this.#planned.push({ node, work, args, needs: [...needs] })
    return node
  }

  #check(node: GraphNode, what: string): void {
    if (!((node as unknown) instanceof GraphNode) || this.#planned[node.index]?.node !== node)
      throw new BadOptionError(what, "a node that was added to this graph before", node)
  }
}
