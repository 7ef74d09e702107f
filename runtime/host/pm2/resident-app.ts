// Pure: how the bus and the node are described to pm2. Unlike a process actor's, their process is pm2's to keep running.

import { processApp, type Pm2App, type ProcessAppSpec } from "./process-app.js"

/** A program that pm2 keeps running. */
export interface ResidentSpec extends Omit<ProcessAppSpec, "entry" | "nodeFlags" | "killTimeoutMs"> {
  /** Absolute path of the program, and its arguments. */
  readonly program: string
  readonly args: readonly string[]
  /** How long pm2 waits between SIGINT and SIGKILL, in ms. */
  readonly killTimeoutMs: number
}

/** An app as an ecosystem file describes it. */
export type EcosystemApp = Readonly<Record<string, unknown>> & { readonly name: string }

// What is broken is tried again after 0.2 s, 0.3 s, 0.45 s …, every 15 s at last.
const FIRST_DELAY_MS = 200

/** The description for pm2's daemon. @throws {BadOptionError} for a variable that pm2 would take for a setting of its own. */
export function residentApp(spec: ResidentSpec): Pm2App {
  const { program, args, ...rest } = spec
  return {
    ...processApp({ ...rest, entry: program, nodeFlags: [] }),
    pm_exec_path: program,
    args,
    autorestart: true,
    exp_backoff_restart_delay: FIRST_DELAY_MS,
  }
}

/** The same for `pm2 start ecosystem.config.js`; the rest of the environment is what pm2 takes from its caller. */
export function ecosystemApp(spec: ResidentSpec): EcosystemApp {
  const app = residentApp(spec)
  return {
    name: app.name,
    namespace: app.namespace,
    script: app.pm_exec_path,
    args: app.args,
    cwd: app.pm_cwd,
    interpreter: app.exec_interpreter,
    exec_mode: "fork",
    env: spec.env ?? {},
    out_file: app.pm_out_log_path,
    error_file: app.pm_err_log_path,
    merge_logs: app.merge_logs,
    autorestart: app.autorestart,
    exp_backoff_restart_delay: app.exp_backoff_restart_delay,
    kill_timeout: app.kill_timeout,
    treekill: app.treekill,
    vizion: false,
    pmx: false,
    automation: false,
  }
}
