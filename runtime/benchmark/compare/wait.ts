// How one side of shared memory waits until the other has changed a word, once it has looked for it long enough.

import type { Libc } from "../../parallel/mapped-memory/libc.js"

/** Where a side waits, and for what to change. */
export interface Awaited {
  readonly words: Int32Array
  readonly at: number
  readonly value: number
}

/** How a side waits for the other; `wake` is called after each change. */
export interface Wait {
  /** Blocks the thread until the word was changed, or for a while: whoever waits looks again. */
  wait(awaited: Awaited): void
  wake(words: Int32Array, at: number): void
}

/** Atomics.wait knows nothing of other processes. So often, who waits looks whether there is still anybody to wait for. */
const LOOK_MS = 200

/** Threads of one process. */
export const THREAD_WAIT: Wait = {
  wait: ({ words, at, value }) => void Atomics.wait(words, at, value, 1000),
  wake: (words, at) => void Atomics.notify(words, at),
}

/**
 * Processes that have mapped one file: they block in the kernel as well, by a futex.
 * @param sleepersAt a word that counts who sleeps: nobody asks the kernel to wake anybody while it is 0
 */
export function processWait(libc: Libc, sleepersAt: number): Wait {
  return {
    wait({ words, at, value }) {
      // Counted before the kernel compares: whoever changes the word after that sees the sleeper.
      Atomics.add(words, sleepersAt, 1)
      libc.waitOn(words.subarray(at, at + 1), value, LOOK_MS)
      Atomics.sub(words, sleepersAt, 1)
    },
    wake(words, at) {
      if (Atomics.load(words, sleepersAt) !== 0) libc.wakeOn(words.subarray(at, at + 1))
    },
  }
}
