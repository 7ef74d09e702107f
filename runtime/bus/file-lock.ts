// FileLock — one program at a time does what a file stands for, among all programs of one machine.
// Owns the lock file, which holds its owner's pid. What is done under the lock belongs to the caller.
// F1  The file is made by its owner alone (exclusive create) and removed by it.
// F2  A file whose owner is dead is moved away before anybody makes a new one; what was moved is looked at again, and
//     put back if it turns out to belong to somebody who was quicker.
// Not promised: three programs that meet at a dead owner's file within the same few microseconds may let two in. What the
// bus does under the lock then fails on its port, by name.

import { randomBytes } from "node:crypto"
import { link, readFile, rename, rm, writeFile } from "node:fs/promises"
import { setTimeout as delay } from "node:timers/promises"
import { StateDirError, codeOf } from "../errors.js"
import { isAlive } from "./is-alive.js"
import { stateDirError } from "./state-dir.js"

const RETRY_MS = 15

/**
 * Runs `work` while this program holds the file.
 * @param options.timeoutMs how long to wait for another holder; default 30,000 ms
 * @throws {StateDirError} when another program holds it for longer, or the file cannot be made.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>, options: { timeoutMs?: number } = {}): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 30_000
  const mine = `${String(process.pid)} ${randomBytes(6).toString("hex")}`
  const deadline = performance.now() + timeoutMs
  while (!(await take(path, mine))) {
    const holder = await holderOf(path)
    if (holder !== undefined && !isAlive(holder.pid)) {
      await moveAway(path, holder.text)
    } else if (performance.now() > deadline) {
      const who = holder === undefined ? "another program" : `the program with pid ${String(holder.pid)}`
      throw new StateDirError(path, {
        why: `held by ${who} for more than ${String(timeoutMs)} ms`,
        todo: "wait for that program, or remove the file if it is none of ours",
      })
    } else {
      await delay(RETRY_MS)
    }
  }
  try {
    return await work()
  } finally {
    if ((await holderOf(path))?.text === mine) await rm(path, { force: true })
  }
}

async function take(path: string, mine: string): Promise<boolean> {
  // Written in full before it gets its name, so that nobody ever reads a lock file without its owner.
  const draft = `${path}.${mine.replace(" ", "-")}`
  try {
    await writeFile(draft, mine, { mode: 0o600 })
    await link(draft, path)
    return true
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false
    throw stateDirError(path, error)
  } finally {
    await rm(draft, { force: true })
  }
}

async function holderOf(path: string): Promise<{ pid: number; text: string } | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined)
  if (text === undefined) return undefined
  const pid = Number.parseInt(text, 10)
  return { pid: Number.isSafeInteger(pid) && pid > 0 ? pid : 0x7fff_ffff, text }
}

async function moveAway(path: string, stale: string): Promise<void> {
  const aside = `${path}.stale-${randomBytes(6).toString("hex")}`
  try {
    await rename(path, aside)
    const moved = await readFile(aside, "utf8")
    if (moved !== stale) await link(aside, path).catch(() => undefined)
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw stateDirError(path, error)
  } finally {
    await rm(aside, { force: true })
  }
}
