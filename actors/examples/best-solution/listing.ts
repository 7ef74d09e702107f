// What a SHELXL listing says of how good its solution is: a line "wR2 = 0.0267 before cycle 1 for …" per cycle, and one with a comma
// behind the figure at the end. The lower wR2, the better.
// Source: the SHELX manual, "The .lst output file".

import { AnswerError } from "../../../runtime/index.js"
import { chunksOf, linesOf, type ReadOptions } from "../../files/input-file.js"

/** One figure of merit, and where it stands. */
export interface Solution {
  readonly wR2: number
  readonly path: string
  readonly line: number
}

export interface Scan {
  readonly lines: number
  readonly solutions: readonly Solution[]
}

const MERIT = /^ *wR2 *= *([^\s,]+)(?:,| before cycle)/
const NUMBER = /^\d*\.\d+$/

/**
 * Reads a listing of any size in flat memory.
 * @throws {AnswerError} ERR_BAD_LISTING with the line of what is wrong, ERR_BINARY_FILE, or an error of `chunksOf`
 */
export async function scanListing(path: string, options: ReadOptions = {}): Promise<Scan> {
  const solutions: Solution[] = []
  let lines = 0
  for await (const text of linesOf(textOf(path, options))) {
    lines++
    const [, figure] = MERIT.exec(text) ?? []
    if (figure === undefined) continue
    if (!NUMBER.test(figure)) {
      const at = `line ${String(lines)}`
      throw new AnswerError(
        "ERR_BAD_LISTING",
        `${path}: ${at}: wR2: expected a number such as 0.0267, got ${JSON.stringify(figure)}`,
        {
          path,
          line: lines,
        },
      )
    }
    solutions.push({ wR2: Number(figure), path, line: lines })
  }
  if (solutions.length === 0) {
    const found = lines === 0 ? "it is empty" : `none of its ${String(lines)} lines gives wR2`
    throw new AnswerError("ERR_BAD_LISTING", `${path}: ${found}; expected a listing of SHELXL`, { path })
  }
  return { lines, solutions }
}

/** Which of two is better: the lower wR2, and with equal ones the earlier in the order of paths and lines. */
export function isBetter(a: Solution, b: Solution | undefined): boolean {
  if (b === undefined || a.wR2 !== b.wR2) return b === undefined || a.wR2 < b.wR2
  return a.path === b.path ? a.line < b.line : a.path < b.path
}

async function* textOf(path: string, options: ReadOptions): AsyncGenerator<Buffer, void, undefined> {
  let bytes = 0
  for await (const chunk of chunksOf(path, options)) {
    const nul = chunk.indexOf(0)
    if (nul >= 0) {
      const offset = bytes + nul
      throw new AnswerError("ERR_BINARY_FILE", `${path}: it is no listing: byte ${String(offset)} is NUL`, { path, offset })
    }
    bytes += chunk.length
    yield chunk
  }
}
