// The actor that is killed: it crashes, or never gives its thread back, when it is told to.

import { Actor } from "../actor/actor.js"
import { actor, handler } from "../actor/definition.js"

@actor({ kind: "bench-victim", module: import.meta.url })
export class BenchVictim extends Actor {
  @handler() ping(): true {
    return true
  }

  @handler() crash(): never {
    throw new Error("told to crash")
  }

  /** Answers, and holds its loop once the answer has left. */
  @handler() spin(): true {
    setTimeout(() => {
      for (;;);
    }, 5)
    return true
  }
}
