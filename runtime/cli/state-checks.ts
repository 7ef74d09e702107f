// What `troupe doctor` looks at in the state directory, and around it: what can be written, what is damaged, what was left.

import { mkdtemp, readdir, readFile, rmdir, stat, statfs } from "node:fs/promises"
import { dirname, join } from "node:path"
import { stateDirFault, tryWriting } from "../bus/state-dir.js"
import { codeOf, StateDirError } from "../errors.js"
import { pm2Paths } from "../host/pm2/pm2-paths.js"
import { findLeftBehind } from "../system/left-behind.js"
import { PLACE_FILE, placeIn } from "../system/node-place.js"
import type { Check } from "./finding.js"

const LOW_DISK_MB = 200
const FULL_DISK_MB = 10

export const stateDirectory: Check = async ({ config: { stateDir } }) => {
  const found = await stat(stateDir).catch(() => undefined)
  if (found === undefined) {
    const parent = await nearestFolder(stateDir)
    if (await canMakeIn(parent)) return { level: "ok", message: `${stateDir} will be made` }
    const mend = `make ${parent} writable, or set stateDir to another folder`
    return { level: "fail", message: `${stateDir} cannot be made`, mend }
  }
  if (!found.isDirectory()) return { level: "fail", message: `${stateDir} is no folder`, mend: "move it away, or set stateDir" }
  try {
    await tryWriting(stateDir)
  } catch (error) {
    const { why, todo } = stateDirFault(error instanceof StateDirError ? error.cause : error)
    return { level: "fail", message: `${stateDir} ${why}`, mend: todo }
  }
  if (process.platform !== "win32" && (found.mode & 0o077) !== 0) {
    return { level: "warn", message: `others may look into ${stateDir}, which holds passwords`, mend: `chmod 700 ${stateDir}` }
  }
  return { level: "ok", message: `${stateDir} is ours alone` }
}

/** The files that programs read again; those of the bus and the node are looked at with these. */
export const stateFiles: Check = async ({ config: { stateDir } }) => {
  const damaged: string[] = []
  if (await isDamaged(join(stateDir, PLACE_FILE), placeIn)) damaged.push(`${PLACE_FILE} names no project`)
  const hosts = join(stateDir, "hosts")
  for (const name of await readdir(hosts).catch((): string[] => [])) {
    if (name.endsWith(".json") && (await isDamaged(join(hosts, name), JSON.parse))) damaged.push(`hosts/${name} is not JSON`)
  }
  if (damaged.length === 0) return { level: "ok", message: "none is damaged" }
  return { level: "warn", message: damaged.join("; "), mend: '"troupe up" puts it right' }
}

export const diskSpace: Check = async ({ config, env }) => {
  const folders = await Promise.all([config.stateDir, pm2Paths(env).home].map(nearestFolder))
  const disks = new Map<number, { folder: string; freeMb: number }>()
  for (const folder of folders) {
    const { dev } = await stat(folder)
    const { bavail, bsize } = await statfs(folder)
    if (!disks.has(dev)) disks.set(dev, { folder, freeMb: Math.floor((bavail * bsize) / 1024 / 1024) })
  }
  const all = [...disks.values()]
  const least = Math.min(...all.map(({ freeMb }) => freeMb))
  const message = all.map(({ folder, freeMb }) => `${String(freeMb)} MB free at ${folder}`).join(", ")
  if (least < FULL_DISK_MB)
    return { level: "fail", message, mend: "free some space, or set stateDir and PM2_HOME to another disk" }
  if (least < LOW_DISK_MB) return { level: "warn", message, mend: "free some space" }
  return { level: "ok", message }
}

export const leftBehind: Check = async ({ config, env }) => {
  const found = await findLeftBehind(config.stateDir, env)
  if (found.length === 0) return { level: "ok", message: "nothing" }
  return { level: "warn", message: `a program that died has left ${found.join("; ")}`, mend: '"troupe down" ends it' }
}

/** The folder itself, or the nearest one above it that there is. */
async function nearestFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => undefined)
    if (found?.isDirectory() === true || folder === dirname(folder)) return folder
  }
}

/** Whether there is a file whose text cannot be used. */
async function isDamaged(path: string, read: (text: string) => unknown): Promise<boolean> {
  try {
    read(await readFile(path, "utf8"))
    return false
  } catch (error) {
    return codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR"
  }
}

/** Whether a folder can be made in the nearest one that there is; found out by making one, since permissions do not tell all. */
export async function canMakeIn(path: string): Promise<boolean> {
  try {
    await rmdir(await mkdtemp(join(await nearestFolder(path), ".troupe-probe-")))
    return true
  } catch {
    return false
  }
}
