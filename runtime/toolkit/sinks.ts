// Where the outcomes of a job go: into a list, or to whoever takes them one after the other.

import { Reorder } from "../parallel/reorder.js"
import type { Sink } from "./job.js"

type Outcome = { readonly type: "value"; readonly value: unknown } | { readonly type: "error"; readonly error: Error }

/** Gathers all values in the order of the input; the first error gives the job up. */
export class ListSink<O> implements Sink {
  readonly #values: O[] = []
  #resolve: (values: O[]) => void = () => undefined
  #reject: (error: Error) => void = () => undefined
  /** Set by whoever makes the job: gives it up. */
  stop: (error: Error) => void = () => undefined
  readonly result: Promise<O[]>

  constructor() {
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  fulfilled(index: number, value: unknown): void {
    set(this.#values, index, value as O)
  }

  rejected(_: number, error: Error): void {
    this.stop(error)
  }

  ended(error: Error | undefined): void {
    if (error === undefined) this.#resolve(this.#values)
    else this.#reject(error)
  }
}

/** Gathers what came of each, error or value, in the order of the input. */
export class SettledSink<O> implements Sink {
  readonly #results: PromiseSettledResult<O>[] = []
  readonly result: Promise<PromiseSettledResult<O>[]>
  #resolve: (results: PromiseSettledResult<O>[]) => void = () => undefined
  #reject: (error: Error) => void = () => undefined

  constructor() {
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  fulfilled(index: number, value: unknown): void {
    set<PromiseSettledResult<O>>(this.#results, index, { status: "fulfilled", value: value as O })
  }

  rejected(index: number, reason: Error): void {
    set<PromiseSettledResult<O>>(this.#results, index, { status: "rejected", reason })
  }

  ended(error: Error | undefined): void {
    if (error === undefined) this.#resolve(this.#results)
    else this.#reject(error)
  }
}

/** Without a gap: a list with a large one is no list to V8 any more, but a table, and slow. */
function set<T>(list: (T | undefined)[], index: number, value: T): void {
  while (list.length < index) list.push(undefined)
  list[index] = value
}

interface Taker<O> {
  readonly resolve: (next: IteratorResult<O, undefined>) => void
  readonly reject: (error: Error) => void
}

/**
 * Results as they come, one at a time. A task that failed rejects its `next()` and the iterator goes on, as in Python; `for await` ends there,
 * and what has not begun is given up then.
 */
export class PoolResults<O> implements Sink, AsyncIterableIterator<O, undefined> {
  readonly #order: Reorder<Outcome> | undefined
  readonly #ready: Outcome[] = []
  readonly #takers: Taker<O>[] = []
  #end: { readonly error: Error | undefined } | undefined
  /** Set by whoever makes the job. */
  onTaken: () => void = () => undefined
  stop: () => void = () => undefined

  constructor(order: "input" | "finish") {
    this.#order = order === "input" ? new Reorder() : undefined
  }

  fulfilled(index: number, value: unknown): void {
    this.#settled(index, { type: "value", value })
  }

  rejected(index: number, error: Error): void {
    this.#settled(index, { type: "error", error })
  }

  #settled(index: number, outcome: Outcome): void {
    for (const one of this.#order?.put(index, outcome) ?? [outcome]) {
      const taker = this.#takers.shift()
      if (taker === undefined) this.#ready.push(one)
      else this.#give(one, taker)
    }
  }

  ended(error: Error | undefined): void {
    this.#end = { error }
    for (const taker of this.#takers.splice(0)) this.#finish(taker)
  }

  next(): Promise<IteratorResult<O, undefined>> {
    return new Promise((resolve, reject) => {
      const taker = { resolve, reject }
      const one = this.#ready.shift()
      if (one !== undefined) this.#give(one, taker)
      else if (this.#end === undefined) this.#takers.push(taker)
      else this.#finish(taker)
    })
  }

  return(): Promise<IteratorResult<O, undefined>> {
    this.#ready.length = 0
    this.stop()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #give(outcome: Outcome, taker: Taker<O>): void {
    this.onTaken()
    if (outcome.type === "error") taker.reject(outcome.error)
    else taker.resolve({ done: false, value: outcome.value as O })
  }

  #finish({ resolve, reject }: Taker<O>): void {
    const error = this.#end?.error
    // It is told once.
    this.#end = { error: undefined }
    if (error === undefined) resolve({ done: true, value: undefined })
    else reject(error)
  }
}
