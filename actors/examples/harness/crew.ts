// Crew — some actors of one class, each with something of its own to keep. What needs nothing but its arguments is a task of a pool instead.

import type { Actor, ActorRef, AskClient } from "../../../runtime/index.js"
import type { Pace } from "./pace.js"

/** A piece of work may take as long as it takes; who runs the example ends it by Ctrl-C. */
const A_DAY_MS = 86_400_000

export class Crew<A extends Actor> {
  readonly refs: readonly ActorRef<A>[]
  readonly #pace: Pace

  constructor(refs: readonly ActorRef<A>[], pace: Pace) {
    this.refs = refs
    this.#pace = pace
  }

  get size(): number {
    return this.refs.length
  }

  /** Has every worker do one thing, all at once. The answers stand in the order of the workers. */
  each<O>(call: (ask: AskClient<A>, rank: number) => Promise<O>): Promise<O[]> {
    const { signal } = this.#pace
    return Promise.all(this.refs.map((ref, rank) => call(ref.with({ timeoutMs: A_DAY_MS, signal }).ask, rank)))
  }
}
