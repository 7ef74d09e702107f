// What runs on this machine: /proc on Linux, ps elsewhere.

import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"

/** One process. `startTime` tells it from a later one with the same pid; a zombie with no thread left is not listed. */
export interface ProcessRow {
  readonly pid: number
  readonly ppid: number
  readonly pgid: number
  readonly startTime: string
}

const LINUX = process.platform === "linux"

/** The process with that pid, or undefined when there is none or only a zombie waits to be reaped. */
export function processRow(pid: number): ProcessRow | undefined {
  return LINUX ? parseStat(readProc(pid, "stat")) : psRows(["-p", String(pid)])[0]
}

/** Every process that this user can see. */
export function processRows(): ProcessRow[] {
  if (!LINUX) return psRows(["-ax"])
  return numericEntries().flatMap((pid) => parseStat(readProc(pid, "stat")) ?? [])
}

/** Its command line, words parted by blanks; empty when there is no such process or it may not be read. */
export function commandOf(pid: number): string {
  if (LINUX) return (readProc(pid, "cmdline") ?? "").replaceAll("\0", " ").trim()
  return ps(["-ww", "-o", "command=", "-p", String(pid)]).trim()
}

/** Whether its environment holds `NAME=value`. @returns false off Linux, where nobody says. */
export function hasInEnvironment(pid: number, assignment: string): boolean {
  return LINUX && (readProc(pid, "environ") ?? "").split("\0").includes(assignment)
}

/** The value of one variable in its environment. @returns undefined when it has none, and off Linux. */
export function variableOf(pid: number, name: string): string | undefined {
  if (!LINUX) return undefined
  // As bytes of Latin-1 the variables part safely, whatever encoding a path has; the value itself is read as UTF-8.
  const found = (readProc(pid, "environ") ?? "").split("\0").find((assignment) => assignment.startsWith(`${name}=`))
  return found === undefined ? undefined : Buffer.from(found.slice(name.length + 1), "latin1").toString("utf8")
}

/** Reads one line of /proc/<pid>/stat; the command in parentheses may itself hold blanks and parentheses. */
export function parseStat(stat: string | undefined): ProcessRow | undefined {
  if (stat === undefined) return undefined
  const [state, ppid, pgid, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const startTime = rest[16]
  if (state === undefined || startTime === undefined || state === "X") return undefined
  // The first thread can be a zombie while others still run, with every file and socket open: that is not gone yet.
  if (state === "Z" && Number(rest[14]) <= 1) return undefined
  return { pid: Number.parseInt(stat, 10), ppid: Number(ppid), pgid: Number(pgid), startTime }
}

function numericEntries(): number[] {
  return readdirSync("/proc").flatMap((entry) => (/^\d+$/.test(entry) ? [Number(entry)] : []))
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, "latin1")
  } catch {
    return undefined
  }
}

function psRows(selection: readonly string[]): ProcessRow[] {
  const rows: ProcessRow[] = []
  for (const line of ps([...selection, "-o", "pid=,ppid=,pgid=,stat=,lstart="]).split("\n")) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line)
    if (match === null || match[4]?.startsWith("Z") === true) continue
    rows.push({ pid: Number(match[1]), ppid: Number(match[2]), pgid: Number(match[3]), startTime: match[5] ?? "" })
  }
  return rows
}

// ps ends with 1 when no process was selected.
function ps(args: readonly string[]): string {
  try {
    return execFileSync("ps", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 5_000 })
  } catch {
    return ""
  }
}
