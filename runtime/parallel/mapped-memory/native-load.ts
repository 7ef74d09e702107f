// NativeLoad — keeps a thread from being ended while it loads a native add-on: one whose initialisation is cut short takes the whole
// program along.
// Owns one word that a thread shares with whoever may end it.
// N1  Whoever comes first has it: the thread loads and is ended afterwards, or it is being ended and loads nothing any more.

const IDLE = 0
const LOADING = 1
const ENDING = 2

let ownWord: Int32Array | undefined

/** Such a word. */
export function nativeLoadWord(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
}

/** Has this thread load under a word that it shares with its owner; a main thread has none. */
export function shareNativeLoads(word: Int32Array | undefined): void {
  ownWord = word
}

/** Loads an add-on. Never settles in a thread that is being ended. */
export async function loadNative<T>(load: () => Promise<T>): Promise<T> {
  const word = ownWord
  if (word === undefined) return load()
  if (Atomics.compareExchange(word, 0, IDLE, LOADING) === ENDING) return new Promise<never>(() => undefined)
  try {
    return await load()
  } finally {
    Atomics.compareExchange(word, 0, LOADING, IDLE)
  }
}

/** Whether the thread may be ended now; it begins no load then. */
export function mayEnd(word: Int32Array): boolean {
  return Atomics.compareExchange(word, 0, IDLE, ENDING) !== LOADING
}
