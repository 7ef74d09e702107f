// GroupRestarts — children that are started again together: one-for-all and rest-for-one (promises S3, S8).
// Owns the one group restart that may be under way.
// R1  A group restart ends the living of the group in reverse order, then starts the group in order.
// R2  What fails meanwhile, a start included, widens the group to what its own failure asks for, and the whole is tried again.
// R3  Children before the first one that failed are left alone in rest-for-one.

import { LongTimer } from "../time/long-timer.js"
import type { Strategy } from "./child-spec.js"
import type { Child } from "./child.js"
import { restartedWith, type RestartStrategy, type StrategyGroup } from "./restart-strategy.js"

export class GroupRestarts implements RestartStrategy {
  readonly #strategy: Strategy
  readonly #group: StrategyGroup
  /** The earliest child that failed and whose group is still to be started again. */
  #first: Child | undefined
  #running: Promise<void> | undefined
  #wait: { readonly timer: LongTimer; readonly over: () => void } | undefined
  #closed = false

  constructor(strategy: Strategy, group: StrategyGroup) {
    this.#strategy = strategy
    this.#group = group
  }

  failed(child: Child): void {
    if (this.#closed) return
    if (!this.#group.admit(child)) return this.#group.exhausted(child)
    this.#widen(child)
    this.#running ??= this.#run().finally(() => (this.#running = undefined))
  }

  async restart(child: Child): Promise<void> {
    const { restarts } = child
    while (this.#running !== undefined) await this.#running
    // A group restart that was under way may have given it its new life.
    if (child.restarts > restarts && !child.isDown) return
    await child.halt()
    try {
      await child.again()
    } catch (error) {
      if (!child.isOver) this.failed(child)
      throw error
    }
  }

  forget(child: Child): void {
    if (this.#first === child) this.#first = this.#group.inOrder().find(({ isDown, order }) => isDown && order >= child.order)
  }

  close(): void {
    this.#closed = true
    this.#wait?.timer.cancel()
    this.#wait?.over()
  }

  async #run(): Promise<void> {
    try {
      for (let first = this.#due(); first !== undefined; first = this.#due()) {
        const group = restartedWith(this.#strategy, this.#group.inOrder(), first)
        await this.#endAll(group)
        await this.#pause(first.pacing.failed(performance.now(), Math.random()), group)
        // Another that failed meanwhile and comes before it has a larger group.
        if (this.#due() !== first) continue
        this.#first = undefined
        await this.#startAll(group, first)
      }
    } catch (error) {
      this.#group.stuck(error)
    }
  }

  /** The child whose group is to be started again; undefined when there is none, or when no child gets another life. */
  #due(): Child | undefined {
    return this.#closed ? undefined : this.#first
  }

  async #endAll(group: readonly Child[]): Promise<void> {
    for (const child of [...group].reverse()) await this.#end(child)
  }

  async #startAll(group: readonly Child[], first: Child): Promise<void> {
    for (const child of group) {
      // When another failed while one started, what is left of this group is part of that one's.
      if (this.#closed || this.#due() !== undefined) return
      if (child.isOver || !child.isDown) continue
      try {
        await child.again()
      } catch {
        this.#failedToStart(child, first)
      }
    }
  }

  #failedToStart(child: Child, first: Child): void {
    if (child.isOver) return
    if (this.#group.admit(child)) this.#widen(first.isOver ? child : first)
    else this.#group.exhausted(child)
  }

  /** Ends a child for the group's sake; a temporary one has no next life. */
  #end(child: Child): Promise<unknown> {
    return child.options.restart === "temporary" ? child.stop() : child.halt()
  }

  #widen(child: Child): void {
    if (this.#first === undefined || child.order < this.#first.order) this.#first = child
  }

  async #pause(ms: number, group: readonly Child[]): Promise<void> {
    if (ms === 0 || this.#closed) return
    for (const child of group) child.retryAt = Date.now() + ms
    await new Promise<void>((over) => {
      this.#wait = { timer: new LongTimer(ms, over), over }
    })
    this.#wait = undefined
  }
}
