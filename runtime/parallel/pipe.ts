// Pipe — two ends, one way or both (promise P6), after Python's multiprocessing.Pipe.
// Each way is a queue of its own that knows who has taken its two ends; it is closed when one that was taken has nobody left.

import { BadOptionError, ClosedError } from "../errors.js"
import { type Engine, mustBeDone } from "./engine.js"
import { operation } from "./operation.js"
import { Queue } from "./queue.js"
import type { WaitOptions } from "./wait-options.js"

/** How a pipe is made; all who open a name must say the same. */
export interface PipeOptions {
  /** `one-way`: the left end sends, the right one receives. @default "duplex" */
  readonly ways?: "one-way" | "duplex"
  /** The most values that are under way in one direction. @default 64 */
  readonly capacity?: number
  /** The most bytes of one value. @default 1024 */
  readonly itemBytes?: number
}

export type Side = "left" | "right"
const WRITES = 0
const READS = 1

/** A pipe that can be taken hold of at either end. */
export class Pipe<T = unknown> {
  readonly #ways: readonly [Engine, Engine | undefined]
  readonly #capacity: number

  /** @internal `ways`: from left to right, and from right to left if there is one */
  constructor(ways: readonly [Engine, Engine | undefined], capacity: number) {
    this.#ways = ways
    this.#capacity = capacity
  }

  /** Has it refused in messages, and as an item: it stays where it is, and others open it by its name. */
  get [Symbol.toStringTag](): string {
    return "Pipe"
  }

  get name(): string {
    return this.#ways[0].name
  }

  /** Takes an end. It is closed when all who have taken it have closed it or died. */
  async end(side: Side): Promise<PipeEnd<T>> {
    if (side !== "left" && side !== ("right" as Side)) throw new BadOptionError("side", '"left" or "right"', side)
    const [there, back] = this.#ways
    const [out, into] = side === "left" ? [there, back] : [back, there]
    return new PipeEnd<T>(this.name, {
      out: out === undefined ? undefined : await Way.take<T>(out, WRITES, this.#capacity),
      into: into === undefined ? undefined : await Way.take<T>(into, READS, this.#capacity),
    })
  }
}

/** One end of one way. */
class Way<T> {
  readonly queue: Queue<T>
  readonly #engine: Engine
  readonly #ticket: number

  private constructor(engine: Engine, ticket: number, capacity: number) {
    this.#engine = engine
    this.#ticket = ticket
    this.queue = new Queue<T>(engine, capacity)
  }

  static async take<T>(engine: Engine, side: number, capacity: number): Promise<Way<T>> {
    const taken = mustBeDone(engine.name, await engine.run(operation("attach", engine.owner, { amount: side })))
    return new Way<T>(engine, taken.ticket, capacity)
  }

  async leave(): Promise<void> {
    mustBeDone(this.#engine.name, await this.#engine.run(operation("detach", this.#engine.owner, { ticket: this.#ticket })))
  }
}

/** One end of a pipe, in the hands of one party. */
export class PipeEnd<T = unknown> implements AsyncDisposable {
  readonly #name: string
  readonly #out: Way<T> | undefined
  readonly #into: Way<T> | undefined
  #open = true

  /** @internal */
  constructor(name: string, ways: { out: Way<T> | undefined; into: Way<T> | undefined }) {
    this.#name = name
    this.#out = ways.out
    this.#into = ways.into
  }

  /** Has it refused in messages, and as an item: it stays where it is. */
  get [Symbol.toStringTag](): string {
    return "PipeEnd"
  }

  /** Sends a value, waiting for room. @throws {ClosedError} when the other end is closed or dead; QueueFullError, TooLargeError */
  async send(value: T, options: WaitOptions = {}): Promise<void> {
    const way = this.#mustHave(this.#out)
    await way.queue.put(value, options)
  }

  /** Receives a value, waiting for one. @throws {ClosedError} at the end of the stream; QueueEmptyError when there was none in time */
  async receive(options: WaitOptions = {}): Promise<T> {
    return this.#mustHave(this.#into).queue.get(options)
  }

  /** Closes this end; what was sent can still be received. Idempotent. */
  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    await this.#out?.leave()
    await this.#into?.leave()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** What comes in, until the other end is closed or dead. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    yield* this.#mustHave(this.#into).queue
  }

  #mustHave(way: Way<T> | undefined): Way<T> {
    if (way === undefined) throw new BadOptionError(this.#name, "the end of a one-way pipe that goes this way", "the other one")
    if (!this.#open) throw new ClosedError(this.#name)
    return way
  }
}
