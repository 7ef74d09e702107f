// SetMap — several values under each key; a key without values is not kept.

export class SetMap<K, V> {
  readonly #sets = new Map<K, Set<V>>()

  get(key: K): ReadonlySet<V> | undefined {
    return this.#sets.get(key)
  }

  keys(): IterableIterator<K> {
    return this.#sets.keys()
  }

  /** Returns whether it is the first value of its key. */
  add(key: K, value: V): boolean {
    const set = this.#sets.get(key)
    if (set === undefined) this.#sets.set(key, new Set([value]))
    else set.add(value)
    return set === undefined
  }

  /** Returns whether it was there. */
  delete(key: K, value: V): boolean {
    const set = this.#sets.get(key)
    const was = set?.delete(value) === true
    if (was && set.size === 0) this.#sets.delete(key)
    return was
  }

  /** Takes a key out with all its values. */
  take(key: K): ReadonlySet<V> {
    const set = this.#sets.get(key)
    this.#sets.delete(key)
    return set ?? new Set()
  }
}
