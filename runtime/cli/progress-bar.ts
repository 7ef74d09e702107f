// ProgressBar — how far long work is, in one line on stderr while somebody watches. The cursor stays visible and the line is wiped away,
// so that there is nothing to restore, however the program ends.

import type { Terminal } from "./terminal.js"

const MOST_CELLS = 30
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
    const [before, after] = [`${this.#name} ${phase} `, ` ${String(Math.floor(done * 100))} %`]
    // A bar that is cut off would look full. Where there is no room for one, its figure has to do.
    const cells = Math.max(0, Math.min(MOST_CELLS, this.#terminal.room - before.length - " 100 %".length))
    const full = Math.round(done * cells)
    this.#terminal.redraw(before + "█".repeat(full) + "░".repeat(cells - full) + after)
  }

  wipe(): void {
    this.#isWiped = true
    if (this.#phase !== "") this.#terminal.redraw("")
  }
}
