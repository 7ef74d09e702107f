// ThreadMark — tells a thread of this machine from every other one, also from later ones with its number (Linux).

import { readFileSync, readlinkSync } from "node:fs"

export interface ThreadMark {
  /** The operating system's number of the thread. */
  readonly tid: number
  /** When it started, in ticks since the machine did: 31 bits of them. */
  readonly start: number
}

/** The mark of the thread that calls. */
export function ownMark(): ThreadMark {
  const tid = Number(readlinkSync("/proc/thread-self").split("/").at(-1))
  return { tid, start: startOf(tid) ?? 0 }
}

/** Whether that thread still runs. A start of 0 is that of a thread of which no more than the number is known. */
export function isRunning({ tid, start }: ThreadMark): boolean {
  const now = startOf(tid)
  return now !== undefined && (start === 0 || now === start)
}

/** Undefined when there is no such thread, or it is dead and only its entry is left. */
function startOf(tid: number): number | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${String(tid)}/stat`, "latin1")
  } catch {
    return undefined
  }
  // The command stands in brackets and may hold anything; after it come the state and 18 numbers before the start time.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  return fields[0] === "Z" || fields[0] === "X" ? undefined : Number(fields[19]) % 2 ** 31
}
