// ProgressBar — how far long work is, in one line on stderr while somebody watches. The cursor stays visible and the line is wiped away,
// so that there is nothing to restore, however the program ends.

import type { Terminal } from "./terminal.js"

const CELLS = 30
/** Redrawn no more often than this. */
const FRAME_MS = 80

export class ProgressBar {
  readonly #terminal: Terminal
  readonly #name: string
  #drawnAt = -Infinity
  #phase = ""
  #isWiped = false

  constructor(terminal: Terminal, name: string) {
    this.#terminal = terminal
    this.#name = name
  }

  /** `fraction` is from 0 to 1. */
  show(phase: string, fraction: number): void {
    // What still ends may tell of its progress.
    if (this.#isWiped) return
    const now = performance.now()
    if (phase === this.#phase && now - this.#drawnAt < FRAME_MS) return
    this.#drawnAt = now
    this.#phase = phase
    const done = Math.min(1, Math.max(0, fraction))
    const full = Math.round(done * CELLS)
    const bar = "█".repeat(full) + "░".repeat(CELLS - full)
    this.#terminal.redraw(`${this.#name} ${phase} ${bar} ${String(Math.floor(done * 100))} %`)
  }

  wipe(): void {
    this.#isWiped = true
    if (this.#phase !== "") this.#terminal.redraw("")
  }
}
