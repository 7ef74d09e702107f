// The files that somebody names by one path: a file, or a folder of them.

import { readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { AnswerError } from "../../../runtime/index.js"

/** The file itself, or the files in the folder that end like that, by name. @throws {AnswerError} ERR_NO_FILE */
export async function filesIn(path: string, ...endings: readonly string[]): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined)
  // What is no folder is read, and whatever is wrong with it is told then.
  if (found?.isDirectory() !== true) return [path]
  const names = (await readdir(path)).filter((name) => endings.some((ending) => name.toLowerCase().endsWith(ending))).sort()
  if (names.length > 0) return names.map((name) => join(path, name))
  throw new AnswerError("ERR_NO_FILE", `${path}: no file in it ends in ${endings.join(", ")}`, { path })
}
