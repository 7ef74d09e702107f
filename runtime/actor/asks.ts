// Asks — the asks this thread has made and not yet got answered.
// Owns their deadlines. Where the message goes is the target's business.
// K1  Every ask settles exactly once: answered, failed, cancelled or timed out (promise M2).
// K2  An answer that comes after that is dropped and counted (promise M3).

import { CancelledError, TimedOutError } from "../errors.js"
import { DeadlineEntry, DeadlineQueue } from "../time/deadline-queue.js"
import { type CallOptionsRule, checkCallOptions } from "./call-options.js"
import { type Carrier, Delivery, type ReplyTo, type Target } from "./delivery.js"
import { offAbort, onAbort } from "../time/abort-listeners.js"

/** How one ask is made. */
export interface AskOptions {
  /** Milliseconds until the ask fails with ERR_TIMED_OUT. @default 5000 */
  readonly timeoutMs?: number
  /** Cancels the ask, and aborts `context.signal` of the handler. @default none */
  readonly signal?: AbortSignal
}

const RULE: CallOptionsRule = {
  call: "with",
  known: ["timeoutMs", "signal"],
  timeoutMs: {
    accepts: (ms) => ms > 0 && ms < Infinity,
    expected: "a finite number of milliseconds above 0: every ask has a deadline",
  },
}

/** @throws {BadOptionError} naming the first option that is wrong. */
export function checkAskOptions(options: AskOptions): void {
  checkCallOptions(options, RULE)
}

class PendingAsk extends DeadlineEntry implements ReplyTo {
  #asks: Asks
  #settle: Settle
  #what: What
  #callerSignal: AbortSignal | undefined
  #controller: AbortController | undefined
  closed = false
  carrier: Carrier | undefined = undefined

  constructor(asks: Asks, settle: Settle, what: What) {
    super()
    this.#asks = asks
    this.#settle = settle
    this.#what = what
  }

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal
  }

  /** Gives up when the caller's signal is aborted. */
  listen(signal: AbortSignal): void {
    this.#callerSignal = signal
    onAbort(signal, this.#onAbort)
  }

  /** Within one host nobody has to be told: caller and callee die together. */
  begin(): void {
    // Nothing to do.
  }

  abort(why: Error): void {
    this.#controller?.abort(why)
  }

  answer(value: unknown): void {
    if (this.#close()) this.#settle.resolve(value)
  }

  fail(error: unknown): void {
    if (this.#close()) this.#settle.reject(error)
  }

  override expire(): void {
    this.#giveUp(new TimedOutError(this.#label(), this.#what.timeoutMs))
  }

  readonly #onAbort = (): void => this.#giveUp(new CancelledError(this.#label(), this.#callerSignal?.reason))

  #giveUp(error: Error): void {
    if (!this.#close()) return
    this.#controller?.abort(error)
    this.#settle.reject(error)
  }

  #label(): string {
    return `${this.#what.name}.${this.#what.handler}`
  }

  #close(): boolean {
    if (this.closed) {
      this.#asks.late++
      return false
    }
    this.closed = true
    this.#asks.open--
    this.#asks.deadlines.remove(this)
    offAbort(this.#callerSignal, this.#onAbort)
    this.carrier?.closed()
    return true
  }
}

interface Settle {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

interface What {
  readonly name: string
  readonly handler: string
  readonly timeoutMs: number
}

export class Asks {
  readonly deadlines = new DeadlineQueue()
  /** Answers that came too late. */
  late = 0
  /** Asks that wait for an answer. */
  open = 0

  constructor(readonly defaultTimeoutMs = 5000) {}

  /** Asks, and gives a promise that always settles. `name` is for its errors. */
  ask(target: Target, name: string, call: AskCall): Promise<unknown> {
    const { handler, input, timeoutMs = this.defaultTimeoutMs, signal } = call
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(new CancelledError(`${name}.${handler}`, signal.reason))
        return
      }
      const pending = new PendingAsk(this, { resolve, reject }, { name, handler, timeoutMs })
      this.open++
      this.deadlines.add(pending, timeoutMs)
      if (signal !== undefined) pending.listen(signal)
      target.accept(new Delivery(handler, input, pending.dueAt, pending))
    })
  }
}

/** One call of one handler. */
export interface AskCall extends AskOptions {
  readonly handler: string
  readonly input: unknown
}
