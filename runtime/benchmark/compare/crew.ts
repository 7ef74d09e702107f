// Crew — actors in one placement that work at the same time, with the owners of a value and of a state among them.

import type { ActorRef } from "../../actor/actor-ref.js"
import type { Placement } from "../../actor/surroundings.js"
import type { ActorSystem } from "../../system/actor-system.js"
import { BenchCounter } from "../bench-counter.js"
import type { HaloResult } from "./halo-job.js"
import { Member } from "./member.js"
import { StateOwner } from "./state-owner.js"

const ASK_MS = 60_000

export interface CrewWork {
  readonly count: number
  readonly ms: number
}

export class Crew {
  readonly owner: ActorRef<BenchCounter>
  readonly #state: ActorRef<StateOwner>
  readonly #placement: Placement
  readonly #system: ActorSystem
  readonly #members: readonly ActorRef<Member>[]
  #runs = 0

  private constructor(
    system: ActorSystem,
    placement: Placement,
    actors: {
      readonly owner: ActorRef<BenchCounter>
      readonly state: ActorRef<StateOwner>
      readonly members: readonly ActorRef<Member>[]
    },
  ) {
    this.#system = system
    this.#placement = placement
    this.owner = actors.owner
    this.#state = actors.state
    this.#members = actors.members
  }

  static async open(system: ActorSystem, placement: Placement, size: number): Promise<Crew> {
    const owner = await system.spawn(BenchCounter, { placement })
    const state = await system.spawn(StateOwner, { placement })
    const members: ActorRef<Member>[] = []
    // Who computes for long gives no sign of life meanwhile.
    const watch = placement === "inline" ? {} : { unresponsiveMs: Infinity }
    for (let i = 0; i < size; i++) members.push(await system.spawn(Member, { placement, ...watch }))
    return new Crew(system, placement, { owner, state, members })
  }

  /** Has the first `members` do something at the same time. While they read, one more changes what they read. */
  async run(what: "compute" | "wait" | "increment" | "read", members: number, forMs: number): Promise<CrewWork> {
    const { owner } = this
    const state = this.#state
    const start = performance.now()
    const changes = what === "read" ? this.#change(members, forMs) : 1
    const counts = await Promise.all(
      this.#members.slice(0, members).map((member) => member.with({ timeoutMs: ASK_MS }).ask[what]({ owner, state, forMs })),
    )
    const ms = performance.now() - start
    if ((await changes) === 0) throw new Error("nobody changed the state while it was read")
    return { count: counts.reduce((sum, count) => sum + count, 0), ms }
  }

  /** Has the member at a place change the state. Inline it does so without a pause, which would hold up its readers. */
  #change(at: number, forMs: number): Promise<number> {
    const member = this.#members[at]
    if (member === undefined) throw new RangeError(`a crew of ${String(this.#members.length)} has no member ${String(at)}`)
    const pause = this.#placement !== "inline"
    return member.with({ timeoutMs: ASK_MS }).ask.change({ state: this.#state, forMs, pause })
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
    for (const ref of [...this.#members, this.owner, this.#state]) await this.#system.kill(ref).catch(() => undefined)
  }
}
