// TaskQueue — the tasks of one job that wait for a worker, and which worker gets which.
// Q1  Tasks that are run again are first in line, in their order.
// Q2  One that is to be alone shares a batch with no other: should its worker die, it was that one.
// Q3  With the static schedule a task goes to the worker it was given to at first, or to that one's successor; nobody else takes it.

/** `static`: every worker's tasks are settled beforehand, in turn. `dynamic`: whoever is free takes the next ones. */
export type TaskSchedule = "static" | "dynamic"

export interface QueuedTask {
  /** Its place in the input, from 0. */
  readonly index: number
  /** What it is given: its only argument, or the list of them. */
  readonly given: unknown
  /** How many workers have died with it. */
  readonly deaths: number
  /** How many have died, one after the other, as it was on its way to them. @default 0 */
  readonly unbegun?: number
  readonly alone: boolean
}

class Lane {
  #tasks: QueuedTask[] = []
  #head = 0

  get length(): number {
    return this.#tasks.length - this.#head
  }

  put(task: QueuedTask): void {
    this.#tasks.push(task)
  }

  putFirst(tasks: readonly QueuedTask[]): void {
    this.#tasks = [...tasks, ...this.#tasks.slice(this.#head)]
    this.#head = 0
  }

  take(atMost: number): QueuedTask[] {
    const from = this.#head
    if (this.#tasks[from]?.alone === true) atMost = Math.min(atMost, 1)
    let to = from
    while (to < this.#tasks.length && to - from < atMost && (to === from || this.#tasks[to]?.alone === false)) to++
    const taken = this.#tasks.slice(from, to)
    this.#head = to
    if (this.#head > 1024 && this.#head * 2 > this.#tasks.length) this.putFirst([])
    return taken
  }

  clear(): void {
    this.#tasks = []
    this.#head = 0
  }
}

export class TaskQueue {
  readonly #lanes: readonly Lane[]
  readonly #blockSize: number

  /** With `static`, blocks of `blockSize` tasks go to the workers in turn. */
  constructor(how: { readonly schedule: TaskSchedule; readonly workers: number; readonly blockSize: number }) {
    this.#blockSize = how.blockSize
    this.#lanes = Array.from({ length: how.schedule === "static" ? how.workers : 1 }, () => new Lane())
  }

  get size(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.length, 0)
  }

  /** How many tasks wait for this worker. */
  sizeFor(worker: number): number {
    return this.#lane(worker).length
  }

  put(task: QueuedTask): void {
    this.#lane(Math.floor(task.index / this.#blockSize)).put(task)
  }

  /** Puts tasks back that were taken by a worker, first in line. */
  putBack(tasks: readonly QueuedTask[], worker: number): void {
    this.#lane(worker).putFirst(tasks)
  }

  /** The next tasks for a worker, at most so many; none when there are none for it. */
  take(worker: number, atMost: number): QueuedTask[] {
    return this.#lane(worker).take(atMost)
  }

  clear(): void {
    for (const lane of this.#lanes) lane.clear()
  }

  #lane(n: number): Lane {
    const lane = this.#lanes[n % this.#lanes.length]
    if (lane === undefined) throw new RangeError(`there is no worker ${String(n)}`)
    return lane
  }
}
