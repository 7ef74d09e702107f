// Sleep — waiting for a word of shared memory to change, on an event loop or with the thread blocked.
// A pending Atomics.waitAsync keeps no event loop alive; a sleeper does, for somebody awaits it.
// N1  The lowest bit of a word says that somebody may be asleep on it; the others count changes. Who changes it wakes the sleepers only
//     when the bit is set, and takes it away before it does: who sleeps on is woken and sets it again.

import { isMainThread } from "node:worker_threads"
import { MayNotBlockError } from "../../errors.js"
import type { Until } from "./ground.js"
import { offAbort, onAbort } from "../../time/abort-listeners.js"

/** How long a loop is turned before it goes to sleep: most waits are short, and a wake-up takes some 50 µs. */
const TURNING_MS = 0.1
/**
 * How often a blocked thread looks before it sleeps, at least and at most: the oftener that was enough, the longer it looks the next time.
 * At least as long as a wake-up takes, some 10 microseconds: a lock that was just handed on comes back within two.
 */
const FEWEST_LOOKS = 2000
const MOST_LOOKS = 8000
const FOREVER_MS = 2 ** 30
const LONGEST_MS = 2 ** 31 - 1

const ASLEEP = 1
/** By how much a word goes up. */
export const CHANGE = 2

let looks = FEWEST_LOOKS
let sleepers = 0
let alive: NodeJS.Timeout | undefined

function keepAlive(by: 1 | -1): void {
  sleepers += by
  if (sleepers === 0) {
    clearInterval(alive)
    alive = undefined
  } else alive ??= setInterval(() => undefined, FOREVER_MS)
}

/** Resolves when the word is no longer `seen`, the time is over or the signal aborted; sometimes for no reason. */
export async function sleep(words: Int32Array, index: number, { seen, until }: { seen: number; until: Until }): Promise<void> {
  if (await turn(words, index, { seen, until })) return
  const { dueAt, signal } = until
  if (!mayBeAsleep(words, index, seen)) return
  const woken = Atomics.waitAsync(words, index, seen | ASLEEP)
  if (!woken.async) return
  let timer: NodeJS.Timeout | undefined
  let called: (() => void) | undefined
  keepAlive(1)
  try {
    await new Promise<void>((resolve) => {
      called = () => {
        resolve()
        // What waits on the word besides looks once for nothing; otherwise this waiter would stay in its list.
        Atomics.notify(words, index)
      }
      void woken.value.then(() => resolve())
      if (dueAt !== Infinity) timer = setTimeout(called, Math.min(Math.ceil(dueAt - performance.now()), LONGEST_MS))
      onAbort(signal, called)
    })
  } finally {
    keepAlive(-1)
    clearTimeout(timer)
    if (called !== undefined) offAbort(signal, called)
  }
}

/** Turns the loop for a moment; whether the sleep is over by then. */
export async function turn(words: Int32Array, index: number, { seen, until }: { seen: number; until: Until }): Promise<boolean> {
  const start = performance.now()
  while (performance.now() - start < TURNING_MS) {
    await new Promise(setImmediate)
    if (hasChanged(words, index, seen) || until.signal?.aborted === true || performance.now() >= until.dueAt) return true
  }
  return false
}

/** Blocks the thread until the word is no longer `seen` or the time is over. */
export function block(words: Int32Array, index: number, { seen, dueAt }: { seen: number; dueAt: number }): void {
  for (let n = 0; n < looks; n++)
    if (hasChanged(words, index, seen)) {
      looks = Math.min(looks * 2, MOST_LOOKS)
      return
    }
  looks = Math.max(looks >> 1, FEWEST_LOOKS)
  if (mayBeAsleep(words, index, seen)) Atomics.wait(words, index, seen | ASLEEP, dueAt - performance.now())
}

/** Changes a word on which others may sleep, and wakes them. */
export function wake(words: Int32Array, index: number): void {
  if ((Atomics.add(words, index, CHANGE) & ASLEEP) !== 0) wakeAnyway(words, index)
}

/** The same where who has taken the bit away may have died before it woke anyone. */
export function wakeAnyway(words: Int32Array, index: number): void {
  Atomics.and(words, index, ~ASLEEP)
  Atomics.add(words, index, CHANGE)
  Atomics.notify(words, index)
}

function hasChanged(words: Int32Array, index: number, seen: number): boolean {
  return (Atomics.load(words, index) | ASLEEP) !== (seen | ASLEEP)
}

/** Says that somebody may be asleep; false when the word has changed since. */
function mayBeAsleep(words: Int32Array, index: number, seen: number): boolean {
  const found = Atomics.compareExchange(words, index, seen, seen | ASLEEP)
  return (found | ASLEEP) === (seen | ASLEEP)
}

/** @throws {MayNotBlockError} on a main thread: its event loop has others to serve, and it recovers what dead threads held */
export function mustBlock(name: string): void {
  if (isMainThread) throw new MayNotBlockError(name, "the main thread may not be blocked")
}
