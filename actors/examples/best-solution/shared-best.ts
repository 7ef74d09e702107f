// SharedBest — the best solution in memory that all workers see, with a lock around it.

import type { Lock, SharedArray } from "../../../runtime/toolkit.js"
import { type Memory, toolkitOf } from "../harness/shared-floats.js"

/** A figure of merit, the place of its file in the list, and its line. Before the first there is none: Infinity. */
export interface Found {
  readonly wR2: number
  readonly at: number
  readonly line: number
}

export class SharedBest {
  readonly #lock: Lock
  readonly #numbers: SharedArray<Float64ArrayConstructor>

  private constructor(lock: Lock, numbers: SharedArray<Float64ArrayConstructor>) {
    this.#lock = lock
    this.#numbers = numbers
  }

  static async open(memory: Memory): Promise<SharedBest> {
    const toolkit = await toolkitOf(memory)
    const lock = await toolkit.lock(`${memory.name}-lock`)
    return new SharedBest(lock, await toolkit.sharedArray(`${memory.name}-best`, Float64Array, { length: 4 }))
  }

  /** Keeps it if it is better: the lower figure, and with equal ones the earlier. */
  async offer({ wR2, at, line }: Found): Promise<void> {
    await using lease = await this.#lock.acquire()
    if (lease.held && isBefore([wR2, at, line], this.#read())) this.#numbers.view.set([1, wR2, at, line])
  }

  async best(waiting: { readonly timeoutMs: number }): Promise<Found> {
    await using lease = await this.#lock.acquire(waiting)
    const [wR2 = Infinity, at = -1, line = 0] = lease.held ? this.#read() : []
    return { wR2, at, line }
  }

  #read(): readonly number[] {
    const [some = 0, ...found] = this.#numbers.view
    return some === 0 ? [Infinity, -1, 0] : found
  }
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, i) => value !== b[i])
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0)
}
