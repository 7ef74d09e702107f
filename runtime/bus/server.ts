// The server of a state directory: as a child of this program, or joined where it runs already.
//
// A program that ends properly stops the server it started. One that dies hard cannot; then the server's guard does
// (server-guard.ts), and where no guard could be had, the next start on the same state directory takes the server over.

import { BusFailedError } from "../errors.js"
import { busFiles, busStateOf, writeBusState, type BusState, type KnownBus } from "./bus-state.js"
import { withFileLock } from "./file-lock.js"
import { findServer, type FindServerOptions } from "./find-server.js"
import { isAlive } from "./is-alive.js"
import { launchedServer, launchServer, stopServer, type LaunchedServer, type ServerExit } from "./launch-server.js"
import { checkPort, checkSettings, newSecrets, type ServerSecrets, type ServerSettings } from "./server-config.js"
import { guardServer } from "./server-guard.js"
import { ensureStateDir } from "./state-dir.js"

export interface StartServerOptions extends ServerSettings, FindServerOptions {
  /** 0 stands for the port of the last start if it is free, else any free one. @default 0 */
  readonly port?: number | undefined
  /** Milliseconds until it must let us in. @default 10,000 */
  readonly timeoutMs?: number | undefined
  /** The nats-server to run. @default what {@link findServer} finds */
  readonly binary?: { readonly path: string; readonly version: string } | undefined
}

/** A server that runs: `started` by us just now, or `joined` because it ran already. */
export type ServerOfStateDir =
  { readonly type: "started"; readonly server: LaunchedServer } | { readonly type: "joined"; readonly state: BusState }

/**
 * Starts a nats-server for this state directory as a child of this program.
 * Resolves when it lets us in. It ends with `stop()`, or soon after this program, however that ends.
 * @throws {BusFailedError} when it does not come up, its port is taken, or one runs for this directory already
 * @throws {NoNatsServerError} when there is no nats-server to be had
 * @throws {StateDirError} when the state directory cannot be used
 */
export async function startServer(options: StartServerOptions): Promise<LaunchedServer> {
  const result = await startOrJoinServer(options)
  if (result.type === "started") return result.server
  throw new BusFailedError(`one runs already for ${options.stateDir}, at ${result.state.url}; use that one, or stop it first`)
}

/**
 * Starts a nats-server for this state directory unless one runs already; programs that do so at once agree on one.
 * A running one whose program is dead is taken over: it counts as started by us, and `stop()` ends it.
 * @throws as {@link startServer}
 */
export async function startOrJoinServer(options: StartServerOptions): Promise<ServerOfStateDir> {
  checkSettings(options)
  const port = checkPort(options.port ?? 0)
  await ensureStateDir(options.stateDir)
  return withFileLock(busFiles(options.stateDir).lock, async () => {
    const known = await busStateOf(options.stateDir)
    if (known.type === "running") return takeOver(options.stateDir, known.state)
    const binary = options.binary ?? (await findServer(options))
    const last = rememberedState(known)
    const server = await launchServer({
      stateDir: options.stateDir,
      settings: options,
      secrets: last === undefined ? newSecrets() : secretsOf(last),
      binary,
      port: port === 0 ? { type: "free", preferred: last?.port } : { type: "fixed", port },
      timeoutMs: options.timeoutMs ?? 10_000,
    })
    return { type: "started", server }
  })
}

/** The address and passwords of the last start, which clients that are still about will use again. */
export function rememberedState(known: KnownBus): BusState | undefined {
  return known.type === "stale" || known.type === "running" ? known.state : undefined
}

/** What of a state must stay the same when the server is started again. */
export function secretsOf(state: BusState): ServerSecrets {
  const { serverName, user, password, sysUser, sysPassword } = state
  return { serverName, user, password, sysUser, sysPassword }
}

/**
 * Ends the server of a state directory that a program started and left, if there is one.
 * One that pm2 started is left to pm2.
 */
export async function stopLeftServer(stateDir: string): Promise<"stopped" | "none"> {
  const known = await busStateOf(stateDir)
  if (known.type !== "running" || known.state.startedBy.type !== "program" || known.state.pid === undefined) return "none"
  await stopServer(stateDir, { ...known.state, pid: known.state.pid })
  return "stopped"
}

async function takeOver(stateDir: string, state: BusState): Promise<ServerOfStateDir> {
  const { startedBy, pid } = state
  if (startedBy.type === "pm2" || pid === undefined || isAlive(startedBy.pid)) return { type: "joined", state }
  const ours = { ...state, pid, startedBy: { type: "program", pid: process.pid } } as const
  await writeBusState(stateDir, ours)
  const guard = guardServer(pid)
  const exited = exitOf(pid)
  void exited.then(guard.dismiss)
  return { type: "started", server: launchedServer(stateDir, ours, exited) }
}

// Of a process that is not our child the system tells nothing; it has to be looked for.
function exitOf(pid: number): Promise<ServerExit> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (isAlive(pid)) return
      clearInterval(timer)
      resolve({ code: null, signal: null })
    }, 100)
    timer.unref()
  })
}
