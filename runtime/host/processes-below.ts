// Ending the process hosts that a host which is gone had started. They are pm2's children, not its own: without this they would stay.
// A host's id begins with that of the host that started it, and the file it was started from is named after it.

import { readdirSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import type { HostId } from "../ids.js"
import { crashReportOf } from "./crash-report.js"
import { ledgerFileOf } from "./ledger-file.js"
import { endGroup } from "./pm2/process-group.js"
import { processRows, variableOf } from "./pm2/process-table.js"

/** Where a process host finds what it is to be. */
export const HOST_FILE_VARIABLE = "TROUPE_INTERNAL_HOST_FILE"

interface Where {
  readonly stateDir: string
  readonly pm2Home: string
}

/** Ends every process below a host, and takes it out of pm2's list. Costs a look into a folder when there is none. */
export async function endProcessesBelow(host: HostId, where: Where): Promise<void> {
  const folder = join(where.stateDir, "hosts")
  const files = filesIn(folder).filter((name) => name.startsWith(`${host}-`))
  if (files.length > 0) await endProcesses(new Set(files.map((name) => join(folder, name))), where)
}

/**
 * Ends every process that was started from a host file, and removes the file first: one that has not read it yet will not find it.
 * Never rejects.
 */
export async function endProcessesOf(file: string, where: Where): Promise<void> {
  await forgetHostFile(file).catch(() => undefined)
  await endProcesses(new Set([file]), where).catch(() => undefined)
}

async function endProcesses(files: ReadonlySet<string>, { pm2Home }: Where): Promise<void> {
  const { Pm2 } = await import("./pm2/pm2-daemon.js")
  const pm2 = await Pm2.connect({ home: pm2Home, ifAbsent: "fail" }).catch(() => undefined)
  try {
    const listed = ((await pm2?.list().catch(() => [])) ?? []).filter(({ env }) => files.has(env[HOST_FILE_VARIABLE] ?? ""))
    const pids = new Map(listed.map(({ pid, env }) => [pid, env[HOST_FILE_VARIABLE] ?? ""]))
    for (const { pid } of processRows()) {
      const file = variableOf(pid, HOST_FILE_VARIABLE)
      if (file !== undefined && files.has(file)) pids.set(pid, file)
    }
    for (const [pid, file] of pids) if (pid > 1) await endGroup({ pid, termMs: 0, marker: `${HOST_FILE_VARIABLE}=${file}` })
    for (const { pmId } of listed) await pm2?.delete(pmId).catch(() => undefined)
  } finally {
    pm2?.disconnect()
  }
  for (const file of files) await forgetHostFile(file)
}

/** Removes a host file, and what its process and Node.js wrote beside it. */
export async function forgetHostFile(file: string): Promise<void> {
  await Promise.all([file, ledgerFileOf(file), crashReportOf(file)].map((path) => rm(path, { force: true })))
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
