// Pure: how a process actor is described to pm2.
//
// pm2 lays an app's environment over its own description of the app, and hands the sum to the process: a variable called
// `name`, `pm_id` or `autorestart` would change what pm2 does, and a program that itself runs under pm2 has all of those. pm2 also
// keeps the environment in its dump, prints it (`pm2 jlist`) and broadcasts it with every event. Hence: variables of capitals only,
// a short list from the parent, no secrets.

import { userInfo } from "node:os"
import { join } from "node:path"
import { BadOptionError } from "../../errors.js"

/** One app as pm2's daemon takes it (its method `prepare`), paths resolved. */
export interface Pm2App {
  readonly name: string
  readonly namespace: string
  readonly pm_exec_path: string
  readonly pm_cwd: string
  readonly exec_interpreter: string
  readonly exec_mode: "fork_mode"
  readonly node_args: readonly string[]
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly pm_out_log_path: string
  readonly pm_err_log_path: string
  readonly pm_pid_path: string
  readonly merge_logs: boolean
  readonly autostart: true
  /** A process actor is never restarted by pm2: that is its supervisor's decision. */
  readonly autorestart: boolean
  /** The first delay before a restart in ms; pm2 lets it grow to 15 s and forgets it after 30 s of good health. */
  readonly exp_backoff_restart_delay?: number
  readonly kill_timeout: number
  readonly kill_retry_time: number
  readonly treekill: boolean
  readonly windowsHide: boolean
  readonly username: string
  readonly watch: false
  readonly vizion: false
  readonly pmx: false
  readonly automation: false
  readonly km_link: false
}

/** What a process actor's app is made of. */
export interface ProcessAppSpec {
  /** As `pm2 ls` shows it. */
  readonly name: string
  /** Absolute path of the file to run. */
  readonly entry: string
  readonly args?: readonly string[]
  readonly cwd: string
  readonly pm2Home: string
  /** Where `<name>-out.log` and `<name>-error.log` go. */
  readonly logDir: string
  /** Flags of Node.js, such as `--max-old-space-size=256`. @default none */
  readonly nodeFlags?: readonly string[]
  /** Our own variables (`TROUPE_INTERNAL_…`) and those the user names for actors; no secrets. */
  readonly env?: Readonly<Record<string, string>>
  /** Where the inherited variables are taken from. */
  readonly parentEnv: NodeJS.ProcessEnv
  /** How long pm2 waits between SIGINT and SIGKILL if a person stops the app, in ms. @default 5000 */
  readonly killTimeoutMs?: number
}

/** What a process inherits: to find programs and files, to speak the user's language, and Node.js's own settings. */
const INHERITED_VARIABLES: readonly string[] = [
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ"],
  ...["NODE_ENV", "NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "NO_COLOR", "FORCE_COLOR"],
]

const VARIABLE = /^[A-Z_][A-Z0-9_]*$/

/**
 * The description pm2 is given. The interpreter is `none` and the program is Node.js itself, so that pm2's container script
 * is not loaded into the actor's process.
 * @throws {BadOptionError} for a variable whose name pm2 would take for a setting of its own.
 */
export function processApp(spec: ProcessAppSpec): Pm2App {
  const { name, nodeFlags = [], args = [] } = spec
  return {
    name,
    namespace: "troupe",
    pm_exec_path: process.execPath,
    pm_cwd: spec.cwd,
    exec_interpreter: "none",
    exec_mode: "fork_mode",
    node_args: [],
    args: [...nodeFlags, spec.entry, ...args],
    env: environment(spec),
    pm_out_log_path: join(spec.logDir, `${name}-out.log`),
    pm_err_log_path: join(spec.logDir, `${name}-error.log`),
    pm_pid_path: join(spec.pm2Home, "pids", `${name}.pid`),
    // Otherwise pm2 adds its own number to the log's name, and each restart would write to another file.
    merge_logs: true,
    autostart: true,
    autorestart: false,
    kill_timeout: spec.killTimeoutMs ?? 5_000,
    // pm2 looks at this interval whether a stopped process is gone; its own 100 ms is the least a stop then takes.
    kill_retry_time: 10,
    treekill: true,
    windowsHide: true,
    username: userInfo().username,
    watch: false,
    vizion: false,
    pmx: false,
    automation: false,
    km_link: false,
  }
}

function environment(spec: ProcessAppSpec): Record<string, string> {
  const env: Record<string, string> = {}
  for (const name of INHERITED_VARIABLES) {
    const value = spec.parentEnv[name]
    if (value !== undefined) env[name] = value
  }
  for (const [name, value] of Object.entries(spec.env ?? {})) {
    if (!VARIABLE.test(name))
      throw new BadOptionError(`env.${name}`, "capitals, digits and _ (pm2 takes others for its settings)", name)
    env[name] = value
  }
  env["PM2_HOME"] = spec.pm2Home
  return env
}
