// TaskMark — the task that a worker is at, written where it can be read when the worker is dead.
// A few bytes of a file that has no name any more once both have opened it: nothing is left of it, however everyone ends.

import { randomUUID } from "node:crypto"
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Where a worker is in a batch: `at` a task, at it or any after it (`from`), or at none, those before it being `done`. */
export interface Mark {
  readonly type: "at" | "from" | "done"
  readonly batch: number
  readonly offset: number
}

/** Numbers in the file stand for them, in this order. */
const TYPES: readonly Mark["type"][] = ["at", "from", "done"]
const BYTES = 24

/** The pool's end. */
export class TaskMark {
  readonly path = join(tmpdir(), `troupe-pool-${randomUUID()}`)
  readonly #fd: number

  /** @throws {Error} of Node.js when there is no room for it. */
  constructor() {
    this.#fd = openSync(this.path, "wx+", 0o600)
  }

  /** To be called when the worker has opened it, or never will. */
  hide(): void {
    rmSync(this.path, { force: true })
  }

  read(): Mark | undefined {
    const bytes = new Float64Array(BYTES / 8)
    if (readSync(this.#fd, bytes, 0, BYTES, 0) < BYTES) return undefined
    const [batch = 0, offset = 0, type = 0] = bytes
    return { type: TYPES[type] ?? "from", batch, offset }
  }

  close(): void {
    this.hide()
    closeSync(this.#fd)
  }
}

/** The worker's end. */
export class TaskMarker {
  /** Undefined when it is closed: its number may be another file's then. */
  #fd: number | undefined
  readonly #bytes = new Float64Array(BYTES / 8)

  constructor(path: string) {
    this.#fd = openSync(path, "r+")
  }

  /** Nothing is written any more once it is closed. */
  write({ type, batch, offset }: Mark): void {
    if (this.#fd === undefined) return
    this.#bytes[0] = batch
    this.#bytes[1] = offset
    this.#bytes[2] = TYPES.indexOf(type)
    writeSync(this.#fd, this.#bytes, 0, BYTES, 0)
  }

  /** Idempotent. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }
}
