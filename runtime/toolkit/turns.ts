// Turns — work of one thread on the same thing, one after the other.
// Whoever shares a reentrant lock with itself is not kept apart by it: what takes several messages needs this besides.

export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Does the work when what was asked for before is done. */
  async take<R>(key: string, work: () => Promise<R>): Promise<R> {
    const before = this.#last.get(key)
    const mine = before === undefined ? work() : before.then(work)
    const settled = mine.catch(() => undefined)
    this.#last.set(key, settled)
    try {
      return await mine
    } finally {
      if (this.#last.get(key) === settled) this.#last.delete(key)
    }
  }
}
