// NotedHomes — the pm2 homes in which programs of a state directory have had a daemon started.
// Owns one small file for each in the state directory: PM2_HOME may be another one by the time somebody tidies up.

import { createHash } from "node:crypto"
import { readdir, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { ensureStateDir, writeSecretFile } from "../../bus/state-dir.js"

const NOTE = /^pm2-[0-9a-f]{12}\.json$/

function noteOf(stateDir: string, home: string): string {
  return join(stateDir, `pm2-${createHash("sha256").update(home).digest("hex").slice(0, 12)}.json`)
}

/** Notes that a program of this state directory has a daemon started in that home. @throws {StateDirError} */
export async function noteHome(stateDir: string, home: string): Promise<void> {
  await ensureStateDir(stateDir)
  await writeSecretFile(noteOf(stateDir, home), `${JSON.stringify({ home })}\n`)
}

/** The homes that were noted. */
export async function notedHomes(stateDir: string): Promise<string[]> {
  const names = (await readdir(stateDir).catch((): string[] => [])).filter((name) => NOTE.test(name))
  const homes = await Promise.all(names.map((name) => homeIn(join(stateDir, name))))
  return homes.filter((home) => home !== undefined)
}

export async function forgetHome(stateDir: string, home: string): Promise<void> {
  await rm(noteOf(stateDir, home), { force: true })
}

async function homeIn(file: string): Promise<string | undefined> {
  try {
    const { home } = JSON.parse(await readFile(file, "utf8")) as { home?: unknown }
    return typeof home === "string" ? home : undefined
  } catch {
    return undefined
  }
}
