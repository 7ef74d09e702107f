// ClientConfig — the settings that a client of the node needs.
// Checking a configuration takes a library that takes longer to load than an ask takes. Where nobody has configured anything,
// there is nothing to check and the defaults are the answer.

import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { DEFAULTS } from "../../config/defaults.js"
import type { Environment } from "../../config/environment.js"
import type { Config, ConfigOverrides } from "../../config/schema.js"

export type ClientConfig = Pick<Config, "prefix" | "stateDir" | "bus" | "ask" | "shutdown"> & {
  readonly node: Pick<Config["node"], "startTimeoutMs">
}

/** Where the command line finds its configuration. */
export interface ConfigPlace {
  readonly projectDir: string
  /** The file named by --config, absolute. */
  readonly file: string | undefined
  readonly env: Environment
  readonly flags: ConfigOverrides | undefined
}

/** The project's own configuration file. A test holds it against config/. */
export const PROJECT_FILE = "troupe.config.json"
const NO_SETTINGS = /^TROUPE_(?:INTERNAL_|TEST_)/

/** Whether no flag, variable or file says anything, so that the defaults hold. */
export function isUnconfigured({ projectDir, file, env, flags }: ConfigPlace): boolean {
  if (file !== undefined || flags !== undefined) return false
  const names = Object.keys(env).filter((name) => name.startsWith("TROUPE_") && (env[name] ?? "") !== "")
  return names.every((name) => NO_SETTINGS.test(name)) && !existsSync(join(projectDir, PROJECT_FILE))
}

/** @throws {BadConfigError} */
export async function loadClientConfig(place: ConfigPlace): Promise<ClientConfig> {
  if (!isUnconfigured(place)) return loadWholeConfig(place)
  const { prefix, stateDir, bus, node, ask, shutdown } = DEFAULTS
  return {
    prefix,
    stateDir: resolve(place.projectDir, stateDir),
    bus,
    node: { startTimeoutMs: node.startTimeoutMs },
    ask,
    shutdown,
  }
}

/** @throws {BadConfigError} */
export async function loadWholeConfig(place: ConfigPlace): Promise<Config> {
  const { loadConfig } = await import("../../config/load.js")
  return loadConfig(place)
}
