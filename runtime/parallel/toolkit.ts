// Toolkit — opens primitives by their names, wherever they are kept. All who open a name in one toolkit share what it stands for.

import { Barrier } from "./barrier.js"
import { BoundedSemaphore } from "./bounded-semaphore.js"
import type { Engine } from "./engine.js"
import { Event } from "./event.js"
import type { Plan } from "./kinds.js"
import { Lock, type LockOptions } from "./lock.js"
import { Pipe, type PipeOptions } from "./pipe.js"
import {
  arrayPlan,
  barrierPlan,
  checkedName,
  eventPlan,
  lockPlan,
  type OpenOptions,
  pipePlan,
  queuePlan,
  semaphorePlan,
} from "./plans.js"
import { Queue, type QueueOptions } from "./queue.js"
import { ReentrantLock } from "./reentrant-lock.js"
import { Semaphore } from "./semaphore.js"
import type { NumbersType } from "./numbers.js"
import { SharedArray } from "./shared-array.js"
import { SharedValue } from "./shared-value.js"

/** What has to be known to open one. */
export interface Wanted {
  /** "" for one without a name. */
  readonly name: string
  readonly plan: Plan
  /** The party on whose behalf. */
  readonly as: string | undefined
}

/** Opens the engine of a primitive, making it if there is none of that name. */
export type OpenEngine = (wanted: Wanted) => Promise<Engine>

export class Toolkit {
  readonly #openEngine: OpenEngine

  /** @internal */
  constructor(openEngine: OpenEngine) {
    this.#openEngine = openEngine
  }

  /** Has it refused in messages, and as an item: it stays where it is, and others open it by its name. */
  get [Symbol.toStringTag](): string {
    return "Toolkit"
  }

  /** @throws {OtherTypeError} when the name is taken by something else; BadNameError, BadOptionError; so do all of these */
  async lock(name?: string, options: LockOptions & OpenOptions = {}): Promise<Lock> {
    return new Lock(await this.#open(name, lockPlan("lock", options), options))
  }

  async reentrantLock(name?: string, options: LockOptions & OpenOptions = {}): Promise<ReentrantLock> {
    return new ReentrantLock(await this.#open(name, lockPlan("reentrant-lock", options), options))
  }

  /** @param permits - how many there are at the start */
  async semaphore(name?: string, permits = 1, options: OpenOptions = {}): Promise<Semaphore> {
    return new Semaphore(await this.#open(name, semaphorePlan("semaphore", permits, options), options))
  }

  /** @param permits - how many there are at the start, and at most */
  async boundedSemaphore(name?: string, permits = 1, options: OpenOptions = {}): Promise<BoundedSemaphore> {
    return new BoundedSemaphore(await this.#open(name, semaphorePlan("bounded-semaphore", permits, options), options))
  }

  async event(name?: string, options: OpenOptions = {}): Promise<Event> {
    return new Event(await this.#open(name, eventPlan(options), options))
  }

  /** @param parties - how many wait for each other */
  async barrier(name: string | undefined, parties: number, options: OpenOptions = {}): Promise<Barrier> {
    return new Barrier(await this.#open(name, barrierPlan(parties, options), options), parties)
  }

  async queue<T = unknown>(name?: string, options: QueueOptions & OpenOptions = {}): Promise<Queue<T>> {
    const plan = queuePlan(options)
    return new Queue<T>(await this.#open(name, plan, options), plan.capacity)
  }

  async pipe<T = unknown>(name?: string, options: PipeOptions & OpenOptions = {}): Promise<Pipe<T>> {
    const plan = pipePlan(options)
    const there = await this.#open(name, plan, options)
    if (options.ways === "one-way") return new Pipe<T>([there, undefined], plan.capacity)
    // No name that can be asked for has a dot in it.
    const back = await this.#openEngine({ name: name === undefined ? "" : `${name}.back`, plan, as: options.as })
    return new Pipe<T>([there, back], plan.capacity)
  }

  /**
   * @param Type - the class of a typed array
   * @throws {NoRoomError} when there is no memory for it, or more than a keeper keeps
   */
  async sharedArray<T extends NumbersType>(
    name: string | undefined,
    Type: T,
    options: { readonly length: number } & LockOptions & OpenOptions,
  ): Promise<SharedArray<T>> {
    const { length } = options
    return new SharedArray<T>(await this.#open(name, arrayPlan(Type, length, options), options), Type, length)
  }

  /** @param Type - the class of a typed array, of which it is one element; it starts as 0 @throws what sharedArray does */
  async sharedValue<T extends NumbersType>(
    name: string | undefined,
    Type: T,
    options: LockOptions & OpenOptions = {},
  ): Promise<SharedValue<T>> {
    return new SharedValue<T>(await this.sharedArray(name, Type, { ...options, length: 1 }), Type)
  }

  #open(name: string | undefined, plan: Plan, { as }: OpenOptions): Promise<Engine> {
    return this.#openEngine({ name: checkedName(name), plan, as })
  }
}
