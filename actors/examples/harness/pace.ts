// Pace — what a long computation on the program's own event loop owes to everybody else: it says how far it is, lets the loop turn now
// and then, and ends when nobody wants it any more.

import { setImmediate as turn } from "node:timers/promises"
import { AnswerError } from "../../../runtime/index.js"
import type { GraphRunOptions } from "../../../runtime/toolkit.js"

/** Longer than this the loop is not held; Ctrl-C waits that long at most, or for one piece of work. */
const BREATH_MS = 30

export interface PaceOptions {
  /** @default none */
  readonly signal?: AbortSignal | undefined
  /** Told how far it is, from 0 to 1. @default nobody */
  readonly onProgress?: ((fraction: number) => void) | undefined
}

export class Pace {
  readonly signal: AbortSignal
  readonly #onProgress: (fraction: number) => void
  #lastBreath = performance.now()

  constructor({ signal, onProgress }: PaceOptions = {}) {
    this.signal = signal ?? new AbortController().signal
    this.#onProgress = onProgress ?? (() => undefined)
  }

  /** Says how far it is, from 0 to 1. */
  told(fraction: number): void {
    this.#onProgress(fraction)
  }

  /** The same for a graph of tasks. */
  get ofGraph(): GraphRunOptions {
    return {
      signal: this.signal,
      onProgress: ({ done, total = 1 }) => this.told(done / total),
    }
  }

  /** Called between two pieces of work. @throws {AnswerError} ERR_CANCELLED */
  async at(fraction: number): Promise<void> {
    const now = performance.now()
    if (now - this.#lastBreath < BREATH_MS) return
    this.#onProgress(fraction)
    await turn()
    this.#lastBreath = performance.now()
    if (this.signal.aborted) throw new AnswerError("ERR_CANCELLED", "the run was interrupted")
  }
}
