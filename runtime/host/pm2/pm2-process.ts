// Pure: one entry of pm2's listing, read with suspicion, since any version of pm2 may have written it.

import { isRecord } from "./pm2-rpc.js"

/** An app in pm2's list. */
export interface Pm2Process {
  readonly name: string
  readonly namespace: string
  readonly pmId: number
  /** 0 when it does not run. */
  readonly pid: number
  /** New at each start of an app; pm2's numbers are used again once its list has been empty. */
  readonly uniqueId: string
  /** `online`, `launching`, `stopping`, `stopped`, `errored`, `waiting restart`. */
  readonly status: string
  readonly restarts: number
  readonly startedAtMs: number
  readonly outLog: string
  readonly errorLog: string
  /** Resident memory in bytes, 0 when unknown. */
  readonly memoryBytes: number
  /** Percent of one core, 0 when unknown. */
  readonly cpuPercent: number
  /** The variables the app was given. */
  readonly env: Readonly<Record<string, string>>
}

/** @returns undefined when it is no such entry. */
export function parsePm2Process(entry: unknown): Pm2Process | undefined {
  if (!isRecord(entry) || !isRecord(entry["pm2_env"])) return undefined
  const env = entry["pm2_env"]
  const pmId = env["pm_id"]
  if (typeof pmId !== "number") return undefined
  const inner = isRecord(entry["process"]) ? entry["process"] : {}
  const monit = isRecord(entry["monit"]) ? entry["monit"] : {}
  return {
    name: text(env["name"]),
    namespace: text(env["namespace"]),
    pmId,
    pid: number(inner["pid"]) || number(entry["pid"]),
    uniqueId: text(env["unique_id"]),
    status: text(env["status"]),
    restarts: number(env["restart_time"]),
    startedAtMs: number(env["pm_uptime"]),
    outLog: text(env["pm_out_log_path"]),
    errorLog: text(env["pm_err_log_path"]),
    memoryBytes: number(monit["memory"]),
    cpuPercent: number(monit["cpu"]),
    env: strings(env["env"]),
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : ""
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0
}

function strings(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {}
  return Object.fromEntries(Object.entries(value).flatMap(([name, held]) => (typeof held === "string" ? [[name, held]] : [])))
}
