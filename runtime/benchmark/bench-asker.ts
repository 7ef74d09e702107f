// An actor that asks another one, and says how that went.

import { Actor } from "../actor/actor.js"
import type { ActorRef } from "../actor/actor-ref.js"
import { actor, handler } from "../actor/definition.js"
import type { BenchCounter } from "./bench-counter.js"
import { many, type Round, sequence } from "./round.js"

/** A round of asks, and whom to ask. */
export interface BenchErrand {
  readonly to: ActorRef<BenchCounter>
  readonly round: Extract<Round, { type: "many" | "sequence" }>
}

@actor({ kind: "bench-asker", module: import.meta.url })
export class BenchAsker extends Actor {
  /** Gives asks per second, or the median of what one took in microseconds. */
  @handler()
  run({ to, round }: BenchErrand): Promise<number> {
    const ask = (): Promise<number> => to.ask.increment({ by: 1 })
    return round.type === "many" ? many(round, ask) : sequence(round, ask)
  }
}
