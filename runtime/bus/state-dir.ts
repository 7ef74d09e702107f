// The state directory: where the bus keeps its secrets, its configuration and its log. Only its owner may look in.

import { randomBytes } from "node:crypto"
import { chmod, open, rename, rm, stat, writeFile } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { StateDirError, codeOf } from "../errors.js"
import { makeDir } from "./make-dir.js"

/** As much as the largest file that is kept there, about. */
const PROBE_BYTES = 8192

/**
 * Makes the directory if need be, and readable for its owner alone (0700).
 * @throws {StateDirError} when it cannot be made or is not a directory.
 */
export async function ensureStateDir(stateDir: string): Promise<void> {
  try {
    makeDir(resolve(stateDir))
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

/** What stands in the way of a file of the state directory, and what to do about it. */
export interface StateDirFault {
  readonly why: string
  readonly todo: string
}

const ELSEWHERE = "choose another directory with TROUPE_STATE_DIR"

/** Pure: what the system's error means for a state directory. */
export function stateDirFault(error: unknown): StateDirFault {
  const code = codeOf(error) ?? "unknown error"
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return { why: `cannot be written: the disk is full (${code})`, todo: `free some space, or ${ELSEWHERE}` }
    case "EFBIG":
      return {
        why: `cannot be written: files may not become that large here (${code})`,
        todo: 'raise the limit that "ulimit -f" shows',
      }
    case "EROFS":
      return { why: `cannot be written: its file system is read-only (${code})`, todo: ELSEWHERE }
    case "EACCES":
    case "EPERM":
      return { why: `cannot be written: permission denied (${code})`, todo: `make it writable for this user, or ${ELSEWHERE}` }
    case "EEXIST":
    case "ENOTDIR":
      return { why: `a directory was expected, and a file is in the way (${code})`, todo: `move that file away, or ${ELSEWHERE}` }
    default:
      return { why: `cannot be written: ${error instanceof Error ? error.message : String(error)}`, todo: ELSEWHERE }
  }
}

/** What went wrong with a file of the state directory, in words. */
export function stateDirError(path: string, error: unknown): StateDirError {
  return new StateDirError(path, stateDirFault(error), error)
}

/**
 * Whether files can be written there, found out by writing one: permissions do not tell of a full disk or a quota.
 * @throws {StateDirError} when they cannot
 */
export async function tryWriting(stateDir: string): Promise<void> {
  const probe = join(stateDir, `.${randomBytes(6).toString("hex")}.probe`)
  await writeSecretFile(probe, "x".repeat(PROBE_BYTES))
  await rm(probe, { force: true })
}
