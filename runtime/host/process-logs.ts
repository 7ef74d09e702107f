// ProcessLogs — what process actors print, as pm2 writes it to the state directory: two files for each name.
// A named actor's next life writes to the same files. An unnamed one's name never comes again, so its files would pile up.

import { readdir, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import type { HostId } from "../ids.js"

/** Of so many unnamed process actors that have ended the logs are kept, the latest ones. */
export const KEPT_LOGS = 10

const UNNAMED = /^[A-Za-z][\w-]*-(n[0-9a-f]{12}(?:-[tp][0-9a-z]+)+)-(?:out|error)\.log$/

/** Where pm2 writes them. */
export function logDirOf(stateDir: string): string {
  return join(stateDir, "logs")
}

/** What pm2 calls an actor that has no name. */
export function unnamedApp(kind: string, host: HostId): string {
  return `${kind}-${host}`
}

/** Removes the logs of unnamed process actors that have ended, but for the latest. Never rejects. */
export async function sweepLogs(stateDir: string): Promise<void> {
  const folder = logDirOf(stateDir)
  const files = new Map<string, string[]>()
  const started = await hostsIn(stateDir)
  for (const file of await namesIn(folder)) {
    const host = UNNAMED.exec(file)?.[1]
    if (host === undefined || started.has(host)) continue
    files.set(host, [...(files.get(host) ?? []), join(folder, file)])
  }
  if (files.size <= KEPT_LOGS) return
  const dated = await Promise.all([...files.values()].map(async (paths) => ({ paths, at: await latest(paths) })))
  dated.sort((a, b) => b.at - a.at)
  const swept = dated.slice(KEPT_LOGS).flatMap(({ paths }) => paths)
  await Promise.all(swept.map((path) => rm(path, { force: true }).catch(() => undefined)))
}

/** The hosts that a file says how to start, which is there as long as they are. */
async function hostsIn(stateDir: string): Promise<ReadonlySet<string>> {
  const files = await namesIn(join(stateDir, "hosts"))
  return new Set(files.map((name) => name.slice(0, name.indexOf("."))))
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((): string[] => [])
}

async function latest(paths: readonly string[]): Promise<number> {
  const times = paths.map((path) =>
    stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    ),
  )
  return Math.max(...(await Promise.all(times)))
}
