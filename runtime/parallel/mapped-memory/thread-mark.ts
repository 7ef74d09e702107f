// ThreadMark — tells a thread of this machine from every other one, also from later ones with its number (Linux).

import { readFileSync, readlinkSync } from "node:fs"
import { codeOf } from "../../errors.js"

export interface ThreadMark {
  /** The operating system's number of the thread. */
  readonly tid: number
  /** When it started, in ticks since the machine did: 31 bits of them. */
  readonly start: number
}

const GONE: readonly unknown[] = ["ENOENT", "ESRCH"]

/** The mark of the thread that calls. @throws {Error} of Node.js when it cannot be found out */
export function ownMark(): ThreadMark {
  const tid = Number(readlinkSync("/proc/thread-self").split("/").at(-1))
  return { tid, start: startOf(tid) ?? 0 }
}

/**
 * Whether that thread still runs. A start of 0 is that of a thread of which no more than the number is known. One of which nothing can be
 * learnt, for there is no file descriptor left to read with, counts as running: what it holds must not be given to another.
 */
export function isRunning({ tid, start }: ThreadMark): boolean {
  let now: number | undefined
  try {
    now = startOf(tid)
  } catch {
    return true
  }
  return now !== undefined && (start === 0 || now === start)
}

/** Where the numbers of threads mean the same: those of another container say nothing here. */
export function threadSpace(): number {
  try {
    return Number(/\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? 0) | 0
  } catch {
    return 0
  }
}

/** Undefined when there is no such thread, or it is dead and only its entry is left. @throws {Error} of Node.js when it cannot be found out */
function startOf(tid: number): number | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${String(tid)}/stat`, "latin1")
  } catch (error) {
    // The thread may end while its entry is read.
    if (GONE.includes(codeOf(error))) return undefined
    throw error
  }
  // The command stands in brackets and may hold anything; after it come the state and 18 numbers before the start time.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  return fields[0] === "Z" || fields[0] === "X" ? undefined : Number(fields[19]) % 2 ** 31
}
