// DaemonRecord — remembers in the state directory that we started a pm2 daemon, so that `troupe down` ends that one and no other.

import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { writeSecretFile } from "../bus/state-dir.js"
import type { Pm2 } from "../host/pm2/pm2-daemon.js"
import { isAlive, startTimeOf } from "../host/pm2/process-group.js"

/** A daemon that was started for this state directory. */
export interface DaemonRecord {
  readonly home: string
  readonly pid: number
  readonly startTime: string
}

function fileOf(stateDir: string): string {
  return join(stateDir, "pm2.json")
}

/** Notes that this program started the daemon it is connected to. */
export async function recordDaemon(stateDir: string, pm2: Pm2): Promise<void> {
  const pid = pm2.daemonPid()
  const startTime = pid === undefined ? undefined : startTimeOf(pid)
  if (pid === undefined || startTime === undefined) return
  await writeSecretFile(fileOf(stateDir), `${JSON.stringify({ home: pm2.paths.home, pid, startTime } satisfies DaemonRecord)}\n`)
}

/** The daemon we started, if it still runs. */
export async function recordedDaemon(stateDir: string): Promise<DaemonRecord | undefined> {
  try {
    const { home, pid, startTime } = JSON.parse(await readFile(fileOf(stateDir), "utf8")) as Partial<DaemonRecord>
    if (typeof home !== "string" || typeof pid !== "number" || typeof startTime !== "string") return undefined
    return isAlive(pid, startTime) ? { home, pid, startTime } : undefined
  } catch {
    return undefined
  }
}

export async function forgetDaemon(stateDir: string): Promise<void> {
  await rm(fileOf(stateDir), { force: true })
}

/** Ends the daemon if we started it and nothing is in it any more. */
export async function endOwnDaemon(stateDir: string, pm2: Pm2): Promise<"ended" | "left"> {
  const record = await recordedDaemon(stateDir)
  if (record?.home !== pm2.paths.home || record.pid !== pm2.daemonPid()) return "left"
  const apps = await pm2.list().catch(() => undefined)
  if (apps === undefined || apps.length > 0) return "left"
  await pm2.killDaemon()
  await forgetDaemon(stateDir)
  return "ended"
}
