// Chance that can be replayed: the same seed, the same choices.

export class Chance {
  readonly seed: number
  #state: number

  constructor(seed = Math.floor(Math.random() * 2 ** 32)) {
    this.seed = seed >>> 0
    this.#state = this.seed
  }

  /** The seed that TROUPE_TEST_SEED names, for replaying; any other without it. */
  static fromEnvironment(): Chance {
    const named = process.env["TROUPE_TEST_SEED"]
    return named === undefined ? new Chance() : new Chance(Number(named))
  }

  /** From 0 to below 1. Source: Tommy Ettinger's mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** One of several. */
  of<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.next() * choices.length)]
    if (choice === undefined) throw new Error("nothing to choose from")
    return choice
  }
}
