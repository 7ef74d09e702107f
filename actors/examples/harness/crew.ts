// Crew — some actors of one class that share a piece of work: the one place where examples hand out chunks.
// Owns who gets which chunk, and when. The program owns the actors' lives.
// G1  Answers come back in the order of the inputs, whoever gave them and whenever.
// G2  After the first failure no further chunk is handed out; the failure is what `map` rejects with.

import type { Actor, ActorRef, AskClient } from "../../../runtime/index.js"
import type { Schedule } from "./example.js"
import type { Pace } from "./pace.js"

/** A chunk may take as long as it takes; who runs the example ends it by Ctrl-C. */
const A_DAY_MS = 86_400_000

export interface MapOptions {
  /** @default "dynamic" */
  readonly schedule?: Schedule
  /** Which part of the whole run this is, for the progress. @default [0, 1] */
  readonly span?: readonly [from: number, to: number]
}

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

  /** Has each input handled by one of the workers. */
  async map<I, O>(
    inputs: readonly I[],
    call: (ask: AskClient<A>, input: I) => Promise<O>,
    options: MapOptions = {},
  ): Promise<O[]> {
    const { schedule = "dynamic", span = [0, 1] } = options
    const answers = new Array<O>(inputs.length)
    const next = schedule === "static" ? blocks(inputs.length, this.size) : queue(inputs.length)
    let done = 0
    let failed = false
    await this.each(async (ask, rank) => {
      for (let at = next(rank); at !== undefined && !failed; at = next(rank)) {
        try {
          answers[at] = await call(ask, inputs[at] as I)
        } catch (error) {
          failed = true
          throw error
        }
        done++
        await this.#pace.at(span[0] + ((span[1] - span[0]) * done) / inputs.length)
      }
    })
    return answers
  }
}

/** The bounds of `parts` nearly equal parts of a length: part i is from bounds[i] to bounds[i + 1]. */
export function bounds(length: number, parts: number): readonly number[] {
  return Array.from({ length: parts + 1 }, (_, part) => Math.floor((length * part) / parts))
}

/** The same as pairs. */
export function ranges(length: number, parts: number): readonly (readonly [from: number, to: number])[] {
  const all = bounds(length, parts)
  return all.slice(1).map((to, part) => [all[part] ?? 0, to] as const)
}

type Next = (rank: number) => number | undefined

/** Everybody takes the next one. */
function queue(length: number): Next {
  let next = 0
  return () => (next < length ? next++ : undefined)
}

/** Everybody has a block of neighbours. */
function blocks(length: number, parts: number): Next {
  const mine = ranges(length, parts).map(([from, to]) => ({ at: from, to }))
  return (rank) => {
    const block = mine[rank]
    return block !== undefined && block.at < block.to ? block.at++ : undefined
  }
}
