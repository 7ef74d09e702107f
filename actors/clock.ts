// clock — timers, events, and the hooks at both ends of an actor's life.
// A scheduled message is handled in turn like any other, so a tick never interrupts a handler. The timers of an actor end with it.
//
//   npx troupe events clock.tick
//   npx troupe ask clock stop
//   npx troupe ask clock start '{"everyMs":250}'
//   npx troupe ask clock ticks

import { z } from "zod"
import { Actor, actor, type ExitReason, handler } from "../runtime/index.js"

const LONGEST_TIMER_MS = 2 ** 31 - 1
const Pace = z.object({ everyMs: z.number().min(1).max(LONGEST_TIMER_MS).optional() })

/** What the clock publishes as `clock.tick`: how many ticks there were, and when this one was, in ISO 8601. */
export interface Tick {
  readonly tick: number
  readonly at: string
}

@actor({ kind: "clock", module: import.meta.url, description: "Publishes clock.tick; shows timers and events" })
export class Clock extends Actor {
  #ticks = 0
  #everyMs = 1000

  /** `args` may be `{ everyMs }`; the clock runs from the start. */
  override onStart(args: unknown): void {
    const pace = Pace.safeParse(args ?? {})
    if (!pace.success) throw new TypeError(`args: ${z.prettifyError(pace.error).replaceAll("\n", " ")}`)
    this.start(pace.data)
  }

  override onStop(reason: ExitReason): void {
    this.context.log.info(`stopped after ${String(this.#ticks)} ticks`, { reason: reason.type })
  }

  /** Starts it, or changes its pace: the timer is known by its handler's name, so a new one replaces the old. */
  @handler({ input: Pace.default({}) })
  start({ everyMs = this.#everyMs }: z.infer<typeof Pace> = {}): { everyMs: number } {
    this.#everyMs = everyMs
    this.context.schedule("tick", { everyMs })
    return { everyMs }
  }

  /** Answers whether it was running. No tick comes after the answer, not even one that was due already. */
  @handler()
  stop(): boolean {
    return this.context.unschedule("tick")
  }

  @handler()
  ticks(): number {
    return this.#ticks
  }

  @handler()
  tick(): void {
    this.#ticks++
    this.context.publish("clock.tick", { tick: this.#ticks, at: new Date().toISOString() } satisfies Tick)
  }
}
