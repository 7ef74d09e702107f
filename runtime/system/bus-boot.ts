// The server under pm2, as a configuration wants it: prepared, and claimed by the one bus app of its state directory.

import { readFile } from "node:fs/promises"
import { setTimeout as delay } from "node:timers/promises"
import type { Config } from "../../config/schema.js"
import { busFiles, busStateOf } from "../bus/bus-state.js"
import { endProcess } from "../bus/end-process.js"
import { findServer } from "../bus/find-server.js"
import { isPortFree } from "../bus/free-port.js"
import { type PreparedServer, prepareServer } from "../bus/prepare-server.js"
import { BusFailedError } from "../errors.js"
import { commandOf, processRow } from "../host/pm2/process-table.js"

/** Between two looks whether a server that is not pm2's still runs. */
const STANDBY_MS = 500

/**
 * Whether a server could be started: finds or fetches it, and looks at its port. Changes nothing that runs.
 * @throws {NoNatsServerError} {BusFailedError}
 */
export async function checkBus(config: Config, onNotice?: (notice: string) => void): Promise<void> {
  const { stateDir } = config
  const { port } = config.bus
  await findServer({ stateDir, env: serverEnv(config), onNotice })
  if (port === 0 || (await isPortFree(port))) return
  const known = await busStateOf(stateDir)
  if (known.type === "running" && known.state.port === port) return
  const todo = "choose another with bus.port, or 0 for any free one"
  throw new BusFailedError(`port ${String(port)} on 127.0.0.1 is in use by another program; ${todo}`)
}

/** Finds or fetches the server and writes its configuration. Errors as of `prepareServer`. */
export async function prepareBus(config: Config, onNotice?: (notice: string) => void): Promise<PreparedServer> {
  const { port, maxPayloadBytes: maxPayload } = config.bus
  return prepareServer({ stateDir: config.stateDir, port, maxPayload, env: serverEnv(config), onNotice, log: "stderr" })
}

function serverEnv({ bus: { serverBin } }: Config): NodeJS.ProcessEnv {
  return serverBin === undefined ? process.env : { ...process.env, NATS_SERVER_BIN: serverBin }
}

/**
 * Prepares the server for the process that will run it; returns the path of its program.
 * One that a living program started is used as long as it runs; only then is it this one's turn.
 */
export async function claimBus(config: Config, onNotice?: (notice: string) => void): Promise<string> {
  for (let waits = false; ;) {
    const prepared = await prepareBus(config, onNotice)
    if (prepared.type === "prepared") return prepared.bin
    if (await endOrphanServer(config.stateDir)) continue
    if (!waits) onNotice?.(`a program runs the server at ${prepared.state.url}; waiting until that one ends`)
    waits = true
    await delay(STANDBY_MS)
  }
}

/** Ends a server that pm2 started and lost: its daemon died. @returns whether there was one. */
export async function endOrphanServer(stateDir: string): Promise<boolean> {
  const known = await busStateOf(stateDir)
  if (known.type !== "running" || known.state.startedBy.type !== "pm2") return false
  const pid = await serverPid(stateDir)
  if (pid === undefined || isUnderPm2(pid)) return false
  await endProcess(pid)
  return true
}

/** The process of a state directory's server, as the server itself wrote it down; undefined when it does not run. */
export async function serverPid(stateDir: string): Promise<number | undefined> {
  const files = busFiles(stateDir)
  const pid = Number.parseInt(await readFile(files.pid, "utf8").catch(() => ""), 10)
  if (!(pid > 1) || processRow(pid) === undefined) return undefined
  // The file outlives a server that was killed, and another program may have its pid by now.
  return commandOf(pid).includes(files.config) ? pid : undefined
}

/** Whether a pm2 daemon is this process's parent and looks after it. */
export function isUnderPm2(pid: number): boolean {
  const row = processRow(pid)
  return row !== undefined && /^PM2 v\S+ God Daemon/.test(commandOf(row.ppid))
}
