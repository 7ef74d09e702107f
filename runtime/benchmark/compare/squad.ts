// Squad — threads or processes that work in one piece of shared memory, all at once, for a given time.
// Owns them and the memory. What they do there stands in squad-jobs.ts.

import { spawn } from "node:child_process"
import { unlinkSync } from "node:fs"
import { once } from "node:events"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"
import { haloWords } from "./halo-job.js"
import { createMapped } from "./mapped-file.js"
import { type Job, JOBS, SQUAD_BYTES, STATE_WORDS, WORD } from "./squad-jobs.js"
import { processWait, THREAD_WAIT, type Wait } from "./wait.js"

const ENTRY = new URL("squad-entry.js", import.meta.url)
const SILENT_MS = 20_000

/** What a squad did. */
export interface SquadWork {
  /** By all members together. */
  readonly count: number
  readonly ms: number
  /** What the shared value has come to. */
  readonly value: number
}

export class Squad {
  readonly #words: Int32Array
  readonly #wait: Wait
  readonly #size: number
  readonly #end: () => Promise<void>

  private constructor(words: Int32Array, wait: Wait, members: { readonly size: number; readonly end: () => Promise<void> }) {
    this.#words = words
    this.#wait = wait
    this.#size = members.size
    this.#end = members.end
  }

  static async threads(size: number): Promise<Squad> {
    const memory = new SharedArrayBuffer(SQUAD_BYTES)
    const workers = Array.from({ length: size }, (_, member) => new Worker(ENTRY, { workerData: { memory, member } }))
    const end = async (): Promise<void> => {
      await Promise.all(workers.map((worker) => worker.terminate()))
    }
    return new Squad(new Int32Array(memory), THREAD_WAIT, { size, end }).#ready()
  }

  /** @throws {NotMeasured} where files cannot be mapped */
  static async processes(size: number): Promise<Squad> {
    const { memory, path, libc } = await createMapped(SQUAD_BYTES)
    try {
      const children = Array.from({ length: size }, (_, member) => {
        const child = spawn(process.execPath, [fileURLToPath(ENTRY), path, String(member)], {
          stdio: ["ignore", "ignore", "inherit"],
        })
        return { child, gone: once(child, "exit") }
      })
      const end = async (): Promise<void> => {
        for (const { child } of children) child.kill("SIGKILL")
        await Promise.all(children.map(({ gone }) => gone))
      }
      return await new Squad(new Int32Array(memory), processWait(libc, WORD.sleepers), { size, end }).#ready()
    } finally {
      unlinkSync(path)
    }
  }

  /** Lets the first `members` do a job for a while. @throws {Error} when a snapshot was torn */
  async run(job: Job, members: number, forMs: number): Promise<SquadWork> {
    const words = this.#words
    for (const at of [WORD.stop, WORD.done, WORD.value, WORD.lock, WORD.torn]) Atomics.store(words, at, 0)
    words.fill(0, WORD.state, WORD.state + STATE_WORDS + 1)
    words.fill(0, WORD.counts, WORD.counts + this.#size)
    words.fill(0, WORD.halo, WORD.halo + haloWords(this.#size))
    Atomics.store(words, WORD.job, JOBS.indexOf(job) | (members << 8))
    const start = performance.now()
    Atomics.add(words, WORD.go, 1)
    this.#wait.wake(words, WORD.go)
    await delay(forMs)
    Atomics.store(words, WORD.stop, 1)
    await this.#allDone()
    const ms = performance.now() - start
    if (Atomics.load(words, WORD.torn) > 0) throw new Error("a reader has seen a state that is not of one piece")
    const count = words.subarray(WORD.counts, WORD.counts + members).reduce((sum, each) => sum + each, 0)
    return { count, ms, value: Atomics.load(words, WORD.value) }
  }

  async close(): Promise<void> {
    await this.#end()
  }

  async #ready(): Promise<this> {
    try {
      await this.#allDone()
      return this
    } catch (error) {
      await this.#end()
      throw error
    }
  }

  async #allDone(): Promise<void> {
    const deadline = performance.now() + SILENT_MS
    while (Atomics.load(this.#words, WORD.done) < this.#size) {
      if (performance.now() > deadline) throw new Error(`a member of the squad gave no sign for ${String(SILENT_MS / 1000)} s`)
      await delay(1)
    }
  }
}
