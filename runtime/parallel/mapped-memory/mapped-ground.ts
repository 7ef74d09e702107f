// MappedGround — memory that the threads of several processes of this machine share for their primitives.
// Owns who is a member, how members wake each other, and the burial of those who are gone: no process is in charge of it, each
// member that meets an obstacle looks whether somebody has died (promise P4).
// G1  A member's first word is the number of its thread, or minus the number of the member that takes back what it had, or 0.
// G2  A number is free again only when everything of its member, and every burial that it had begun, has been seen to.
// G3  Who was about to wake others may have been killed: nobody sleeps longer than LOOK_MS without looking.
// G4  The bit of a word by which threads of one process say that they may be asleep stays 0 here: who takes it away can be killed before it
//     wakes anyone, and nobody is told of it. The bits of the sleepers, and looking, take its place.

import type { Socket } from "node:net"
import { threadId } from "node:worker_threads"
import { NoRoomError } from "../../errors.js"
import { SLEEPERS_WORDS, sleepersAt } from "../shared-memory/block-layout.js"
import { bury } from "../shared-memory/burial.js"
import { Directory } from "../shared-memory/directory.js"
import {
  type Extent,
  Ground,
  HEAP_AT,
  MEMBERS,
  MEMBERS_AT,
  NEXT,
  UNIT,
  type Until,
  type WakeWord,
} from "../shared-memory/ground.js"
import { CHANGE, turn } from "../shared-memory/sleep.js"
import { Bells, listen } from "./doorbell.js"
import type { Libc } from "./libc.js"
import type { MappedFile } from "./mapped-file.js"
import { bellPath, BLOCKED, MEMBER_PLACES_AT } from "./mapped-header.js"
import { isRunning, ownMark } from "./thread-mark.js"
import { offAbort, onAbort } from "../../time/abort-listeners.js"

/** How often who waits looks whether somebody has died. */
const LOOK_MS = 200
/** How often who does not wait does, at most. */
const TIDY_MS = 20
/** How often a blocked thread looks before it sleeps. */
const LOOKS = 200
const LONGEST_MS = 2 ** 31 - 1
/** What one buffer of Node.js can hold. */
const MOST_BYTES = 2 ** 32 - 1

export class MappedGround extends Ground {
  readonly #file: MappedFile
  readonly #libc: Libc
  readonly #bells: Bells
  readonly #sleepers = new Map<() => void, WakeWord>()
  #bell: Socket | undefined
  #look: NodeJS.Timeout | undefined
  #tidiedAt = -Infinity

  constructor(file: MappedFile, libc: Libc) {
    super(file.view(0, HEAP_AT))
    this.#file = file
    this.#libc = libc
    this.#bells = new Bells((member) => bellPath(file.path, member))
  }

  /** Gives the member number back; nothing was opened. */
  leave(): void {
    Atomics.store(this.words, MEMBERS_AT + this.member * 2 + 1, 0)
    Atomics.store(this.words, MEMBERS_AT + this.member * 2, 0)
  }

  /** Its file has been removed: what it holds of the operating system goes, and what is mapped stays. */
  close(): void {
    this.#file.close()
    this.#bell?.destroy()
    this.#bells.close()
  }

  /** Whether others find it under its name. */
  get isNamed(): boolean {
    return this.#file.isNamed
  }

  allocate(bytes: number): number {
    const units = Math.ceil(bytes / UNIT)
    const { words } = this
    if (bytes > MOST_BYTES) throw new NoRoomError(this.#file.path, `${String(MOST_BYTES)} bytes is the most that one may have`)
    for (;;) {
      const at = Atomics.load(words, NEXT)
      if ((at + units) * UNIT > this.#file.bytes)
        throw new NoRoomError(this.#file.path, `${String(bytes)} bytes more than the ${String(this.#file.bytes)} it can hold`)
      if (Atomics.compareExchange(words, NEXT, at, at + units) === at) return at
    }
  }

  commit(offset: number, bytes: number): void {
    this.#file.reserve(offset * UNIT, bytes)
  }

  extent(offset: number, bytes: number): Extent {
    return { memory: this.#file.view(offset * UNIT, bytes), at: 0 }
  }

  wake(words: Int32Array, index: number): void {
    Atomics.add(words, index, CHANGE)
    if (Atomics.load(this.words, BLOCKED) > 0) this.#libc.wakeOn(words.subarray(index, index + 1))
    const bitsAt = sleepersAt(index)
    for (let n = 0; n < SLEEPERS_WORDS; n++) {
      if (Atomics.load(words, bitsAt + n) === 0) continue
      for (let bits = Atomics.exchange(words, bitsAt + n, 0); bits !== 0; bits &= bits - 1) {
        const member = n * 32 + 31 - Math.clz32(bits & -bits)
        if (member === this.member) this.#rung()
        else this.#bells.ring(member)
      }
    }
  }

  /** Whoever's bit was taken away by one who died then looks around in a moment. */
  wakeAnyway(words: Int32Array, index: number): void {
    this.wake(words, index)
  }

  async sleep(word: WakeWord, until: Until): Promise<void> {
    const { words, index, seen } = word
    if (await turn(words, index, { seen, until })) return
    // Who has no bell finds out when it looks around.
    this.#bell ??= listen(bellPath(this.#file.path, this.member), this.#libc, () => this.#rung())
    Atomics.or(words, sleepersAt(index) + (this.member >>> 5), 1 << (this.member & 31))
    if (Atomics.load(words, index) !== seen) return
    await this.#woken(word, until)
  }

  block({ words, index, seen }: WakeWord, dueAt: number): void {
    for (let n = 0; n < LOOKS; n++) if (Atomics.load(words, index) !== seen) return
    Atomics.add(this.words, BLOCKED, 1)
    this.#libc.waitOn(words.subarray(index, index + 1), seen, Math.max(0, Math.min(LOOK_MS, dueAt - performance.now())))
    Atomics.sub(this.words, BLOCKED, 1)
    if (Atomics.load(words, index) === seen) this.tidied()
  }

  tidied(): boolean {
    if (performance.now() - this.#tidiedAt < TIDY_MS) return false
    const dead = this.#claimDead()
    // Late, for looking takes a while when there are many.
    this.#tidiedAt = performance.now()
    if (dead.size === 0) return false
    const directory = Directory.of(this)
    try {
      // First what this thread may be waiting for: of others it needs memory that there may not be.
      for (const block of directory.seen) bury(block, dead)
      for (const block of directory.all()) bury(block, dead)
    } catch (error) {
      // There is none to bury them with just now: it is tried again, and nobody's wait fails for it.
      if (error instanceof NoRoomError) return true
      throw error
    }
    for (const member of dead) {
      Atomics.store(this.words, MEMBERS_AT + member * 2 + 1, 0)
      Atomics.store(this.words, MEMBERS_AT + member * 2, 0)
    }
    return true
  }

  protected join(): number {
    const { tid, start } = ownMark()
    for (let member = 1; member < MEMBERS; member++) {
      const at = MEMBERS_AT + member * 2
      if (Atomics.compareExchange(this.words, at, 0, tid) !== 0) continue
      Atomics.store(this.words, at + 1, start)
      Atomics.store(this.words, MEMBER_PLACES_AT + member * 2, process.pid)
      Atomics.store(this.words, MEMBER_PLACES_AT + member * 2 + 1, threadId)
      return member
    }
    throw new NoRoomError(this.#file.path, `${String(MEMBERS - 1)} threads use it already`)
  }

  protected placeOf(member: number): string {
    const pid = Atomics.load(this.words, MEMBER_PLACES_AT + member * 2)
    const thread = Atomics.load(this.words, MEMBER_PLACES_AT + member * 2 + 1)
    return thread === 0 ? `process ${String(pid)}` : `thread ${String(thread)} of process ${String(pid)}`
  }

  /** Those who are gone, and whom nobody else is about to bury. */
  #claimDead(): Set<number> {
    const { words, member: mine } = this
    const claimed = new Set<number>()
    const claim = (member: number, seen: number): void => {
      if (Atomics.compareExchange(words, MEMBERS_AT + member * 2, seen, -mine) !== seen) return
      claimed.add(member)
      // What it had begun to bury is left to whoever buries it.
      for (let other = 1; other < MEMBERS; other++)
        if (Atomics.load(words, MEMBERS_AT + other * 2) === -member) claim(other, -member)
    }
    for (let member = 1; member < MEMBERS; member++) {
      const at = MEMBERS_AT + member * 2
      const word = Atomics.load(words, at)
      if (word === -mine) claimed.add(member)
      else if (word > 0 && member !== mine && !isRunning({ tid: word, start: Atomics.load(words, at + 1) })) claim(member, word)
    }
    return claimed
  }

  #woken(word: WakeWord, { dueAt, signal }: Until): Promise<void> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      const wake = (): void => {
        clearTimeout(timer)
        offAbort(signal, wake)
        this.#sleepers.delete(wake)
        if (this.#sleepers.size === 0) {
          clearInterval(this.#look)
          this.#look = undefined
        }
        resolve()
      }
      this.#sleepers.set(wake, word)
      // It keeps the event loop alive as well: somebody awaits this.
      this.#look ??= setInterval(() => this.#lookAround(), LOOK_MS)
      if (dueAt !== Infinity) timer = setTimeout(wake, Math.min(Math.max(0, Math.ceil(dueAt - performance.now())), LONGEST_MS))
      onAbort(signal, wake)
    })
  }

  /** Somebody rang: those whose words have changed wake up. */
  #rung(): void {
    for (const [wake, { words, index, seen }] of [...this.#sleepers]) if (Atomics.load(words, index) !== seen) wake()
  }

  #lookAround(): void {
    this.tidied()
    for (const wake of [...this.#sleepers.keys()]) wake()
  }
}
