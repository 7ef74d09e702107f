// The actor that is measured: the least an actor can do with a message, and a figure that tells whether all of them came.

import { Actor } from "../actor/actor.js"
import { actor, handler } from "../actor/definition.js"

@actor({ kind: "bench-counter", module: import.meta.url })
export class BenchCounter extends Actor {
  #count = 0

  @handler()
  increment({ by }: { by: number }): number {
    return (this.#count += by)
  }

  /** Computes for some 30 microseconds. */
  @handler()
  compute({ steps }: { steps: number }): number {
    let state = ++this.#count
    for (let i = 0; i < steps; i++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return state
  }

  @handler()
  value(): number {
    return this.#count
  }
}
