// HaloExchange — what an actor's neighbours tell it, round by round, kept until it is needed.
// Owns what has come and was not taken. Telling the neighbours is the actor's own business.
// H1  A round's halos are given when those of all neighbours are there, in whatever order they came.
// H2  A neighbour may be ahead: what it tells of later rounds waits.
// H3  Each is given once; rounds are taken in ascending order.

import { BadOptionError, CancelledError } from "../errors.js"
import { offAbort, onAbort } from "../time/abort-listeners.js"

/** The edge cells of a neighbour, or whatever else it hands over. */
export interface Halo<T, S extends string = "left" | "right"> {
  /** Which neighbour it comes from, as the one who gets it says. */
  readonly side: S
  /** From 0. */
  readonly round: number
  readonly cells: T
}

export class HaloExchange<T, S extends string = "left" | "right"> {
  readonly #sides: readonly S[]
  readonly #rounds = new Map<number, Map<S, T>>()
  #next = 0
  #waiting: { readonly round: number; readonly give: () => void } | undefined

  /** @param sides - where there is a neighbour; at an end of the whole there is none */
  constructor(sides: readonly S[]) {
    this.#sides = [...new Set(sides)]
  }

  /** Takes in what a neighbour told. @throws {BadOptionError} when it is no neighbour, or has told of that round before */
  put({ side, round, cells }: Halo<T, S>): void {
    if (!this.#sides.includes(side)) throw new BadOptionError("side", `one of ${this.#sides.join(", ")}`, side)
    if (!Number.isSafeInteger(round) || round < this.#next)
      throw new BadOptionError("round", `a round that was not taken, ${String(this.#next)} or later`, round)
    const come = this.#rounds.get(round) ?? new Map<S, T>()
    if (come.has(side)) throw new BadOptionError("round", `one of which ${side} has not told yet`, round)
    this.#rounds.set(round, come.set(side, cells))
    if (this.#waiting?.round === round && this.#isThere(round)) this.#waiting.give()
  }

  /**
   * The halos of a round, by side, once all of them have come. One round is waited for at a time.
   * @throws {CancelledError} by its signal; BadOptionError for a round that was taken
   */
  async take(round: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Readonly<Partial<Record<S, T>>>> {
    if (!Number.isSafeInteger(round) || round < this.#next || this.#waiting !== undefined)
      throw new BadOptionError("round", `a round that was not taken, ${String(this.#next)} or later, one at a time`, round)
    if (!this.#isThere(round)) await this.#come(round, signal)
    const halos = Object.fromEntries(this.#rounds.get(round) ?? []) as Partial<Record<S, T>>
    for (const old of this.#rounds.keys()) if (old <= round) this.#rounds.delete(old)
    this.#next = round + 1
    return halos
  }

  #isThere(round: number): boolean {
    return (this.#rounds.get(round)?.size ?? 0) === this.#sides.length
  }

  #come(round: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (how: () => void): void => {
        this.#waiting = undefined
        offAbort(signal, abort)
        how()
      }
      const abort = (): void => settle(() => reject(new CancelledError(`the halos of round ${String(round)}`, signal?.reason)))
      this.#waiting = { round, give: () => settle(resolve) }
      if (signal?.aborted === true) abort()
      else onAbort(signal, abort)
    })
  }
}
