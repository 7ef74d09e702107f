// Arena — the memory that all threads of this process share for their primitives, and who takes part.
// Owns the allocation of blocks and the table of members (threads).
// N1  It is one growable SharedArrayBuffer, made by the first thread that needs it before it starts others; they find it in their
//     environment data. Growing it commits no memory until it is written.

import { getEnvironmentData, isMainThread, setEnvironmentData, threadId } from "node:worker_threads"
import { NoRoomError, UnavailableError } from "../../errors.js"
import { type Extent, Ground, HEAP_AT, MEMBERS, MEMBERS_AT, NEXT, UNIT, type Until, type WakeWord } from "./ground.js"
import { block, sleep, wake, wakeAnyway } from "./sleep.js"

const KEY = "troupe.parallel"
/** The most that is reserved, tried from the largest; only what is written costs memory. */
const RESERVED = [2 ** 36, 2 ** 32, 2 ** 30]

/** What another thread finds in its environment data. */
interface Shared {
  readonly memory: SharedArrayBuffer
  readonly thread: number
}

class Arena extends Ground {
  readonly memory: SharedArrayBuffer
  readonly #parent: number

  constructor(memory: SharedArrayBuffer, parent: number) {
    super(memory)
    this.memory = memory
    this.#parent = parent
  }

  allocate(bytes: number): number {
    const units = Math.ceil(bytes / UNIT)
    const at = Atomics.add(this.words, NEXT, units)
    const end = (at + units) * UNIT
    if (end > this.memory.maxByteLength || at < 0) {
      Atomics.sub(this.words, NEXT, units)
      throw new NoRoomError(
        "shared memory",
        `${String(bytes)} bytes more than the ${String(this.memory.maxByteLength)} there are`,
      )
    }
    // Another thread may have grown it further meanwhile.
    while (this.memory.byteLength < end) {
      try {
        this.memory.grow(Math.min(this.memory.maxByteLength, Math.ceil(end / 2 ** 24) * 2 ** 24))
      } catch (error) {
        if (this.memory.byteLength < end) throw new NoRoomError("shared memory", `it cannot grow: ${String(error)}`)
      }
    }
    return at
  }

  /** What it has grown to can be written to. */
  commit(): void {
    return
  }

  extent(offset: number): Extent {
    return { memory: this.memory, at: offset * UNIT }
  }

  wake(words: Int32Array, index: number): void {
    wake(words, index)
  }

  wakeAnyway(words: Int32Array, index: number): void {
    wakeAnyway(words, index)
  }

  sleep({ words, index, seen }: WakeWord, until: Until): Promise<void> {
    return sleep(words, index, { seen, until })
  }

  block({ words, index, seen }: WakeWord, dueAt: number): void {
    block(words, index, { seen, dueAt })
  }

  /** Who ends a thread says so: threadEnded. */
  tidied(): boolean {
    return false
  }

  /** The members that are gone when a thread is: it, and the threads that it had started. */
  membersOf(thread: number): number[] {
    const found: number[] = []
    for (let member = 1; member < MEMBERS; member++) {
      const at = MEMBERS_AT + member * 2
      const id = Atomics.load(this.words, at) - 1
      if (id < 0 || id === threadId) continue
      if (id === thread) found.push(member)
      else if (Atomics.load(this.words, at + 1) - 1 === thread) found.push(...this.membersOf(id), member)
    }
    return [...new Set(found)]
  }

  /** Lets another thread have the number. */
  free(member: number): void {
    Atomics.store(this.words, MEMBERS_AT + member * 2 + 1, 0)
    Atomics.store(this.words, MEMBERS_AT + member * 2, 0)
  }

  protected join(): number {
    for (let member = 1; member < MEMBERS; member++) {
      const at = MEMBERS_AT + member * 2
      if (Atomics.compareExchange(this.words, at, 0, threadId + 1) !== 0) continue
      Atomics.store(this.words, at + 1, this.#parent + 1)
      return member
    }
    throw new NoRoomError("shared memory", `${String(MEMBERS - 1)} threads use it already`)
  }

  protected placeOf(member: number): string {
    const thread = Atomics.load(this.words, MEMBERS_AT + member * 2) - 1
    return thread === 0 ? "the main thread" : `thread ${String(thread)}`
  }
}

let arena: Arena | undefined

/** The memory of this process's primitives; made now if there is none yet. */
export function theArena(): Arena {
  if (arena !== undefined) return arena
  const found = getEnvironmentData(KEY) as Shared | undefined
  if (found === undefined && !isMainThread)
    throw new UnavailableError(
      "shared memory",
      "this thread was started before its program made any",
      "call shareMemory() before you start threads of your own; actors need nothing",
    )
  arena = new Arena(found?.memory ?? reserve(), found?.thread ?? -1)
  // Threads that this one starts inherit it, and learn who started them.
  setEnvironmentData(KEY, { memory: arena.memory, thread: threadId })
  return arena
}

/** Whether a thread that was started here, or one that it has started, has used any of it and has not been recovered. */
export function sharesMemory(thread: number): boolean {
  return arena !== undefined && arena.membersOf(thread).length > 0
}

/** Makes the memory, so that threads that are started from now on share it. Idempotent. */
export function shareMemory(): void {
  theArena()
}

function reserve(): SharedArrayBuffer {
  let last: unknown
  for (const maxByteLength of RESERVED) {
    try {
      const memory = new SharedArrayBuffer(2 ** 20, { maxByteLength })
      new Int32Array(memory, 0, 16)[NEXT] = HEAP_AT / UNIT
      return memory
    } catch (error) {
      last = error
    }
  }
  throw new NoRoomError("shared memory", `none can be reserved: ${String(last)}`)
}
