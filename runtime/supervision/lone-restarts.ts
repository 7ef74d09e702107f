// LoneRestarts — each child is started again on its own: one-for-one and dynamic (promises S3, S6, S7).
// Owns the waits before restarts. A restart that fails counts like a crash.

import { LongTimer } from "../time/long-timer.js"
import type { Child } from "./child.js"
import type { RestartStrategy, StrategyGroup } from "./restart-strategy.js"

export class LoneRestarts implements RestartStrategy {
  readonly #group: StrategyGroup
  readonly #waits = new Map<Child, LongTimer>()
  readonly #requested = new Map<Child, Promise<void>>()
  #closed = false

  constructor(group: StrategyGroup) {
    this.#group = group
  }

  failed(child: Child): void {
    if (this.#closed) return
    if (!this.#group.admit(child)) return this.#group.exhausted(child)
    const wait = child.pacing.failed(performance.now(), Math.random())
    if (wait === 0) return void this.#again(child)
    child.retryAt = Date.now() + wait
    this.#waits.set(
      child,
      new LongTimer(wait, () => {
        this.#waits.delete(child)
        void this.#again(child)
      }),
    )
  }

  restart(child: Child): Promise<void> {
    const under = this.#requested.get(child)
    if (under !== undefined) return under
    const restarting = this.#restart(child).finally(() => this.#requested.delete(child))
    this.#requested.set(child, restarting)
    return restarting
  }

  forget(child: Child): void {
    this.#waits.get(child)?.cancel()
    this.#waits.delete(child)
  }

  close(): void {
    this.#closed = true
    for (const wait of this.#waits.values()) wait.cancel()
    this.#waits.clear()
  }

  async #restart(child: Child): Promise<void> {
    await child.halt()
    this.forget(child)
    try {
      await child.again()
    } catch (error) {
      if (!child.isOver) this.failed(child)
      throw error
    }
  }

  async #again(child: Child): Promise<void> {
    try {
      await child.again()
    } catch {
      // Its failure is its last exit reason, and counts.
      if (!child.isOver) this.failed(child)
    }
  }
}
