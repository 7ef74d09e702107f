// CrashReport — what Node.js itself writes about a process in which V8 had to give up: the proof that its heap was full.
// What it prints on stderr is none: anyone can print that, and pm2 passes it on late, cut, or not at all.

import { readFile, rm } from "node:fs/promises"
import { basename, dirname } from "node:path"

/** The report that belongs to a host file. */
export function crashReportOf(hostFile: string): string {
  return `${hostFile}.report`
}

/** Flags of Node.js that have it write a report there. It costs nothing until then. */
export function crashReportFlags(file: string): string[] {
  return [
    "--report-on-fatalerror",
    "--report-compact",
    // Otherwise it looks up the name of every peer, which can take long.
    "--report-exclude-network",
    `--report-directory=${dirname(file)}`,
    `--report-filename=${basename(file)}`,
  ]
}

/** Whether that process wrote a report, and that of a full heap. The report is removed. */
export async function tellsOfFullHeap(file: string, pid: number): Promise<boolean> {
  try {
    const report = JSON.parse(await readFile(file, "utf8")) as { header?: { trigger?: unknown; processId?: unknown } }
    return report.header?.trigger === "OOMError" && report.header.processId === pid
  } catch {
    return false
  } finally {
    await rm(file, { force: true })
  }
}
