// The process hosts that a node which died has left running, as the node that comes back finds them (promise S14).
// A process counts when its host file says that it belongs to that node, pm2 lists it as running, and its owner is gone.

import { readdir } from "node:fs/promises"
import { join } from "node:path"
import type { Heir } from "../host/estate.js"
import { HOST_FILE_VARIABLE } from "../host/process-host.js"
import type { Pm2Process } from "../host/pm2/pm2-process.js"
import { isAlive } from "../host/pm2/process-group.js"
import { processRows, variableOf } from "../host/pm2/process-table.js"
import type { HostId } from "../ids.js"
import { readHostFile } from "./orphans.js"

interface Search {
  readonly stateDir: string
  /** The node's host. */
  readonly host: HostId
  readonly listed: readonly Pm2Process[]
}

/** Of two incarnations of one host neither is an heir: it is not known which of them is the right one. */
export async function findHeirs({ stateDir, host, listed }: Search): Promise<Heir[]> {
  const folder = join(stateDir, "hosts")
  const heirs = new Map<HostId, Heir[]>()
  const marked = new Set(processRows().map(({ pid }) => `${String(pid)} ${variableOf(pid, HOST_FILE_VARIABLE) ?? ""}`))
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith(".json")) continue
    const path = join(folder, name)
    const file = await readHostFile(path)
    if (file?.owner !== host || isAlive(file.ownerPid, file.ownerStartTime)) continue
    const app = listed.find(({ env, status }) => env[HOST_FILE_VARIABLE] === path && status === "online")
    if (app === undefined || !marked.has(`${String(app.pid)} ${path}`)) continue
    heirs.set(file.host, [...(heirs.get(file.host) ?? []), { host: file.host, incarnation: file.incarnation, path, file }])
  }
  return [...heirs.values()].filter((same) => same.length === 1).flat()
}
