// Reorder — puts what comes in any order back into the order of the input.

export class Reorder<T> {
  readonly #early = new Map<number, T>()
  #next = 0

  /** How many wait for one before them. */
  get waiting(): number {
    return this.#early.size
  }

  /** Takes the result of a place; gives all that are now next in order, which may be none. Each place comes once. */
  put(index: number, value: T): T[] {
    this.#early.set(index, value)
    const ready: T[] = []
    while (this.#early.has(this.#next)) {
      ready.push(this.#early.get(this.#next) as T)
      this.#early.delete(this.#next++)
    }
    return ready
  }
}
