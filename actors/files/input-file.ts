// Reading a file that somebody names in a message. No actor: word-count and reflections share it.
// A bad path is bad input, not a reason to die, so each failure is an AnswerError with the path in its data.

import { createReadStream } from "node:fs"
import { stat } from "node:fs/promises"
import { resolve } from "node:path"
import { AnswerError, codeOf } from "../../runtime/index.js"

/** How far the reading is. `fraction` is 0 to 1; `total` is the file's size in bytes when it was opened. */
export interface Progress {
  readonly path: string
  readonly bytes: number
  readonly total: number
  readonly fraction: number
}

export interface ReadOptions {
  /** Ends the reading with ERR_CANCELLED. @default none */
  readonly signal?: AbortSignal
  /** Called at most about ten times a second, and once more at the end. @default none */
  readonly onProgress?: (progress: Progress) => void
}

const CHUNK_BYTES = 256 * 1024
const PROGRESS_EVERY_MS = 100
const LINE_LIMIT = 1000

/**
 * The file's bytes, piece by piece. The next piece is read when it is asked for, so that memory stays flat however large the
 * file is. A relative path starts at the working directory of the process that runs the actor.
 * @throws {AnswerError} ERR_NO_FILE, ERR_NOT_A_FILE, ERR_UNREADABLE_FILE, ERR_CANCELLED
 */
export async function* chunksOf(path: string, options: ReadOptions = {}): AsyncGenerator<Buffer, void, undefined> {
  const { signal, onProgress } = options
  const total = await sizeOf(path)
  const report = (bytes: number): void =>
    onProgress?.({ path, bytes, total, fraction: total === 0 ? 1 : Math.min(1, bytes / total) })
  let bytes = 0
  let reportedAt = performance.now()
  try {
    const stream = createReadStream(resolve(path), { highWaterMark: CHUNK_BYTES, ...(signal === undefined ? {} : { signal }) })
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length
      yield chunk
      const now = performance.now()
      if (now - reportedAt < PROGRESS_EVERY_MS) continue
      reportedAt = now
      report(bytes)
    }
  } catch (error) {
    throw failure(path, error)
  }
  report(bytes)
}

/** How long it is, in bytes. @throws {AnswerError} ERR_NO_FILE, ERR_NOT_A_FILE, ERR_UNREADABLE_FILE */
export async function sizeOf(path: string): Promise<number> {
  const found = await stat(resolve(path)).catch((error: unknown) => {
    throw failure(path, error)
  })
  // A pipe would block and a device need not end, so only plain files are read.
  if (!found.isFile()) {
    const what = found.isDirectory() ? "a directory" : "a pipe, socket or device"
    throw new AnswerError("ERR_NOT_A_FILE", `${path}: it is ${what}; give the path of a file`, where(path))
  }
  return found.size
}

/** What a failed system call means to whoever gave the path. Anything else is a bug and thrown on. */
function failure(path: string, error: unknown): AnswerError {
  const code = codeOf(error)
  if (code === undefined) throw error
  const data = { ...where(path), cause: code }
  if (code === "ABORT_ERR") return new AnswerError("ERR_CANCELLED", `${path}: reading was cancelled`, data)
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new AnswerError(
      "ERR_NO_FILE",
      `${path}: there is no such file; a relative path starts where the actor's process runs`,
      data,
    )
  }
  return new AnswerError("ERR_UNREADABLE_FILE", `${path}: it cannot be read (${code})`, data)
}

function where(path: string): { path: string; cwd: string } {
  return { path, cwd: process.cwd() }
}

/**
 * Lines of Latin-1 text without their ends (LF or CRLF), so that a column is a byte. Only the first 1,000 columns of a line are kept, and such a
 * line is given as soon as they are there: who takes offence at it need not read on.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let open = ""
  /** Whether what is read belongs to a line that was given already. */
  let isGiven = false
  for await (const chunk of chunks) {
    const lines = (open + chunk.toString("latin1")).split("\n")
    open = lines.pop() ?? ""
    for (const line of lines) {
      if (!isGiven) yield cleaned(line)
      isGiven = false
    }
    if (!isGiven && open.length > LINE_LIMIT) {
      yield cleaned(open)
      isGiven = true
    }
    if (isGiven) open = ""
  }
  if (open !== "") yield cleaned(open)
}

function cleaned(line: string): string {
  return (line.endsWith("\r") ? line.slice(0, -1) : line).slice(0, LINE_LIMIT)
}
