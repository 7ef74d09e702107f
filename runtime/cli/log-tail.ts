// LogTail — what a program under pm2 wrote since a moment, for the message that says why it did not come up.

import { open, stat } from "node:fs/promises"
import { setTimeout as delay } from "node:timers/promises"

const MOST_BYTES = 16 * 1024
const LINES = 5
/** pm2 passes on what a process wrote an instant after that process is gone. */
const SETTLE_MS = 150

export class LogTail {
  readonly #path: string
  readonly #from: number

  private constructor(path: string, from: number) {
    this.#path = path
    this.#from = from
  }

  /** Begins at the end of the log as it is now; there need not be one yet. */
  static async from(path: string): Promise<LogTail> {
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    )
    return new LogTail(path, size)
  }

  /** The last lines since then. */
  async lines(): Promise<readonly string[]> {
    await delay(SETTLE_MS)
    try {
      await using file = await open(this.#path)
      const { size } = await file.stat()
      const start = Math.max(this.#from > size ? 0 : this.#from, size - MOST_BYTES)
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
      return (
        buffer
          .toString("utf8", 0, bytesRead)
          .trimEnd()
          .split("\n")
          // What pm2 starts again and again says the same each time.
          .filter((line, i, all) => line.trim() !== "" && all.lastIndexOf(line) === i)
          .slice(-LINES)
      )
    } catch {
      return []
    }
  }

  /** The last lines as the end of a sentence; empty when there are none. */
  async words(): Promise<string> {
    const lines = await this.lines()
    return lines.length === 0 ? "" : `. Its log ends with: ${lines.map((line) => line.trim()).join(" | ")}`
  }
}
