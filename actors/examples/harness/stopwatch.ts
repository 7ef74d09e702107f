// Stopwatch — times a piece of work, and apart from it what is set up before it and in the middle of it.

import type { Preparing } from "./example.js"

/** Time on the wall and time of the processor, in milliseconds. */
interface Span {
  readonly ms: number
  readonly processorMs: number
}

export class Stopwatch implements Preparing {
  #begun: Span | undefined
  #setUp: Span = { ms: 0, processorMs: 0 }
  #before: Span | undefined
  /** Of the rounds that are over; the first one may have started what the others find there. */
  #longest = 0
  spent: Span | undefined

  /** What was set up, in the middle of the work and before. */
  get setUpMs(): number {
    return (this.#before?.ms ?? 0) + Math.max(this.#longest, this.#setUp.ms)
  }

  start(): void {
    if (this.#before === undefined) this.#before = this.#setUp
    else this.#longest = Math.max(this.#longest, this.#setUp.ms)
    this.#setUp = { ms: 0, processorMs: 0 }
    this.#begun = now()
  }

  /** Of several rounds the fastest counts: what else runs on the machine can only make one slower. */
  stop(): void {
    if (this.#begun === undefined) return
    const spent = without(without(now(), this.#begun), this.#setUp)
    if (this.spent === undefined || spent.ms < this.spent.ms) this.spent = spent
  }

  /** A function of its own, so that it can be taken apart from the watch. */
  readonly setUp = async <T>(layOutInput: () => T | Promise<T>): Promise<T> => {
    const start = now()
    const laidOut = await layOutInput()
    const took = without(now(), start)
    this.#setUp = { ms: this.#setUp.ms + took.ms, processorMs: this.#setUp.processorMs + took.processorMs }
    return laidOut
  }
}

function now(): Span {
  const { user, system } = process.cpuUsage()
  return { ms: performance.now(), processorMs: (user + system) / 1000 }
}

function without(a: Span, b: Span): Span {
  return { ms: a.ms - b.ms, processorMs: a.processorMs - b.processorMs }
}
