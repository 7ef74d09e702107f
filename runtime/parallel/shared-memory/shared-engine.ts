// SharedEngine — one primitive in shared memory, for one party of this thread.

import { TooLargeError, CancelledError, type WaitReport } from "../../errors.js"
import type { BlockingEngine, Engine, Got, ManyEngine, Settled } from "../engine.js"
import { MemoryNumbers } from "../memory-numbers.js"
import type { NumbersType, NumberStore } from "../numbers.js"
import { type Operation, operation, type Outcome } from "../operation.js"
import { allowedMs, type BlockOptions, type WaitOptions } from "../wait-options.js"
import { reportOn } from "../wait-graph.js"
import type { Block } from "./block.js"
import { Directory } from "./directory.js"
import type { Party } from "./party.js"
import { SharedItems } from "./shared-items.js"
import { mustBlock } from "./sleep.js"

const DONE = Promise.resolve()

export class SharedEngine implements Engine {
  readonly name: string
  readonly owner: number
  readonly block: Block
  readonly blocking: BlockingEngine
  readonly itemBytes: number
  readonly #items: SharedItems | undefined
  readonly #party: Party | undefined

  /** For who says `as` in this thread, or for a party of its own. */
  constructor(block: Block, as: string | undefined, party?: Party) {
    this.block = block
    this.name = block.name
    party?.uses(block)
    this.#party = party
    this.owner = party === undefined ? block.ground.owner(as) : party.owner(as)
    this.itemBytes = block.slots?.bytes ?? 0
    if (block.slots !== undefined) this.#items = new SharedItems(block, block.slots, this.owner)
    this.blocking = {
      run: (given) => this.#run(given),
      perform: (given, wait) => this.#block(given, wait),
      put: (given, bytes, wait) => this.#putBlocked(given, bytes, wait),
      get: (given, wait) => this.#getBlocked(given, wait),
    }
  }

  get many(): ManyEngine | undefined {
    this.#mustLive()
    return this.#items
  }

  numbers<T extends NumbersType>(Type: T, length: number): NumberStore<T> {
    return new MemoryNumbers(Type, { ...this.block.data, length })
  }

  // Without an await: what is refused or thrown is in the promise even so.
  // eslint-disable-next-line @typescript-eslint/require-await
  async run(given: Operation): Promise<Outcome> {
    return this.#run(given)
  }

  async perform(given: Operation, wait: WaitOptions): Promise<Settled> {
    this.#mustLive()
    const timeoutMs = allowedMs(this.name, wait)
    const outcome = this.block.run(given)
    return outcome.type === "waiting" ? this.#settle(outcome.ticket, wait, timeoutMs) : { outcome, gaveUp: undefined }
  }

  async put(given: Operation, bytes: Uint8Array, wait: WaitOptions): Promise<Settled> {
    this.#mustLive()
    const timeoutMs = allowedMs(this.name, wait)
    const items = this.#itemsFor(bytes)
    let put = items.put(given, bytes)
    if (put?.outcome.type === "done") return { outcome: put.outcome, gaveUp: undefined }
    const dueAt = performance.now() + timeoutMs
    // Every slot is in use only while very many wait to put.
    while (put === undefined) {
      if (performance.now() >= dueAt || given.type === "try-put") return FULL
      await new Promise(setImmediate)
      if (wait.signal?.aborted === true) throw new CancelledError(this.name, wait.signal.reason)
      this.#mustLive()
      put = items.put(given, bytes)
    }
    const { outcome } = put
    if (outcome.type !== "waiting") return { outcome, gaveUp: undefined }
    try {
      const settled = await this.#settle(outcome.ticket, wait, Math.max(0, dueAt - performance.now()))
      if (settled.outcome.type !== "done") items.giveUp(put)
      return settled
    } catch (error) {
      items.giveUp(put)
      throw error
    }
  }

  async get(given: Operation, wait: WaitOptions): Promise<Got> {
    this.#mustLive()
    const timeoutMs = allowedMs(this.name, wait)
    const items = this.#items
    const now = items?.get(given)
    if (now !== undefined) return now
    const outcome = this.block.run(given)
    const settled =
      outcome.type === "waiting" ? await this.#settle(outcome.ticket, wait, timeoutMs) : { outcome, gaveUp: undefined }
    return { ...settled, bytes: items?.finish(settled.outcome) }
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
      // What the waiter had is gone with it, its place in the line as well.
      this.#mustLive()
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
    this.#mustLive()
    const timeoutMs = allowedMs(this.name, wait)
    if (!given.type.startsWith("try-")) mustBlock(this.name)
    const outcome = this.block.run(given)
    if (outcome.type !== "waiting") return { outcome, gaveUp: undefined }
    return this.#blockOn(outcome.ticket, performance.now() + timeoutMs)
  }

  #blockOn(ticket: number, dueAt: number): Settled {
    const { block } = this
    const index = block.wakeIndex(ticket)
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

  #run(given: Operation): Outcome {
    this.#mustLive()
    if (given.type === "task-done" && this.#items !== undefined) return this.#items.taskDone(given)
    return given.type === "close" && this.#items !== undefined ? this.#items.close(given) : this.block.run(given)
  }

  #putBlocked(given: Operation, bytes: Uint8Array, wait: BlockOptions): Settled {
    this.#mustLive()
    const items = this.#itemsFor(bytes)
    const dueAt = performance.now() + allowedMs(this.name, wait)
    let put = items.put(given, bytes)
    while (put === undefined) {
      if (performance.now() >= dueAt || given.type === "try-put") return FULL
      mustBlock(this.name)
      Atomics.wait(PAUSE, 0, 0, 1)
      put = items.put(given, bytes)
    }
    const { outcome } = put
    if (outcome.type !== "waiting") return { outcome, gaveUp: undefined }
    const settled = this.#blockOn(outcome.ticket, dueAt)
    if (settled.outcome.type !== "done") items.giveUp(put)
    return settled
  }

  #getBlocked(given: Operation, wait: BlockOptions): Got {
    this.#mustLive()
    const dueAt = performance.now() + allowedMs(this.name, wait)
    if (!given.type.startsWith("try-")) mustBlock(this.name)
    const items = this.#items
    const now = items?.get(given)
    if (now !== undefined) return now
    const outcome = this.block.run(given)
    const settled = outcome.type === "waiting" ? this.#blockOn(outcome.ticket, dueAt) : { outcome, gaveUp: undefined }
    return { ...settled, bytes: items?.finish(settled.outcome) }
  }

  #mustLive(): void {
    this.#party?.mustLive(this.name)
  }

  #itemsFor(bytes: Uint8Array): SharedItems {
    const items = this.#items
    if (items === undefined || bytes.length > items.bytes) throw new TooLargeError(this.name, bytes.length, items?.bytes ?? 0)
    return items
  }
}

const FULL: Settled = { outcome: { type: "refused", why: "full" }, gaveUp: undefined }
const PAUSE = new Int32Array(new SharedArrayBuffer(4))
