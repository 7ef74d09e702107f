// The actor that takes part: it computes, waits, or asks an owner, for as long as it is told.

import { setTimeout as delay } from "node:timers/promises"
import { Actor } from "../../actor/actor.js"
import type { ActorRef } from "../../actor/actor-ref.js"
import { actor, handler } from "../../actor/definition.js"
import type { BenchCounter } from "../bench-counter.js"
import type { HaloResult } from "./halo-job.js"
import { type Halo, HaloPart, type HaloStart, type Side } from "./halo-part.js"
import { compute, pauseBetweenChanges, WAIT_MS } from "./squad-jobs.js"
import { isOfOnePiece, type StateOwner } from "./state-owner.js"

interface For {
  readonly forMs: number
}

interface Counting extends For {
  readonly owner: ActorRef<BenchCounter>
}

interface Looking extends For {
  readonly state: ActorRef<StateOwner>
}

interface Ring extends HaloStart {
  readonly neighbours: Readonly<Record<Side, ActorRef<Member>>>
}

@actor({ kind: "compare-member", module: import.meta.url })
export class Member extends Actor {
  #part: HaloPart | undefined

  @handler()
  compute({ forMs }: For): number {
    const until = performance.now() + forMs
    let count = 0
    for (; performance.now() < until; count++) compute()
    return count
  }

  @handler()
  async wait({ forMs }: For): Promise<number> {
    const until = performance.now() + forMs
    let count = 0
    for (; performance.now() < until; count++) await delay(WAIT_MS)
    return count
  }

  /** Has the owner count up, one ask after the other. */
  @handler()
  async increment({ owner, forMs }: Counting): Promise<number> {
    const until = performance.now() + forMs
    let count = 0
    for (; performance.now() < until; count++) await owner.ask.increment({ by: 1 })
    return count
  }

  /** Asks the owner for its state, one ask after the other. */
  @handler()
  async read({ state, forMs }: Looking): Promise<number> {
    const until = performance.now() + forMs
    let count = 0
    for (; performance.now() < until; count++)
      if (!isOfOnePiece(await state.ask.read())) throw new Error("a reader has seen a state that is not of one piece")
    return count
  }

  /** Has the owner change its state while others read it, as often as a writer in shared memory does. */
  @handler()
  async change({ state, forMs, pause }: Looking & { readonly pause: boolean }): Promise<number> {
    const until = performance.now() + forMs
    let count = 0
    for (; performance.now() < until; count++) {
      await state.ask.write({ word: count })
      if (pause) pauseBetweenChanges()
    }
    return count
  }

  /** Takes its place in a ring. All have theirs before any begins. */
  @handler()
  join({ neighbours, ...start }: Ring): void {
    this.#part = new HaloPart(start, (to, halo) => {
      neighbours[to].tell.halo(halo)
    })
  }

  /** Steps in the ring; edges come in meanwhile. */
  @handler({ reentrant: true })
  step({ forMs }: For): Promise<HaloResult> {
    if (this.#part === undefined) throw new Error("it has no place in a ring")
    return this.#part.run(forMs)
  }

  @handler()
  halo(halo: Halo): void {
    this.#part?.take(halo)
  }
}
