// NodePlace — where the node and the bus under pm2 take their configuration from.
// Variables and flags that `troupe up` was given stand in a file of the state directory: pm2 shows an app's environment to
// whoever asks, and some of them are secrets. Under `pm2 start ecosystem.config.js` the environment is what pm2 passes on.

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { LoadOptions } from "../../config/load.js"
import type { Config } from "../../config/schema.js"
import { ensureStateDir, writeSecretFile } from "../bus/state-dir.js"
import { StateDirError } from "../errors.js"

/** Where a configuration comes from, as data. */
export type NodePlace = Pick<LoadOptions, "projectDir" | "file" | "env" | "flags">

/** Marks the bus and the node of a state directory, and all they start themselves. */
export const STATE_DIR_VARIABLE = "TROUPE_INTERNAL_STATE_DIR"
/** Names the file that holds the place; without it the environment and the working directory are the place. */
export const PLACE_FILE_VARIABLE = "TROUPE_INTERNAL_PLACE_FILE"

/** In the state directory. */
export const PLACE_FILE = "place.json"
const NOT_OURS = /^TROUPE_(?:INTERNAL_|TEST_)/
/** Variables that are no settings of ours and yet decide what some are. */
const FOREIGN = new Set(["NATS_SERVER_BIN", "NODE_ENV", "VITEST"])

/** What of an environment decides about a configuration. */
function settingsIn(env: NodePlace["env"]): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || NOT_OURS.test(name)) continue
    if (name.startsWith("TROUPE_") || FOREIGN.has(name)) kept[name] = value
  }
  return kept
}

/** Writes the place for the programs under pm2. @returns the file's path @throws {StateDirError} */
export async function writePlace(stateDir: string, place: NodePlace): Promise<string> {
  await ensureStateDir(stateDir)
  const path = join(stateDir, PLACE_FILE)
  await writeSecretFile(path, `${JSON.stringify({ ...place, env: settingsIn(place.env) }, null, 2)}\n`)
  return path
}

/** The place that the environment of this process names. @throws {StateDirError} when its file cannot be read. */
async function readPlace(env: NodeJS.ProcessEnv): Promise<NodePlace> {
  const path = env[PLACE_FILE_VARIABLE]
  if (path === undefined) return { projectDir: process.cwd(), env }
  try {
    return placeIn(await readFile(path, "utf8"))
  } catch (error) {
    throw new StateDirError(path, { why: "it is damaged or cannot be read", todo: '"troupe up" writes it anew' }, error)
  }
}

/** The place that the text of such a file names. @throws {Error} when it names none. */
export function placeIn(text: string): NodePlace {
  const place = JSON.parse(text) as Partial<NodePlace> | null
  if (typeof place?.projectDir !== "string" || typeof place.env !== "object") throw new Error("it names no project")
  return place as NodePlace
}

/** The configuration of the node or the bus that this process is. @throws {StateDirError} {BadConfigError} */
export async function loadOwnConfig(env: NodeJS.ProcessEnv): Promise<Config> {
  const { loadConfig } = await import("../../config/load.js")
  return loadConfig(await readPlace(env))
}
