// Crew — actors in one placement that work at the same time, with an owner of a value among them.

import type { ActorRef } from "../../actor/actor-ref.js"
import type { Placement } from "../../actor/surroundings.js"
import type { ActorSystem } from "../../system/actor-system.js"
import { BenchCounter } from "../bench-counter.js"
import type { HaloResult } from "./halo-job.js"
import { Member } from "./member.js"

const ASK_MS = 60_000

export interface CrewWork {
  readonly count: number
  readonly ms: number
}

export class Crew {
  readonly owner: ActorRef<BenchCounter>
  readonly #system: ActorSystem
  readonly #members: readonly ActorRef<Member>[]
  #runs = 0

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
      this.#members.slice(0, members).map((member) => member.with({ timeoutMs: ASK_MS }).ask[what]({ owner, forMs })),
    )
    return { count: counts.reduce((sum, count) => sum + count, 0), ms: performance.now() - start }
  }

  /** Has the first `members` exchange edges in a ring. @returns the steps that each has made, and the sum of all cells */
  async halo(members: number, forMs: number): Promise<HaloResult & { readonly ms: number }> {
    const ring = this.#members.slice(0, members)
    const run = ++this.#runs
    const at = (i: number): ActorRef<Member> => ring[(i + members) % members] as ActorRef<Member>
    await Promise.all(
      ring.map((ref, member) =>
        ref.ask.join({ run, member, members, neighbours: { left: at(member - 1), right: at(member + 1) } }),
      ),
    )
    const start = performance.now()
    const results = await Promise.all(ring.map((ref) => ref.with({ timeoutMs: forMs + ASK_MS }).ask.step({ forMs })))
    const ms = performance.now() - start
    const [steps = 0, ...others] = results.map((result) => result.steps)
    if (others.some((each) => each !== steps))
      throw new Error(`members of a ring have ended at steps ${String([steps, ...others])}`)
    return { steps, sum: results.reduce((all, { sum }) => (all + sum) | 0, 0), ms }
  }

  async close(): Promise<void> {
    for (const ref of [...this.#members, this.owner]) await this.#system.kill(ref).catch(() => undefined)
  }
}
