// Progress — how far a run has come, and how long it will still take. Counts planned milliseconds; time is an argument.

export class Progress {
  readonly #plannedMs: number
  readonly #mostMs: number
  readonly #startedAt: number
  readonly #show: (line: string) => void
  #doneMs = 0

  /** @param plan what would be done, and in which time it is to be done: where that is less, some of it is left out */
  constructor(plan: { readonly plannedMs: number; readonly mostMs: number }, startedAt: number, show: (line: string) => void) {
    this.#plannedMs = plan.plannedMs
    this.#mostMs = plan.mostMs
    this.#startedAt = startedAt
    this.#show = show
  }

  get doneMs(): number {
    return this.#doneMs
  }

  /** Planned work of so many milliseconds is done, or will not be. */
  done(ms: number): void {
    this.#doneMs += ms
  }

  /** All that was planned is done, or will not be. */
  end(): void {
    this.#doneMs = this.#plannedMs
  }

  /** Says what is being done now. */
  say(what: string, now: number): void {
    const share = Math.min(1, this.#doneMs / this.#plannedMs)
    this.#show(`${bar(share)} ${String(Math.floor(share * 100)).padStart(3)} %  ${this.#left(share, now)}  ${what}`)
  }

  #left(share: number, now: number): string {
    // At first the plan is the better guess, later what the work has taken so far.
    const elapsed = now - this.#startedAt
    const byPlan = Math.min(this.#plannedMs, this.#mostMs) * (1 - share)
    const byPace = share === 0 ? byPlan : (elapsed / share) * (1 - share)
    const seconds = Math.ceil((byPlan * (1 - share) + byPace * share) / 1000)
    return seconds >= 60
      ? `${String(Math.floor(seconds / 60))}m ${String(seconds % 60).padStart(2, "0")}s left`
      : `${String(seconds)}s left`
  }
}

const WIDTH = 24

function bar(share: number): string {
  const full = Math.round(share * WIDTH)
  return `${"█".repeat(full)}${"░".repeat(WIDTH - full)}`
}
