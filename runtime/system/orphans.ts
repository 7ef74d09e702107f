// Orphans — process hosts whose owner is gone, found by the files they were started from.
// A program that ends in order leaves none. One that dies hard leaves its process hosts to pm2, which does not look after them.

import { readdir, readFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { HOST_FILE_VARIABLE, type ProcessHostFile } from "../host/process-host.js"
import { forgetHostFile } from "../host/processes-below.js"
import type { Pm2 } from "../host/pm2/pm2-daemon.js"
import type { Pm2Process } from "../host/pm2/pm2-process.js"
import { endGroup, isAlive } from "../host/pm2/process-group.js"
import { processRows, variableOf } from "../host/pm2/process-table.js"

/** A process that was ended. */
export interface EndedProcess {
  readonly what: string
  readonly pid: number
  readonly gone: boolean
}

/** A process host whose owner is gone. */
interface Orphan {
  readonly file: string
  readonly name: string
  readonly pids: readonly number[]
  /** Its numbers in pm2's list. */
  readonly pmIds: readonly number[]
}

/** One host's end can make orphans of those below it; this deep nobody nests. */
const ROUNDS = 10
const TERM_MS = 300

export interface OrphanOptions {
  /** Where they are listed as well. */
  readonly pm2?: Pm2 | undefined
  /** A process that counts as gone. */
  readonly without?: number | undefined
  /** Host files of those that may be adopted. */
  readonly spared?: ReadonlySet<string>
}

/** Ends every process host of a state directory whose owner is gone, and forgets it, in pm2's list too. */
export async function endOrphans(stateDir: string, { pm2, without, spared }: OrphanOptions = {}): Promise<EndedProcess[]> {
  const ended: EndedProcess[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const listed = (await pm2?.list().catch(() => [])) ?? []
    const orphans = await findOrphans({ stateDir, listed, without, spared })
    if (orphans.length === 0) break
    for (const { file, name, pids, pmIds } of orphans) {
      const marker = `${HOST_FILE_VARIABLE}=${file}`
      for (const pid of pids) {
        const { survivors } = await endGroup({ pid, termMs: TERM_MS, marker })
        ended.push({ what: `actor ${name}`, pid, gone: survivors.length === 0 })
      }
      for (const pmId of pmIds) await pm2?.delete(pmId).catch(() => undefined)
      // One that cannot be removed is looked at again at the next start; its process is gone all the same.
      await forgetHostFile(file).catch(() => undefined)
    }
  }
  return ended
}

interface Search {
  readonly stateDir: string
  /** What pm2 lists. */
  readonly listed: readonly Pm2Process[]
  readonly without?: number | undefined
  readonly spared?: ReadonlySet<string> | undefined
}

/** The process hosts of a state directory whose owner is gone. */
export async function findOrphans({ stateDir, listed, without, spared }: Search): Promise<Orphan[]> {
  const folder = join(stateDir, "hosts")
  const running = new Map<string, { pids: Set<number>; name: string }>()
  const note = (file: string | undefined, found: { pid: number; name: string }): void => {
    if (file === undefined || dirname(file) !== folder) return
    const known = running.get(file) ?? { pids: new Set<number>(), name: found.name }
    running.set(file, known)
    if (found.pid > 1 && isAlive(found.pid)) known.pids.add(found.pid)
  }
  for (const app of listed) note(app.env[HOST_FILE_VARIABLE], app)
  for (const { pid } of processRows()) note(variableOf(pid, HOST_FILE_VARIABLE), { pid, name: `of process ${String(pid)}` })
  for (const name of await readdir(folder).catch(() => [])) {
    if (name.endsWith(".json")) note(join(folder, name), { pid: 0, name })
  }
  const orphans = await Promise.all(
    [...running].map(async ([file, { pids, name }]) => {
      if (spared?.has(file) === true) return []
      const host = await readHostFile(file)
      if (host !== undefined && host.ownerPid !== without && isAlive(host.ownerPid, host.ownerStartTime)) return []
      const pmIds = listed.filter(({ env }) => env[HOST_FILE_VARIABLE] === file).map(({ pmId }) => pmId)
      return [{ file, name: host?.name ?? name, pids: [...pids], pmIds }]
    }),
  )
  return orphans.flat()
}

/** What stands in a host file; undefined when it is none. */
export async function readHostFile(path: string): Promise<ProcessHostFile | undefined> {
  try {
    const value = JSON.parse(await readFile(path, "utf8")) as Partial<ProcessHostFile> | null
    return typeof value?.ownerPid === "number" ? (value as ProcessHostFile) : undefined
  } catch {
    return undefined
  }
}
