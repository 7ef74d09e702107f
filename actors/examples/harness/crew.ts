// Crew — some actors of one class, each with something of its own to keep. What needs nothing but its arguments is a task of a pool instead.

import { type Actor, type ActorRef, AnswerError, type AskClient } from "../../../runtime/index.js"
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

  /**
   * Waits for something that the workers do without being asked for it; the signal ends the wait.
   * @throws {AnswerError} ERR_CREW_INCOMPLETE as soon as one of them has ended for good, who would be waited for in vain
   */
  async during<O>(work: (signal: AbortSignal) => Promise<O>): Promise<O> {
    const over = new AbortController()
    const ends = this.refs.map(async (ref): Promise<never> => {
      const reason = await ref.join({ signal: over.signal })
      throw new AnswerError("ERR_CREW_INCOMPLETE", `${ref.name}: it has ended (${reason.type}), and was needed still`, {
        worker: ref.name,
        reason: reason.type,
      })
    })
    try {
      return await Promise.race([work(AbortSignal.any([this.#pace.signal, over.signal])), ...ends])
    } finally {
      over.abort()
    }
  }
}
