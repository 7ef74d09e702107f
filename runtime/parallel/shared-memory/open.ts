// Opening what lies in shared memory: made by the first who says a name, found by all others of this process, in any of its threads.
// Without a name each call makes another one, which its thread alone knows.

import { Barrier } from "../barrier.js"
import { BoundedSemaphore } from "../bounded-semaphore.js"
import { Event } from "../event.js"
import type { Plan } from "../kinds.js"
import { Lock, type LockOptions } from "../lock.js"
import { Pipe, type PipeOptions } from "../pipe.js"
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
} from "../plans.js"
import { Queue, type QueueOptions } from "../queue.js"
import { ReentrantLock } from "../reentrant-lock.js"
import { Semaphore } from "../semaphore.js"
import type { NumbersType } from "../numbers.js"
import { SharedArray } from "../shared-array.js"
import { SharedValue } from "../shared-value.js"
import { openBlock } from "./directory.js"
import { SharedEngine } from "./shared-engine.js"

/** @throws {OtherTypeError} when the name is taken by something else; BadNameError, BadOptionError, NoRoomError; so do all of these */
export function openLock(name?: string, options: LockOptions & OpenOptions = {}): Lock {
  return new Lock(engineFor(name, lockPlan("lock", options), options))
}

export function openReentrantLock(name?: string, options: LockOptions & OpenOptions = {}): ReentrantLock {
  return new ReentrantLock(engineFor(name, lockPlan("reentrant-lock", options), options))
}

/** @param permits - how many there are at the start */
export function openSemaphore(name?: string, permits = 1, options: OpenOptions = {}): Semaphore {
  return new Semaphore(engineFor(name, semaphorePlan("semaphore", permits, options), options))
}

/** @param permits - how many there are at the start, and at most */
export function openBoundedSemaphore(name?: string, permits = 1, options: OpenOptions = {}): BoundedSemaphore {
  return new BoundedSemaphore(engineFor(name, semaphorePlan("bounded-semaphore", permits, options), options))
}

export function openEvent(name?: string, options: OpenOptions = {}): Event {
  return new Event(engineFor(name, eventPlan(options), options))
}

/** @param parties - how many wait for each other */
export function openBarrier(name: string | undefined, parties: number, options: OpenOptions = {}): Barrier {
  return new Barrier(engineFor(name, barrierPlan(parties, options), options), parties)
}

export function openQueue<T = unknown>(name?: string, options: QueueOptions & OpenOptions = {}): Queue<T> {
  const plan = queuePlan(options)
  return new Queue<T>(engineFor(name, plan, options), plan.capacity)
}

export function openPipe<T = unknown>(name?: string, options: PipeOptions & OpenOptions = {}): Pipe<T> {
  const plan = pipePlan(options)
  const there = engineFor(name, plan, options)
  if (options.ways === "one-way") return new Pipe<T>([there, undefined], plan.capacity)
  const back = new SharedEngine(openBlock(name === undefined ? "" : `${name}.back`, plan), options.as)
  return new Pipe<T>([there, back], plan.capacity)
}

/** @param Type - the class of a typed array */
export function openSharedArray<T extends NumbersType>(
  name: string | undefined,
  Type: T,
  options: { readonly length: number } & LockOptions & OpenOptions,
): SharedArray<T> {
  const plan = arrayPlan(Type, options)
  return new SharedArray<T>(engineFor(name, plan, options), Type, options.length)
}

/** @param Type - the class of a typed array, of which it is one element; it starts as 0 */
export function openSharedValue<T extends NumbersType>(
  name: string | undefined,
  Type: T,
  options: LockOptions & OpenOptions = {},
): SharedValue<T> {
  return new SharedValue<T>(openSharedArray(name, Type, { ...options, length: 1 }), Type)
}

function engineFor(name: string | undefined, plan: Plan, { as }: OpenOptions): SharedEngine {
  return new SharedEngine(openBlock(checkedName(name), plan), as)
}
