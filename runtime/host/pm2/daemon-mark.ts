// DaemonMark — that a program of ours started the pm2 daemon of a home, so that the last of us to leave ends it, and nobody else's.
// Owns troupe-daemon.json in the home. A daemon is marked before anybody can use it.

import { readFileSync, writeFileSync } from "node:fs"
import { Pm2Error } from "../../errors.js"
import type { Pm2Paths } from "./pm2-paths.js"
import { isAlive, startTimeOf } from "./process-group.js"

/** A process, told from a later one with the same pid. */
interface KnownProcess {
  readonly pid: number
  readonly startTime: string
}

export interface DaemonMark {
  readonly daemon: KnownProcess
  /** The program that started it. */
  readonly starter: KnownProcess
}

/** Marks a daemon as started by this program. @throws {Pm2Error} */
export function markDaemon(paths: Pm2Paths, pid: number): void {
  const mark: DaemonMark = { daemon: known(pid), starter: known(process.pid) }
  try {
    writeFileSync(paths.mark, `${JSON.stringify(mark)}\n`, { mode: 0o600 })
  } catch (error) {
    throw new Pm2Error(`cannot write ${paths.mark}`, error)
  }
}

/** The mark of a home, whatever became of the daemon. */
export function readMark(paths: Pm2Paths): DaemonMark | undefined {
  try {
    const { daemon, starter } = JSON.parse(readFileSync(paths.mark, "utf8")) as Partial<Record<keyof DaemonMark, unknown>>
    return isKnown(daemon) && isKnown(starter) ? { daemon, starter } : undefined
  } catch {
    return undefined
  }
}

/** Whether the program that started a daemon has ended or is this one, so that the daemon is ours to end. */
export function isLeft({ starter }: Pick<DaemonMark, "starter">): boolean {
  return starter.pid === process.pid || !isAlive(starter.pid, starter.startTime)
}

function known(pid: number): KnownProcess {
  return { pid, startTime: startTimeOf(pid) ?? "" }
}

function isKnown(value: unknown): value is KnownProcess {
  const { pid, startTime } = (value ?? {}) as Partial<Record<keyof KnownProcess, unknown>>
  return typeof pid === "number" && typeof startTime === "string"
}
