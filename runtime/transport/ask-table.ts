// AskTable — what is kept of each ask under way, by its number. Numbers ascend, and most asks end soon after they began.
// Not a Map: one whose entries come and go makes table after table, and each of them, once it is old, keeps the next alive with all that
// was in it. A quarter of an asking thread's time went into collecting that.
// T1  An ask stands in the place of its number, or among the elders once a younger one has needed that place.
// T2  What has left is held nowhere.

const FIRST_PLACES = 64
/** Beyond this many places, those that are many and last go to the elders. */
const MOST_PLACES = 16_384

export interface Numbered {
  readonly id: number
}

export class AskTable<T extends Numbered> {
  #places: (T | undefined)[] = new Array<T | undefined>(FIRST_PLACES).fill(undefined)
  readonly #elders = new Map<number, T>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** All there are now, in the order of their numbers. */
  get all(): readonly T[] {
    const young = this.#places.filter((one) => one !== undefined)
    return [...this.#elders.values(), ...young].sort((a, b) => a.id - b.id)
  }

  /** Adds one whose number is not in it. */
  add(one: T): void {
    this.#size++
    const at = one.id & (this.#places.length - 1)
    const elder = this.#places[at]
    if (elder !== undefined) return this.#displace(elder, one)
    this.#places[at] = one
  }

  get(id: number): T | undefined {
    const one = this.#places[id & (this.#places.length - 1)]
    if (one?.id === id) return one
    return this.#elders.size === 0 ? undefined : this.#elders.get(id)
  }

  /** Takes one out; undefined when it is not there. */
  take(id: number): T | undefined {
    const at = id & (this.#places.length - 1)
    const one = this.#places[at]
    if (one?.id === id) {
      this.#places[at] = undefined
      this.#size--
      return one
    }
    if (this.#elders.size === 0) return undefined
    const elder = this.#elders.get(id)
    if (elder === undefined) return undefined
    this.#elders.delete(id)
    this.#size--
    return elder
  }

  #displace(elder: T, one: T): void {
    const { length } = this.#places
    if (this.#size > length / 2 && length < MOST_PLACES) {
      const young = this.#places
      this.#places = new Array<T | undefined>(2 * length).fill(undefined)
      for (const each of young) if (each !== undefined) this.#places[each.id & (2 * length - 1)] = each
      this.#size--
      return this.add(one)
    }
    this.#elders.set(elder.id, elder)
    this.#places[one.id & (length - 1)] = one
  }
}
