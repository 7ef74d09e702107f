// The state directory: where the bus keeps its secrets, its configuration and its log. Only its owner may look in.

import { randomBytes } from "node:crypto"
import { chmod, mkdir, open, rename, rm, stat, writeFile } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { StateDirError, codeOf } from "../errors.js"

/**
 * Makes the directory if need be, and readable for its owner alone (0700).
 * @throws {StateDirError} when it cannot be made or is not a directory.
 */
export async function ensureStateDir(stateDir: string): Promise<void> {
  try {
    await makeDir(resolve(stateDir))
    const { mode } = await stat(stateDir)
    if (process.platform !== "win32" && (mode & 0o077) !== 0) await chmod(stateDir, mode & 0o700)
    // What is in there must not end in anybody's repository.
    await writeFile(join(stateDir, ".gitignore"), "*\n", { flag: "wx" }).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw error
    })
  } catch (error) {
    throw stateDirError(stateDir, error)
  }
}

// Not by the recursive option: that never returns below a file system which refuses new directories with ENOENT, as /proc does.
async function makeDir(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    const code = codeOf(error)
    if (code === "EEXIST" && (await stat(path)).isDirectory()) return
    if (code !== "ENOENT" || dirname(path) === path) throw error
    await makeDir(dirname(path))
    await mkdir(path, { mode: 0o700 })
  }
}

/**
 * Writes a file that its owner alone may read (0600), whole or not at all: a reader sees the old text or the new one.
 * @throws {StateDirError} when it cannot be written; the old file is then untouched.
 */
export async function writeSecretFile(path: string, text: string): Promise<void> {
  const draft = join(dirname(path), `.${randomBytes(6).toString("hex")}.tmp`)
  try {
    const file = await open(draft, "wx", 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw stateDirError(path, error)
  }
}

/** What went wrong with a file of the state directory, in words. */
export function stateDirError(path: string, error: unknown): StateDirError {
  const code = codeOf(error)
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return new StateDirError(path, "cannot be written: the disk is full", error)
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new StateDirError(path, `cannot be written: permission denied (${code})`, error)
    case "EEXIST":
    case "ENOTDIR":
      return new StateDirError(path, "a directory was expected, and a file is in the way", error)
    default:
      return new StateDirError(path, `cannot be written: ${error instanceof Error ? error.message : String(error)}`, error)
  }
}
