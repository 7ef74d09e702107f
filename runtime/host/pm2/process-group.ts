// Ending a process with everything it started, and knowing that it is gone (promise A4).
// pm2 starts a fork-mode app in a session and process group of its own: the group's id is the app's pid.

import { setTimeout as delay } from "node:timers/promises"
import { BadOptionError } from "../../errors.js"
import { hasInEnvironment, processRow, processRows, type ProcessRow } from "./process-table.js"

/** How a process group was ended. */
export interface GroupEnd {
  /** The signal after which nothing was left; `none` when nothing was there to begin with. */
  readonly signal: "none" | "SIGTERM" | "SIGKILL"
  readonly tookMs: number
  /** Empty when verified gone; else the pids that outlived SIGKILL (stuck in the kernel). */
  readonly survivors: readonly number[]
}

export interface EndGroupOptions {
  /** The group's leader. */
  readonly pid: number
  /** From `startTimeOf`; without it a reused pid cannot be told apart. */
  readonly startTime?: string | undefined
  /** `NAME=value` that only this tree has in its environment; finds those who left group and tree (Linux). */
  readonly marker?: string | undefined
  /** How long SIGTERM may take, in ms; 0 goes straight to SIGKILL. @default 1000 */
  readonly termMs?: number
  /** How long SIGKILL may take, in ms. @default 2000 */
  readonly killMs?: number
}

/** What tells this process from a later one with the same pid, or undefined when it is gone. */
export function startTimeOf(pid: number): string | undefined {
  return processRow(pid)?.startTime
}

/** Whether that process runs; a zombie does not, nor another one that got its pid. */
export function isAlive(pid: number, startTime?: string): boolean {
  if (!exists(pid)) return false
  const row = processRow(pid)
  return row !== undefined && (startTime === undefined || row.startTime === startTime)
}

/**
 * Signals every process of the group, or the one process when it leads none.
 * @returns whether anything was there to be signalled.
 * @throws {BadOptionError} for a pid that cannot be a child's: 1 or less, or our own.
 */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  checkPid(pid)
  return signalled(-pid, signal) || signalled(pid, signal)
}

/** Waits until that process is gone. @returns whether it is. */
export async function awaitGone(options: { pid: number; timeoutMs: number; startTime?: string }): Promise<boolean> {
  return await poll(() => !isAlive(options.pid, options.startTime), options.timeoutMs)
}

/**
 * SIGTERM, then SIGKILL, to the group and all descendants; returns when they are verified gone or SIGKILL's time is over.
 * @throws {BadOptionError} for a pid that cannot be a child's.
 */
export async function endGroup(options: EndGroupOptions): Promise<GroupEnd> {
  const { pid, startTime, marker, termMs = 1_000, killMs = 2_000 } = options
  checkPid(pid)
  const start = performance.now()
  const tookMs = (): number => performance.now() - start
  const leader = processRow(pid)
  // A pid is not given out anew while a group of that number lives: another start time means that ours is gone with its group.
  const reused = leader !== undefined && startTime !== undefined && leader.startTime !== startTime
  const known = new Map<number, ProcessRow>()
  const left = (): ProcessRow[] => {
    const rows = processRows()
    for (const row of membersOf(rows, { pid: reused ? undefined : pid, marker, known })) known.set(row.pid, row)
    return rows.filter((row) => known.get(row.pid)?.startTime === row.startTime)
  }
  if (left().length === 0) return { signal: "none", tookMs: tookMs(), survivors: [] }
  if (termMs > 0) {
    for (const row of left()) signalled(row.pid, "SIGTERM")
    if (await poll(() => left().length === 0, termMs)) return { signal: "SIGTERM", tookMs: tookMs(), survivors: [] }
  }
  // Signalled anew at each look: a member may have forked between the look and the signal.
  await poll(() => {
    const rows = left()
    if (!reused && rows.some((row) => row.pgid === pid)) signalled(-pid, "SIGKILL")
    for (const row of rows) signalled(row.pid, "SIGKILL")
    return rows.length === 0
  }, killMs)
  return { signal: "SIGKILL", tookMs: tookMs(), survivors: left().map((row) => row.pid) }
}

/** Pure: the group, its descendants by parentage, the descendants of those known before, and whoever carries the marker. */
function membersOf(
  rows: readonly ProcessRow[],
  of: { pid: number | undefined; marker: string | undefined; known: ReadonlyMap<number, ProcessRow> },
): ProcessRow[] {
  const members = new Set<ProcessRow>()
  const mine = (row: ProcessRow): boolean =>
    row.pid === of.pid ||
    row.pgid === of.pid ||
    of.known.get(row.pid)?.startTime === row.startTime ||
    (of.marker !== undefined && hasInEnvironment(row.pid, of.marker))
  for (const row of rows) if (row.pid !== process.pid && mine(row)) members.add(row)
  const pids = new Set(Array.from(members, (row) => row.pid))
  for (let grown = true; grown;) {
    grown = false
    for (const row of rows) {
      if (members.has(row) || !pids.has(row.ppid) || row.pid === process.pid) continue
      members.add(row)
      pids.add(row.pid)
      grown = true
    }
  }
  return [...members]
}

const POLL_SCHEDULE_MS = [0, 1, 2, 5, 10, 10, 20, 20, 50]

async function poll(done: () => boolean, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs
  for (let turn = 0; ; turn++) {
    if (done()) return true
    const left = end - performance.now()
    if (left <= 0) return false
    await delay(Math.min(left, POLL_SCHEDULE_MS[turn] ?? 50))
  }
}

function checkPid(pid: number): void {
  if (!Number.isSafeInteger(pid) || pid <= 1 || pid === process.pid) throw new BadOptionError("pid", "the pid of a child", pid)
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

function signalled(target: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(target, signal)
  } catch {
    return false
  }
}
