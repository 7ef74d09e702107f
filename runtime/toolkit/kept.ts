// Kept — one primitive in the hands of a keeper: the same rules as in shared memory, on a state of its own.
// Owns its state, the bytes of its items, and who is to be told when a ticket has something to look at.
// Y1  An item's bytes are kept exactly as long as its slot stands in the state.

import { type Plan, rulesOf } from "../parallel/kinds.js"
import { type Operation, operation, type Outcome } from "../parallel/operation.js"
import { ENTRY_WORDS, ROLE, State } from "../parallel/state.js"
import type { Looked } from "../parallel/wait-graph.js"
import type { KeptData } from "./kept-data.js"
import type { Answer } from "./requests.js"

const GETS: readonly string[] = ["get", "try-get", "check", "cancel"]
const HOLDERS: readonly number[] = [ROLE.item, ROLE.putting, ROLE.taken, ROLE.holding]

export class Kept implements Looked {
  readonly name: string
  readonly plan: Plan
  /** Of an array. */
  readonly data: KeptData | undefined
  readonly #state: State
  readonly #isQueue: boolean
  readonly #bytes = new Map<number, Uint8Array>()
  readonly #sleepers = new Map<number, Set<() => void>>()
  readonly #fenceBase: number
  #nextSlot = 0

  /** `fenceBase` goes up from one life of the keeper to the next. */
  constructor(
    name: string,
    plan: Plan,
    { fenceBase, data }: { readonly fenceBase: number; readonly data: KeptData | undefined },
  ) {
    this.name = name
    this.plan = plan
    this.data = data
    this.#fenceBase = fenceBase
    this.#isQueue = plan.kind === "queue" || plan.kind === "pipe"
    this.#state = new State(plan.entries)
    rulesOf(plan.kind).start(this.#state, plan.config)
  }

  run(asked: Operation, bytes: Uint8Array | undefined): Answer {
    const answer = this.#run(asked, bytes)
    // Whoever waits for the ticket need not wait on.
    if (asked.type === "cancel") this.#wake(asked.ticket)
    return answer
  }

  #run(asked: Operation, bytes: Uint8Array | undefined): Answer {
    if (!this.#isQueue) return { outcome: this.#fenced(this.#decide(asked)) }
    if (bytes !== undefined) return { outcome: this.#put(asked, bytes) }
    const outcome = this.#decide(asked)
    if (outcome.type !== "done") {
      if (asked.type === "cancel") this.#sweep()
      return { outcome }
    }
    if (asked.type === "task-done" && outcome.value > 0) this.#bytes.delete(outcome.value - 1)
    if (asked.type === "close") this.#sweep()
    // Of the tickets that are done, those of items alone are told.
    if (!GETS.includes(asked.type) || outcome.ticket === 0) return { outcome }
    const item = this.#bytes.get(outcome.value)
    const finished = this.#decide(operation("finish", asked.owner, { ticket: outcome.ticket }))
    if (finished.type === "done" && finished.value === 1) this.#bytes.delete(outcome.value)
    return { outcome, bytes: item }
  }

  /** Resolves when the ticket has something to look at, or the time is over. */
  woken(ticket: number, waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        const sleepers = this.#sleepers.get(ticket)
        if (sleepers?.delete(wake) === true && sleepers.size === 0) this.#sleepers.delete(ticket)
        resolve()
      }
      const timer = setTimeout(wake, waitMs)
      const sleepers = this.#sleepers.get(ticket)
      if (sleepers === undefined) this.#sleepers.set(ticket, new Set([wake]))
      else sleepers.add(wake)
    })
  }

  /** Whether a lock is held under this ticket. */
  isHeldBy(ticket: number): boolean {
    const at = this.#state.withTicket(ticket)
    return at >= 0 && this.#state.role(at) === ROLE.holding
  }

  bury(dead: (owner: number) => boolean): void {
    this.change("bury", (state) => rulesOf(this.plan.kind).bury(state, dead))
    if (this.#isQueue) this.#sweep()
  }

  change<R>(_what: string, decide: (state: State) => R): R {
    const state = this.#state
    state.begin()
    const result = decide(state)
    for (const ticket of [...state.woken]) this.#wake(ticket)
    return result
  }

  #wake(ticket: number): void {
    for (const wake of [...(this.#sleepers.get(ticket) ?? [])]) wake()
  }

  #decide(asked: Operation): Outcome {
    return this.change(asked.type, (state) => rulesOf(this.plan.kind).decide(state, asked))
  }

  #put(asked: Operation, bytes: Uint8Array): Outcome {
    while (this.#bytes.has(this.#nextSlot)) this.#nextSlot = (this.#nextSlot + 1) & 0xff_ffff
    const slot = this.#nextSlot
    this.#bytes.set(slot, bytes)
    const outcome = this.#decide({ ...asked, slot })
    if (outcome.type === "refused") this.#bytes.delete(slot)
    return outcome
  }

  #fenced(outcome: Outcome): Outcome {
    return outcome.type === "done" && outcome.fence !== 0 ? { ...outcome, fence: this.#fenceBase + outcome.fence } : outcome
  }

  #sweep(): void {
    const state = this.#state
    const used = new Set<number>()
    for (let at = state.first; at < state.end; at += ENTRY_WORDS) if (HOLDERS.includes(state.role(at))) used.add(state.arg(at))
    for (const slot of [...this.#bytes.keys()]) if (!used.has(slot)) this.#bytes.delete(slot)
  }
}
