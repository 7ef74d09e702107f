// PollWindow — how long to look for the next message before going to sleep.
// To look costs processor time, to be woken some 50 microseconds. Looking pays while messages come soon after one another, and
// while nobody else needs the core: a peer that waits for the core we look on answers no sooner for it.
// W1  It decides by what became of the looks before alone: after two in vain it stops.
// W2  It begins again when messages come soon even so; each time that was in vain, it takes twice as many of them.
// W3  A kernel may run both sides on one core while another is free: as they take turns, it sees one at a time that wants to run. So
//     now and then it looks for as long as a kernel takes to see two and to move one. What that costs in vain is bounded by the pauses.

/** How long to look, in milliseconds. */
export const WINDOW_MS = 0.15
/** How long a trial lasts: some ticks of the kernel's scheduler. */
export const TRIAL_MS = 8
/** Between two trials; doubled after each, until looking has paid for long. */
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 32_000
/** Woken within this, a message may have been written within the window: to be woken takes a while itself, more on a busy machine. */
const SOON_MS = 1
const MISSES = 2
const MOST_NEEDED = 256

export class PollWindow {
  #polls = true
  #misses = 0
  #needed = 4
  #soon = 0
  #trialUntil = -Infinity
  #nextTrialAt = -Infinity
  #pauseMs = FIRST_PAUSE_MS

  /** Whether to look at all. */
  get isOpen(): boolean {
    return this.#polls
  }

  /** For how long to look, in milliseconds, after what came at that time. */
  msAt(now: number): number {
    if (!this.#polls) return 0
    return now < this.#trialUntil ? TRIAL_MS : WINDOW_MS
  }

  /** A message came while it looked. */
  hit(): void {
    if (!this.#polls) return
    this.#misses = 0
    this.#needed = Math.max(1, this.#needed - 1)
    if (this.#needed === 1) this.#pauseMs = FIRST_PAUSE_MS
  }

  /** It looked in vain, and sleeps. */
  missed(): void {
    if (!this.#polls || ++this.#misses < MISSES) return
    this.#polls = false
    this.#misses = this.#soon = 0
    this.#needed = Math.min(MOST_NEEDED, 2 * this.#needed)
    this.#trialUntil = -Infinity
  }

  /** It was woken now by a message, so long after the last. */
  woken(gapMs: number, now: number): void {
    if (this.#polls) return
    this.#soon = gapMs <= SOON_MS ? this.#soon + 1 : 0
    if (this.#soon < this.#needed) return
    this.#polls = true
    if (now < this.#nextTrialAt) return
    this.#trialUntil = now + TRIAL_MS
    this.#nextTrialAt = now + this.#pauseMs
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * this.#pauseMs)
  }
}
