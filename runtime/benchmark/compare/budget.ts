// Budget — the time of a run, shared out among what is still to be measured: who is slow has fewer rounds, and so has what follows.
// B1  A part has its share of the time that is left, in proportion to what was planned for it.
// B2  It has two rounds even if that takes longer: fewer have no spread. Only what would begin too late has none.

const LEAST_ROUNDS = 2

/** The time that one part of a run has. */
export interface Share {
  readonly begunAt: number
  readonly until: number
}

export class Budget {
  readonly #endsAt: number
  readonly #latest: number
  #plannedMs: number

  /**
   * @param plannedMs for everything that will ask for its share
   * @param times when all should have ended, and from when on nothing begins any more
   */
  constructor(plannedMs: number, { endsAt, latest }: { readonly endsAt: number; readonly latest: number }) {
    this.#plannedMs = plannedMs
    this.#endsAt = endsAt
    this.#latest = latest
  }

  /** The share of a part for which so much was planned. */
  share(plannedMs: number, now: number): Share {
    const part = Math.min(1, plannedMs / Math.max(1, this.#plannedMs))
    this.#plannedMs -= plannedMs
    return { begunAt: now, until: now + Math.max(0, this.#endsAt - now) * part }
  }

  isOver(now: number): boolean {
    return now >= this.#latest
  }
}

export interface RoundsDone {
  readonly done: number
  readonly most: number
  /** How many of them do not count. @default 0 */
  readonly warmUps?: number
}

/** Whether there is time for one more round, if it takes as long as those before it. */
export function hasTimeFor({ begunAt, until }: Share, { done, most, warmUps = 0 }: RoundsDone, now: number): boolean {
  if (done >= most + warmUps) return false
  if (done < LEAST_ROUNDS + warmUps) return true
  return now + (now - begunAt) / done <= until
}
