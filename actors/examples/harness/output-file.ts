// Writing a file that somebody named. A bad path is bad input: it is told with the path, and what to do.

import { access, constants, mkdir, stat, writeFile } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import { AnswerError, codeOf } from "../../../runtime/index.js"

/** Writes it and returns its absolute path. @throws {AnswerError} ERR_UNWRITABLE_FILE */
export async function writeOutput(path: string, bytes: Uint8Array): Promise<string> {
  const absolute = resolve(path)
  await writeFile(absolute, bytes).catch((error: unknown) => {
    const code = codeOf(error)
    if (code === undefined) throw error
    throw unwritable(absolute, "written", code)
  })
  return absolute
}

/**
 * Sees whether a file could be written there, before the work that makes it, and returns its absolute path.
 * @throws {AnswerError} ERR_UNWRITABLE_FILE
 */
export async function outputPath(path: string): Promise<string> {
  const absolute = resolve(path)
  const found = await stat(absolute).catch(() => undefined)
  if (found?.isDirectory() === true) throw unwritable(absolute, "written", "EISDIR")
  await access(found === undefined ? `${dirname(absolute)}/` : absolute, constants.W_OK).catch((error: unknown) => {
    throw unwritable(absolute, "written", codeOf(error) ?? "unknown")
  })
  return absolute
}

/** Makes a folder for what is to be written, where there is none, and returns its absolute path. @throws {AnswerError} ERR_UNWRITABLE_FILE */
export async function outputFolder(path: string): Promise<string> {
  const absolute = resolve(path)
  await makeFolder(absolute).catch((error: unknown) => {
    throw unwritable(absolute, "made", codeOf(error) ?? "unknown")
  })
  await access(absolute, constants.W_OK).catch((error: unknown) => {
    throw unwritable(absolute, "written to", codeOf(error) ?? "unknown")
  })
  return absolute
}

/** Step by step: the recursive form of Node.js tries for ever where a folder that is there says ENOENT, as in /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const isThere = (await stat(path).catch(() => undefined))?.isDirectory() === true
    if (isThere) return
    if (codeOf(error) !== "ENOENT" || (await stat(dirname(path)).catch(() => undefined)) !== undefined) throw error
    await makeFolder(dirname(path))
    await mkdir(path)
  }
}

function unwritable(path: string, what: string, cause: string): AnswerError {
  const message = `${path}: it cannot be ${what} (${cause}); name another with --output`
  return new AnswerError("ERR_UNWRITABLE_FILE", message, { path, cause })
}
