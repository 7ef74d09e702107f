// What the members of a squad do in the memory they share, until they are told to stop.

import { haloJob } from "./halo-job.js"
import type { Wait } from "./wait.js"

/** Words of the memory, each group on cache lines of its own. */
export const WORD = {
  go: 0,
  sleepers: 8,
  job: 16,
  stop: 32,
  done: 48,
  value: 64,
  lock: 80,
  torn: 96,
  state: 112,
  counts: 192,
  halo: 256,
} as const
export const STATE_WORDS = 16
export const SQUAD_BYTES = 4096

export const JOBS = ["atomic", "lock", "none", "read", "halo"] as const
export type Job = (typeof JOBS)[number]

/** How long a wait is, of work that waits: that of a quick disk or a near server. */
export const WAIT_MS = 2
/** What whoever keeps changing a state waits between two changes: it changes some thousand times a second. */
const CHANGE_PAUSE_MS = 0.1
const pillow = new Int32Array(new SharedArrayBuffer(4))

/** Blocks the thread between two changes. */
export function pauseBetweenChanges(): void {
  Atomics.wait(pillow, 0, 0, CHANGE_PAUSE_MS)
}

/** Who does a job, among how many. */
export interface Place {
  readonly member: number
  readonly members: number
  readonly wait: Wait
}

/** Does a job until the word `stop` is set, but once: on a busy machine a member may come to it late. @returns how often */
export function work(job: Job, words: Int32Array, { member, members, wait }: Place): number {
  const stopped = (): boolean => Atomics.load(words, WORD.stop) !== 0
  let count = 0
  switch (job) {
    case "atomic":
      do {
        Atomics.add(words, WORD.value, 1)
        count++
      } while (!stopped())
      return count
    case "lock":
      do {
        acquire(words, wait)
        words[WORD.value] = (words[WORD.value] ?? 0) + 1
        release(words, wait)
        count++
      } while (!stopped())
      return count
    case "none":
      do {
        words[WORD.value] = (words[WORD.value] ?? 0) + 1
        count++
      } while (!stopped())
      return count
    case "read":
      if (member === 0) return write(words, stopped)
      do {
        if (!snapshot(words)) Atomics.add(words, WORD.torn, 1)
        count++
      } while (!stopped())
      return count
    case "halo": {
      const { steps, sum } = haloJob({ words, at: WORD.halo, wait, stopped }, member, members)
      Atomics.add(words, WORD.value, sum)
      return steps
    }
  }
}

/** Some 5 to 20 µs of arithmetic that touches no memory. */
export function compute(): number {
  let x = 0.5
  for (let i = 0; i < 4000; i++) x = 3.9 * x * (1 - x)
  return x
}

const FREE = 0
const TAKEN = 1
const WANTED = 2

/** A lock of three states: who finds it taken says so, and is woken. */
function acquire(words: Int32Array, wait: Wait): void {
  if (Atomics.compareExchange(words, WORD.lock, FREE, TAKEN) === FREE) return
  while (Atomics.exchange(words, WORD.lock, WANTED) !== FREE) wait.wait({ words, at: WORD.lock, value: WANTED })
}

function release(words: Int32Array, wait: Wait): void {
  if (Atomics.exchange(words, WORD.lock, FREE) === WANTED) wait.wake(words, WORD.lock)
}

/** The writer of a seqlock: its sequence is odd while the state is being changed. */
function write(words: Int32Array, stopped: () => boolean): number {
  let count = 0
  for (; !stopped(); count++) {
    Atomics.add(words, WORD.state, 1)
    for (let i = 1; i <= STATE_WORDS; i++) Atomics.store(words, WORD.state + i, count)
    Atomics.add(words, WORD.state, 1)
    pauseBetweenChanges()
  }
  return 0
}

/** Reads the state until nobody has changed it meanwhile. @returns whether it is of one piece */
function snapshot(words: Int32Array): boolean {
  for (;;) {
    const before = Atomics.load(words, WORD.state)
    if ((before & 1) === 1) {
      if (Atomics.load(words, WORD.stop) !== 0) return true
      continue
    }
    const first = Atomics.load(words, WORD.state + 1)
    let same = true
    for (let i = 2; i <= STATE_WORDS; i++) if (Atomics.load(words, WORD.state + i) !== first) same = false
    if (Atomics.load(words, WORD.state) === before) return same
  }
}
