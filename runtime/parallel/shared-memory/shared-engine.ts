// SharedEngine — one primitive in shared memory, for one party of this thread.

import { TooLargeError, CancelledError, type WaitReport } from "../../errors.js"
import type { BlockingEngine, Engine, Got, Settled } from "../engine.js"
import { type Operation, operation, type Outcome } from "../operation.js"
import { allowedMs, type BlockOptions, type WaitOptions } from "../wait-options.js"
import { reportOn } from "../wait-graph.js"
import type { Block } from "./block.js"
import { Directory } from "./directory.js"
import { at } from "./fault-points.js"
import type { Extent } from "./ground.js"
import { mustBlock } from "./sleep.js"
import { Slots } from "./slots.js"

const DONE = Promise.resolve()

export class SharedEngine implements Engine {
  readonly name: string
  readonly owner: number
  readonly block: Block
  readonly blocking: BlockingEngine
  readonly #slots: Slots | undefined

  constructor(block: Block, party: string | undefined) {
    this.block = block
    this.name = block.name
    this.owner = block.ground.owner(party)
    this.#slots = block.plan.slots === undefined ? undefined : new Slots(block)
    this.blocking = {
      run: (given) => block.run(given),
      perform: (given, wait) => this.#block(given, wait),
      put: (given, bytes, wait) => this.#putBlocked(given, bytes, wait),
      get: (given, wait) => {
        const settled = this.#block(given, wait)
        return { ...settled, bytes: this.#take(settled.outcome) }
      },
    }
  }

  get data(): Extent {
    return this.block.data
  }

  run(given: Operation): Promise<Outcome> {
    return DONE.then(() => {
      const outcome = this.block.run(given)
      // The item that was dealt with had kept its slot, for it might have had to go back.
      if (given.type === "task-done" && outcome.type === "done" && outcome.value > 0) this.#slots?.free(outcome.value - 1)
      return outcome
    })
  }

  async perform(given: Operation, wait: WaitOptions): Promise<Settled> {
    const timeoutMs = allowedMs(this.name, wait)
    const outcome = this.block.run(given)
    return outcome.type === "waiting" ? this.#settle(outcome.ticket, wait, timeoutMs) : { outcome, gaveUp: undefined }
  }

  async put(given: Operation, bytes: Uint8Array, wait: WaitOptions): Promise<Settled> {
    const timeoutMs = allowedMs(this.name, wait)
    const slots = this.#slotsFor(bytes)
    const dueAt = performance.now() + timeoutMs
    let slot = slots.store(bytes)
    // Every slot is in use only while very many wait to put.
    while (slot < 0) {
      if (performance.now() >= dueAt || given.type === "try-put") return FULL
      await new Promise(setImmediate)
      if (wait.signal?.aborted === true) throw new CancelledError(this.name, wait.signal.reason)
      slot = slots.store(bytes)
    }
    try {
      const settled = await this.perform({ ...given, slot }, { ...wait, timeoutMs: Math.max(0, dueAt - performance.now()) })
      if (settled.outcome.type !== "done") slots.free(slot)
      return settled
    } catch (error) {
      slots.free(slot)
      throw error
    }
  }

  async get(given: Operation, wait: WaitOptions): Promise<Got> {
    const settled = await this.perform(given, wait)
    return { ...settled, bytes: this.#take(settled.outcome) }
  }

  report(): Promise<WaitReport> {
    return DONE.then(() => this.reportNow())
  }

  reportNow(): WaitReport {
    const { ground } = this.block
    const all = Directory.of(ground).all()
    return reportOn({ asker: this.owner, wants: this.block, all, nameOf: (owner) => ground.nameOf(owner) })
  }

  async #settle(ticket: number, { signal }: WaitOptions, timeoutMs: number): Promise<Settled> {
    const { block } = this
    const index = block.wakeIndex(ticket)
    const check = operation("check", this.owner, { ticket })
    let dueAt = performance.now() + timeoutMs
    let gaveUp: Settled["gaveUp"]
    for (;;) {
      // Read before the state is: a change after that wakes the sleeper at once.
      const seen = Atomics.load(block.words, index)
      let outcome = block.run(check)
      if (outcome.type !== "waiting") return { outcome, gaveUp }
      const isAborted = signal?.aborted === true && gaveUp === undefined
      if (isAborted || performance.now() >= dueAt) {
        outcome = block.run(operation("cancel", this.owner, { ticket }))
        if (isAborted && outcome.type === "refused") throw new CancelledError(this.name, signal.reason)
        gaveUp = isAborted ? "aborted" : "timed-out"
        if (outcome.type !== "waiting") return { outcome, gaveUp }
        // Who waits on a condition has to wait for the lock now, however long.
        dueAt = Infinity
        continue
      }
      await block.ground.sleep({ words: block.words, index, seen }, { dueAt, signal: gaveUp === undefined ? signal : undefined })
    }
  }

  #block(given: Operation, wait: BlockOptions): Settled {
    const timeoutMs = allowedMs(this.name, wait)
    if (!given.type.startsWith("try-")) mustBlock(this.name)
    const { block } = this
    const first = block.run(given)
    if (first.type !== "waiting") return { outcome: first, gaveUp: undefined }
    const { ticket } = first
    const index = block.wakeIndex(ticket)
    let dueAt = performance.now() + timeoutMs
    let gaveUp: Settled["gaveUp"]
    for (;;) {
      const seen = Atomics.load(block.words, index)
      let outcome = block.run(operation("check", this.owner, { ticket }))
      if (outcome.type !== "waiting") return { outcome, gaveUp }
      if (performance.now() >= dueAt) {
        outcome = block.run(operation("cancel", this.owner, { ticket }))
        gaveUp = "timed-out"
        if (outcome.type !== "waiting") return { outcome, gaveUp }
        dueAt = Infinity
        continue
      }
      block.ground.block({ words: block.words, index, seen }, dueAt)
    }
  }

  #putBlocked(given: Operation, bytes: Uint8Array, wait: BlockOptions): Settled {
    const slots = this.#slotsFor(bytes)
    const dueAt = performance.now() + allowedMs(this.name, wait)
    let slot = slots.store(bytes)
    while (slot < 0) {
      if (performance.now() >= dueAt) return FULL
      mustBlock(this.name)
      Atomics.wait(PAUSE, 0, 0, 1)
      slot = slots.store(bytes)
    }
    const put = { ...given, slot }
    const settled =
      given.type === "try-put"
        ? { outcome: this.block.run(put), gaveUp: undefined }
        : this.#block(put, { timeoutMs: Math.max(0, dueAt - performance.now()) })
    if (settled.outcome.type !== "done") slots.free(slot)
    return settled
  }

  /** The bytes of what was got. */
  #take(outcome: Outcome): Uint8Array | undefined {
    const slots = this.#slots
    if (outcome.type !== "done" || slots === undefined) return undefined
    const bytes = slots.read(outcome.value)
    const { ticket } = outcome
    const finished = this.block.run(operation("finish", this.owner, { ticket }))
    if (finished.type === "done" && finished.value === 1) slots.free(outcome.value)
    at("get", "woken")
    return bytes
  }

  #slotsFor(bytes: Uint8Array): Slots {
    const slots = this.#slots
    if (slots === undefined || bytes.length > slots.bytes) throw new TooLargeError(this.name, bytes.length, slots?.bytes ?? 0)
    return slots
  }
}

const FULL: Settled = { outcome: { type: "refused", why: "full" }, gaveUp: undefined }
const PAUSE = new Int32Array(new SharedArrayBuffer(4))
