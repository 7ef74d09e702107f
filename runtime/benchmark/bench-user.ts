// The actor that works with the toolkit when it is measured, in a thread or a process. What it gives tells whether all was done.

import { Actor } from "../actor/actor.js"
import { actor, handler } from "../actor/definition.js"
import type { Lock } from "../parallel/lock.js"
import type { Queue } from "../parallel/queue.js"
import type { Toolkit } from "../parallel/toolkit.js"
import { sharedToolkit } from "../toolkit/shared-toolkit.js"
import { openMachineToolkit } from "../toolkit/open-machine-toolkit.js"

/** How items go through a queue: one by one awaited, one by one with the thread blocked, or many at a time. */
export type QueueForm = "awaited" | "blocked" | "many"

export interface QueueWork {
  readonly name: string
  readonly count: number
  readonly form: QueueForm
}

export interface LockWork {
  readonly lock: string
  /** An array of LOG_LENGTH numbers. */
  readonly log: string
  readonly times: number
  /** The number of who takes it, from 1, and how many there are. */
  readonly as: number
  readonly all: number
}

export interface SumWork {
  readonly name: string
  readonly length: number
  readonly from: number
  readonly to: number
  readonly times: number
}

/** In the log of those who contend: how many turns there were, whose was the last, and how often it was another's than the one before. */
export const LOG_LENGTH = 3
export const TURNS = 0
const LAST = 1
export const CHANGES = 2

const QUEUE = { capacity: 1024, itemBytes: 64 } as const
/** How many items are put or taken at a time, where many are. */
const MANY = 256

@actor({ kind: "bench-user", module: import.meta.url })
export class BenchUser extends Actor {
  #toolkit: Toolkit | undefined
  #numbers: Float64Array | undefined
  #own: Float64Array | undefined

  override async onStart(args: unknown): Promise<void> {
    const isMachine = (args as { memory?: string } | undefined)?.memory === "machine"
    this.#toolkit = isMachine ? await openMachineToolkit(this.context) : sharedToolkit()
  }

  get #tools(): Toolkit {
    if (this.#toolkit === undefined) throw new Error("it has not started")
    return this.#toolkit
  }

  /** Takes a lock so many times, with the thread blocked, as soon as all have come. */
  @handler()
  async lockBlocked(work: LockWork): Promise<void> {
    const { mutex, turn } = await this.#contend(work)
    for (let n = 0; n < work.times; n++) {
      const lease = mutex.acquireSync()
      turn()
      lease.releaseSync()
    }
  }

  /** The same without blocking. */
  @handler()
  async lockAwaited(work: LockWork): Promise<void> {
    const { mutex, turn } = await this.#contend(work)
    for (let n = 0; n < work.times; n++) {
      const lease = await mutex.acquire()
      turn()
      await lease.release()
    }
  }

  /** Adds 1 to a whole number in one step each. */
  @handler()
  async count({ value, times }: { value: string; times: number }): Promise<void> {
    const count = await this.#tools.sharedValue(value, Int32Array)
    for (let n = 0; n < times; n++) count.add(1)
  }

  /** Puts so many items of 64 bytes. */
  @handler()
  async put({ name, count, form }: QueueWork): Promise<void> {
    const queue = await this.#tools.queue<Uint8Array>(name, QUEUE)
    const item = new Uint8Array(QUEUE.itemBytes).fill(7)
    if (form === "blocked") for (let n = 0; n < count; n++) queue.putSync(item)
    else if (form === "awaited") for (let n = 0; n < count; n++) await queue.put(item)
    else for (let n = 0; n < count; n += MANY) await queue.putMany(Array<Uint8Array>(Math.min(MANY, count - n)).fill(item))
  }

  /** Takes so many items; gives how many bytes they had. */
  @handler()
  async take({ name, count, form }: QueueWork): Promise<number> {
    const queue: Queue<Uint8Array> = await this.#tools.queue(name, QUEUE)
    let bytes = 0
    if (form === "blocked") for (let n = 0; n < count; n++) bytes += queue.getSync().length
    else if (form === "awaited") for (let n = 0; n < count; n++) bytes += (await queue.get()).length
    else
      for (let n = 0; n < count;) {
        const items = await queue.getMany(MANY)
        n += items.length
        for (const { length } of items) bytes += length
      }
    return bytes
  }

  /** The sum of a part of an array, so many times. */
  @handler()
  async sum({ name, length, from, to, times }: SumWork): Promise<number> {
    this.#numbers ??= (await this.#tools.sharedArray(name, Float64Array, { length })).view
    let sum = 0
    for (let n = 0; n < times; n++) sum += sumOf(this.#numbers, from, to)
    return sum
  }

  /** The sum of as many numbers that nobody else has, so many times. */
  @handler()
  sumOwn({ from, to, times }: SumWork): number {
    this.#own ??= new Float64Array(to - from).fill(1)
    let sum = 0
    for (let n = 0; n < times; n++) sum += sumOf(this.#own, 0, to - from)
    return sum
  }

  async #contend({ lock, log, as, all }: LockWork): Promise<{ mutex: Lock; turn: () => void }> {
    const mutex = await this.#tools.lock(lock)
    const { view } = await this.#tools.sharedArray(log, Float64Array, { length: LOG_LENGTH })
    await (await this.#tools.barrier(`${lock}-start`, all)).wait()
    const turn = (): void => {
      view[TURNS] = (view[TURNS] ?? 0) + 1
      if (view[LAST] !== as) view[CHANGES] = (view[CHANGES] ?? 0) + 1
      view[LAST] = as
    }
    return { mutex, turn }
  }
}

/** What is summed by one, or by several who share it. */
export function sumOf(numbers: Float64Array, from: number, to: number): number {
  let sum = 0
  for (let n = from; n < to; n++) sum += numbers[n] as number
  return sum
}
