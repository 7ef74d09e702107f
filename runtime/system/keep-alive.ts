// KeepAlive — what keeps a program from ending by itself (promise P9, after Python's threads and their `daemon`).
// Owns one handle of the event loop. What the runtime itself has open (the bus, threads, timers) is let go of, so that only what is
// held here counts: actors that are no daemons, what somebody waits for, and what the program listens to.

/** Node.js waits no longer than this in one go. */
const LONGEST_MS = 0x7fff_ffff

export class KeepAlive {
  #holds = 0
  #handle: NodeJS.Timeout | undefined

  /** Keeps the program alive until `release` was called as often as this. */
  retain(): void {
    this.#holds++
    this.#handle ??= setInterval(() => undefined, LONGEST_MS)
  }

  release(): void {
    if (--this.#holds > 0) return
    clearInterval(this.#handle)
    this.#handle = undefined
  }

  /** Keeps the program alive until the function that it gives is called, once or again. */
  hold(): () => void {
    this.retain()
    let held = true
    return () => {
      if (!held) return
      held = false
      this.release()
    }
  }

  /** Keeps it alive until that is settled. */
  async during<T>(work: Promise<T>): Promise<T> {
    const release = this.hold()
    try {
      return await work
    } finally {
      release()
    }
  }
}
