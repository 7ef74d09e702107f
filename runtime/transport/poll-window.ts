// PollWindow — how long to look for the next message before going to sleep.
// To look costs processor time, to be woken some 50 microseconds. Looking pays while messages come soon after one another, and
// while nobody else needs the core: a peer that waits for the core we look on answers no sooner for it.
// W1  It decides by what became of the looks before alone: after two in vain it stops.
// W2  It begins again when messages come soon even so; each time that was in vain, it takes twice as many of them.

/** How long to look, in milliseconds. */
export const WINDOW_MS = 0.15
/** Woken within this, a message may have been written within the window: to be woken takes a while itself, more on a busy machine. */
const SOON_MS = 1
const MISSES = 2
const MOST_NEEDED = 256

export class PollWindow {
  #polls = true
  #misses = 0
  #needed = 4
  #soon = 0

  /** For how long to look now, in milliseconds. */
  get ms(): number {
    return this.#polls ? WINDOW_MS : 0
  }

  /** A message came while it looked. */
  hit(): void {
    if (!this.#polls) return
    this.#misses = 0
    this.#needed = Math.max(1, this.#needed - 1)
  }

  /** It looked in vain, and sleeps. */
  missed(): void {
    if (!this.#polls || ++this.#misses < MISSES) return
    this.#polls = false
    this.#misses = this.#soon = 0
    this.#needed = Math.min(MOST_NEEDED, 2 * this.#needed)
  }

  /** It was woken by a message, so long after the last. */
  woken(gapMs: number): void {
    if (this.#polls) return
    this.#soon = gapMs <= SOON_MS ? this.#soon + 1 : 0
    if (this.#soon >= this.#needed) this.#polls = true
  }
}
