// Residents — the bus and the node of one project as pm2 runs them; the same for `troupe up` and for ecosystem.config.js.

import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Config } from "../../config/schema.js"
import { busFiles } from "../bus/bus-state.js"
import { serverThreads } from "../bus/server-threads.js"
import type { Pm2Process } from "../host/pm2/pm2-process.js"
import type { ResidentSpec } from "../host/pm2/resident-app.js"
import { logDirOf } from "../host/process-logs.js"
import { STATE_DIR_VARIABLE } from "./node-place.js"

/** The folder of the compiled runtime. */
export const RUNTIME_DIR = fileURLToPath(new URL("..", import.meta.url))
export const NODE_ENTRY = join(RUNTIME_DIR, "entry", "node-entry.js")
const BUS_ENTRY = join(RUNTIME_DIR, "entry", "bus-entry.js")

// The shell becomes the server, so that pm2 watches and signals the server itself and no second Node.js waits beside it. What
// prepares it runs at each start, also at those by pm2.
const BUS_SCRIPT = 'server=$("$1" "$2") && exec "$server" -c "$3"'
const BUS_KILL_MS = 5_000

export interface Residents {
  /** Undefined where a server that runs already is configured. */
  readonly bus: ResidentSpec | undefined
  readonly node: ResidentSpec
}

export interface ResidentsOptions {
  readonly projectDir: string
  readonly pm2Home: string
  /** Variables for both, beside the state directory's. */
  readonly env: Readonly<Record<string, string>>
  readonly parentEnv: NodeJS.ProcessEnv
}

/** Describes both. */
export function residentsOf(config: Config, options: ResidentsOptions): Residents {
  const { stateDir, prefix } = config
  const both = {
    cwd: options.projectDir,
    pm2Home: options.pm2Home,
    logDir: logDirOf(stateDir),
    env: { ...options.env, [STATE_DIR_VARIABLE]: stateDir },
    parentEnv: options.parentEnv,
  }
  const bus = {
    ...both,
    env: { ...both.env, ...serverThreads(options.parentEnv) },
    name: `${prefix}-bus`,
    program: "/bin/sh",
    args: ["-c", BUS_SCRIPT, "troupe-bus", process.execPath, BUS_ENTRY, busFiles(stateDir).config],
    killTimeoutMs: BUS_KILL_MS,
  }
  const node = {
    ...both,
    name: `${prefix}-${config.node.name}`,
    program: process.execPath,
    args: [NODE_ENTRY],
    killTimeoutMs: nodeBudgetMs(config),
  }
  return { bus: config.bus.url === undefined ? bus : undefined, node }
}

/** How long a node may take to end in order, in ms. */
export function nodeBudgetMs({ shutdown }: Pick<Config, "shutdown">): number {
  return shutdown.stopMs + shutdown.cancelMs + shutdown.killMs + 2_000
}

/** Of all that pm2 lists, the bus and the node of a state directory, whatever their names. */
export function residentsIn(listed: readonly Pm2Process[], stateDir: string): { bus: Pm2Process[]; node: Pm2Process[] } {
  const ours = listed.filter(({ env }) => env[STATE_DIR_VARIABLE] === stateDir)
  return { bus: ours.filter(({ name }) => name.endsWith("-bus")), node: ours.filter(({ name }) => !name.endsWith("-bus")) }
}
