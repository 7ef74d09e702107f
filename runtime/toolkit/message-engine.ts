// MessageEngine — one primitive of a keeper, for one party: every operation is an ask, every wait an ask that takes its time.

import type { ActorRef } from "../actor/actor-ref.js"
import { CancelledError, MayNotBlockError, type WaitReport } from "../errors.js"
import { type Engine, type Got, type Settled, tooLargeItem } from "../parallel/engine.js"
import type { NumbersType, NumberStore } from "../parallel/numbers.js"
import { type Operation, operation, type Outcome } from "../parallel/operation.js"
import { allowedMs, type WaitOptions } from "../parallel/wait-options.js"
import { type KeeperAccess, KeptNumbers } from "./kept-numbers.js"
import type { Answer, Opened } from "./requests.js"
import type { ToolkitKeeper } from "./toolkit-keeper.js"
import { offAbort, onAbort } from "../time/abort-listeners.js"

/** How long one ask waits for a ticket, before it is asked again. */
const ROUND_MS = 10_000
/** What an answer may take besides. */
const ANSWER_MS = 10_000

export class MessageEngine implements Engine {
  readonly name: string
  readonly owner: number
  readonly blocking = undefined
  readonly itemBytes: number
  readonly #access: KeeperAccess
  readonly #keeper: ActorRef<ToolkitKeeper>
  readonly #pass: number

  constructor(access: KeeperAccess, { key, owner, pass }: Opened, itemBytes: number) {
    this.#access = access
    this.#pass = pass
    this.#keeper = access.keeper
    this.name = key
    this.owner = owner
    this.itemBytes = itemBytes
  }

  async run(given: Operation): Promise<Outcome> {
    return (await this.#ask(given)).outcome
  }

  perform(given: Operation, wait: WaitOptions): Promise<Settled> {
    return this.#perform(given, wait)
  }

  put(given: Operation, bytes: Uint8Array, wait: WaitOptions): Promise<Settled> {
    if (bytes.length > this.itemBytes) throw tooLargeItem(this.name, bytes, this.itemBytes)
    return this.#perform(given, wait, bytes)
  }

  get(given: Operation, wait: WaitOptions): Promise<Got> {
    return this.#perform(given, wait)
  }

  numbers<T extends NumbersType>(Type: T, length: number): NumberStore<T> {
    return new KeptNumbers(this.#access, this.#opened, { Type, length })
  }

  report(): Promise<WaitReport> {
    return this.#keeper.ask.report(this.#opened)
  }

  reportNow(): WaitReport {
    throw new MayNotBlockError(this.name, "it is kept by an actor, and its answer is a message")
  }

  get #opened(): Opened {
    return { key: this.name, owner: this.owner, pass: this.#pass }
  }

  async #perform(given: Operation, wait: WaitOptions, bytes?: Uint8Array): Promise<Got> {
    const dueAt = performance.now() + allowedMs(this.name, wait)
    const { signal } = wait
    let answer = await this.#ask(given, bytes)
    let gaveUp: Settled["gaveUp"]
    let under: Promise<Answer> | undefined
    while (answer.outcome.type === "waiting") {
      const { ticket } = answer.outcome
      const isAborted = signal?.aborted === true
      if (gaveUp === undefined && (isAborted || performance.now() >= dueAt)) {
        gaveUp = isAborted ? "aborted" : "timed-out"
        const cancelled = await this.#ask(operation("cancel", this.owner, { ticket }))
        // The cancellation wakes the ask that is still under way, and one of the two has what was granted at the same time.
        answer = under === undefined ? cancelled : theGranted(cancelled, await under)
        under = undefined
        if (isAborted && answer.outcome.type === "refused") throw new CancelledError(this.name, signal.reason)
      } else {
        // Who waits on a condition has to wait for the lock in the end, however long.
        const waitMs = gaveUp === undefined ? Math.min(ROUND_MS, Math.max(0, dueAt - performance.now())) : ROUND_MS
        under = this.#settle(ticket, waitMs)
        const settled = await unlessAborted(under, gaveUp === undefined ? signal : undefined)
        if (settled === undefined) continue
        answer = settled
        under = undefined
      }
    }
    return { outcome: answer.outcome, gaveUp, bytes: answer.bytes }
  }

  /** It is not cancelled by a signal: its answer may hold an item. */
  #settle(ticket: number, waitMs: number): Promise<Answer> {
    const { ask } = this.#keeper.with({ timeoutMs: waitMs + ANSWER_MS })
    return ask.settle({ ...this.#opened, ticket, waitMs })
  }

  #ask(asked: Operation, bytes?: Uint8Array): Promise<Answer> {
    return this.#keeper.with({ timeoutMs: ANSWER_MS }).ask.run({ key: this.name, pass: this.#pass, operation: asked, bytes })
  }
}

/** Undefined when the signal is aborted first. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (signal === undefined) return promise
  let called: (() => void) | undefined
  const aborted = new Promise<undefined>((resolve) => {
    called = () => resolve(undefined)
    if (signal.aborted) resolve(undefined)
    else onAbort(signal, called)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    if (called !== undefined) offAbort(signal, called)
  }
}

/** Of a cancellation and an ask that was under way: whichever was granted something. */
function theGranted(cancelled: Answer, late: Answer): Answer {
  const { outcome } = cancelled
  if (outcome.type === "waiting" || (outcome.type === "refused" && outcome.why === "timed-out")) return cancelled
  if (outcome.type === "done") return late.bytes === undefined ? cancelled : late
  return late.outcome.type === "done" ? late : cancelled
}
