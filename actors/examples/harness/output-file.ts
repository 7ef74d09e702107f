// Writing a file that somebody named. A bad path is bad input: it is told with the path, and what to do.

import { writeFile } from "node:fs/promises"
import { resolve } from "node:path"
import { AnswerError, codeOf } from "../../../runtime/index.js"

/** Writes it and returns its absolute path. @throws {AnswerError} ERR_UNWRITABLE_FILE */
export async function writeOutput(path: string, bytes: Uint8Array): Promise<string> {
  const absolute = resolve(path)
  await writeFile(absolute, bytes).catch((error: unknown) => {
    const code = codeOf(error)
    if (code === undefined) throw error
    throw new AnswerError("ERR_UNWRITABLE_FILE", `${absolute}: it cannot be written (${code}); name another with --output`, {
      path: absolute,
      cause: code,
    })
  })
  return absolute
}
