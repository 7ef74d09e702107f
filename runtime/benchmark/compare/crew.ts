// Crew — actors in one placement that work at the same time, with an owner of a value among them.

import type { ActorRef } from "../../actor/actor-ref.js"
import type { Placement } from "../../actor/surroundings.js"
import type { ActorSystem } from "../../system/actor-system.js"
import { BenchCounter } from "../bench-counter.js"
import { Member } from "./member.js"

export interface CrewWork {
  readonly count: number
  readonly ms: number
}

export class Crew {
  readonly owner: ActorRef<BenchCounter>
  readonly #system: ActorSystem
  readonly #members: readonly ActorRef<Member>[]

  private constructor(system: ActorSystem, owner: ActorRef<BenchCounter>, members: readonly ActorRef<Member>[]) {
    this.#system = system
    this.owner = owner
    this.#members = members
  }

  static async open(system: ActorSystem, placement: Placement, size: number): Promise<Crew> {
    const owner = await system.spawn(BenchCounter, { placement })
    const members: ActorRef<Member>[] = []
    // Who computes for long gives no sign of life meanwhile.
    const watch = placement === "inline" ? {} : { unresponsiveMs: Infinity }
    for (let i = 0; i < size; i++) members.push(await system.spawn(Member, { placement, ...watch }))
    return new Crew(system, owner, members)
  }

  /** Has the first `members` do something at the same time. */
  async run(what: "compute" | "wait" | "increment" | "read", members: number, forMs: number): Promise<CrewWork> {
    const { owner } = this
    const start = performance.now()
    const counts = await Promise.all(
      this.#members.slice(0, members).map((member) => member.with({ timeoutMs: 60_000 }).ask[what]({ owner, forMs })),
    )
    return { count: counts.reduce((sum, count) => sum + count, 0), ms: performance.now() - start }
  }

  async close(): Promise<void> {
    for (const ref of [...this.#members, this.owner]) await this.#system.kill(ref).catch(() => undefined)
  }
}
