// Coordinator — waits for what several actors, each going its own way, say by events.
// Owns its subscriptions and timers. Whoever publishes knows nothing of it.
// C1  A wait hears whatever is published from its call on, and nothing from before: begin to wait, then start what will publish.
// C2  Every wait settles: with its events, by its deadline, by its signal or by `close`. Afterwards nothing of it is left.
// C3  An event counts once for each pattern that it fits.

import { BadOptionError, CancelledError, EventsMissingError } from "../errors.js"
import { LongTimer } from "../time/long-timer.js"
import { offAbort, onAbort } from "../time/abort-listeners.js"

/** Where events come from: an `ActorSystem` is one. */
export interface EventSource {
  /** Has `receive` called for each event whose topic fits the pattern; returns a function that ends that. */
  subscribe(pattern: string, receive: (topic: string, data: unknown) => void): () => void
}

export interface SeenEvent {
  /** What was waited for. */
  readonly pattern: string
  readonly topic: string
  readonly data: unknown
}

export interface EventWaitOptions {
  /** Milliseconds until it fails with ERR_EVENTS_MISSING; Infinity for never. @default 5000 */
  readonly timeoutMs?: number
  /** Fails it with ERR_CANCELLED. @default none */
  readonly signal?: AbortSignal
}

const USUAL_MS = 5000

/** What one wait still lacks, by pattern. */
interface Need {
  readonly pattern: string
  readonly count: number
  readonly seen: SeenEvent[]
}

export class Coordinator implements Disposable {
  readonly #source: EventSource
  readonly #open = new Set<() => void>()
  #closed = false

  constructor(source: EventSource) {
    this.#source = source
  }

  /**
   * The first event of each pattern, in the order of the patterns, once all of them have come.
   * @throws {EventsMissingError} CancelledError, and BadOptionError for what is no pattern or no time
   */
  async waitForAll(patterns: readonly string[], options: EventWaitOptions = {}): Promise<readonly SeenEvent[]> {
    const needs = patterns.map((pattern) => need(pattern, 1))
    await this.#wait(needs, () => needs.every(isMet), options)
    return needs.flatMap(({ seen }) => seen)
  }

  /** The first event that fits one of the patterns. Errors as of `waitForAll`. */
  async waitForAny(patterns: readonly [string, ...string[]], options: EventWaitOptions = {}): Promise<SeenEvent> {
    const needs = patterns.map((pattern) => need(pattern, 1))
    await this.#wait(needs, () => needs.some(isMet), options)
    const [first] = needs.flatMap(({ seen }) => seen)
    if (first === undefined) throw new BadOptionError("patterns", "at least one", patterns)
    return first
  }

  /** That many events of one pattern, in the order they came. Errors as of `waitForAll`. */
  async waitForCount(pattern: string, count: number, options: EventWaitOptions = {}): Promise<readonly SeenEvent[]> {
    if (!Number.isSafeInteger(count) || count < 1) throw new BadOptionError("count", "a whole number, 1 or more", count)
    const one = need(pattern, count)
    await this.#wait([one], () => isMet(one), options)
    return one.seen
  }

  /** Fails every wait that is open, and all later ones, with ERR_CANCELLED. */
  close(): void {
    this.#closed = true
    for (const cancel of [...this.#open]) cancel()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #wait(needs: readonly Need[], isOver: () => boolean, { timeoutMs = USUAL_MS, signal }: EventWaitOptions): Promise<void> {
    if (!(timeoutMs > 0)) throw new BadOptionError("timeoutMs", "a number of milliseconds above 0, or Infinity", timeoutMs)
    const what = `waiting for ${needs.map(({ pattern }) => pattern).join(", ")}`
    if (this.#closed || signal?.aborted === true) throw new CancelledError(what, signal?.reason)
    if (needs.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const ends: (() => void)[] = []
      const settle = (how: () => void): void => {
        for (const end of ends.splice(0)) end()
        how()
      }
      const cancel = (): void => settle(() => reject(new CancelledError(what, signal?.reason)))
      try {
        for (const one of needs) {
          ends.push(
            this.#source.subscribe(one.pattern, (topic, data) => {
              if (isMet(one) || ends.length === 0) return
              one.seen.push({ pattern: one.pattern, topic, data })
              if (isOver()) settle(resolve)
            }),
          )
        }
      } catch (error) {
        for (const end of ends.splice(0)) end()
        throw error
      }
      const timer = new LongTimer(timeoutMs, () => settle(() => reject(missing(needs, timeoutMs))))
      onAbort(signal, cancel)
      this.#open.add(cancel)
      ends.push(
        () => timer.cancel(),
        () => offAbort(signal, cancel),
        () => this.#open.delete(cancel),
      )
    })
  }
}

function need(pattern: string, count: number): Need {
  return { pattern, count, seen: [] }
}

function isMet({ seen, count }: Need): boolean {
  return seen.length >= count
}

function missing(needs: readonly Need[], timeoutMs: number): EventsMissingError {
  const seen = needs.reduce((sum, one) => sum + one.seen.length, 0)
  return new EventsMissingError(needs.filter((one) => !isMet(one)).map(({ pattern }) => pattern), seen, timeoutMs) // prettier-ignore
}
