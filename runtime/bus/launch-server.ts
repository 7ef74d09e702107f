// Launching nats-server as a child of this program, up to the moment it lets us in.

import { spawn } from "node:child_process"
import { closeSync, openSync } from "node:fs"
import { readFile, rename } from "node:fs/promises"
import { setTimeout as delay } from "node:timers/promises"
import { BusFailedError } from "../errors.js"
import { busFiles, busStateText, readBusState, tryServer, writeBusState, type BusFiles, type BusState } from "./bus-state.js"
import { endProcess, type Ended } from "./end-process.js"
import { freePort } from "./free-port.js"
import { serverConfigText, type ServerSecrets, type ServerSettings } from "./server-config.js"
import { guardServer } from "./server-guard.js"
import { serverThreads } from "./server-threads.js"
import { stateDirError, writeSecretFile } from "./state-dir.js"

/** How a server process ended. */
export interface ServerExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A server that this program started. */
export interface LaunchedServer {
  readonly state: BusState & { readonly pid: number }
  /** Settles when the process is gone, whoever ended it. */
  readonly exited: Promise<ServerExit>
  /** Ends it and verifies that it is gone. Its port and passwords stay in the state directory for the next start. */
  stop(): Promise<Ended>
}

export interface LaunchOptions {
  readonly stateDir: string
  readonly settings: ServerSettings
  readonly secrets: ServerSecrets
  readonly binary: { readonly path: string; readonly version: string }
  readonly port:
    { readonly type: "fixed"; readonly port: number } | { readonly type: "free"; readonly preferred: number | undefined }
  /** Milliseconds. */
  readonly timeoutMs: number
}

const PORT_ATTEMPTS = 5

/** @throws {BusFailedError} with the end of its log when it ends early or is not ready in time. */
export async function launchServer(options: LaunchOptions): Promise<LaunchedServer> {
  const wanted = options.port
  for (let attempt = 1; ; attempt++) {
    const port = wanted.type === "fixed" ? wanted.port : await freePort(attempt === 1 ? wanted.preferred : undefined)
    const outcome = await attemptOn(port, options)
    if (outcome.type === "ready") return outcome.server
    // Somebody took the port between our look and the server's.
    if (outcome.portTaken && wanted.type === "free" && attempt < PORT_ATTEMPTS) continue
    throw new BusFailedError(outcome.why)
  }
}

type Outcome =
  | { readonly type: "ready"; readonly server: LaunchedServer }
  | { readonly type: "failed"; readonly why: string; readonly portTaken: boolean }

async function attemptOn(port: number, options: LaunchOptions): Promise<Outcome> {
  const { secrets, settings, binary, timeoutMs } = options
  const files = busFiles(options.stateDir)
  await writeSecretFile(
    files.config,
    serverConfigText({ ...settings, secrets, port, pidFile: files.pid, storeDir: files.store, logFile: undefined }),
  )
  const child = await spawnServer(binary.path, files)
  const pid = child.pid
  if (pid === undefined) return { type: "failed", why: `${binary.path} cannot be run: ${await child.failed}`, portTaken: false }

  const guard = guardServer(pid)
  void child.exited.then(guard.dismiss)
  const state = {
    ...secrets,
    url: `nats://127.0.0.1:${String(port)}`,
    port,
    startedBy: { type: "program", pid: process.pid },
    binary: binary.path,
    version: binary.version,
    pid,
  } as const
  const polling = new AbortController()
  const outcome = await Promise.race([ready(state, timeoutMs, polling.signal), child.exited])
  polling.abort()
  if (outcome === "ready") {
    await writeBusState(files.stateDir, state)
    return { type: "ready", server: launchedServer(files.stateDir, state, child.exited) }
  }

  await endProcess(pid)
  const tail = await logTail(files.log)
  const portTaken = outcome !== "late" && /address already in use|bind:.*permission denied/i.test(tail)
  const what =
    outcome === "late"
      ? `did not let us in within ${String(timeoutMs)} ms`
      : portTaken
        ? `port ${String(port)} on 127.0.0.1 is in use or forbidden; choose another with bus.port, or 0 for any free one`
        : `ended at once (${outcome.signal ?? `exit code ${String(outcome.code)}`})`
  return { type: "failed", why: `${what}. Its log ends with: ${tail || "nothing"}`, portTaken }
}

async function ready(state: BusState, timeoutMs: number, signal: AbortSignal): Promise<"ready" | "late"> {
  const deadline = performance.now() + timeoutMs
  let pauseMs = 2
  for (;;) {
    const left = deadline - performance.now()
    if (left <= 0 || signal.aborted) return "late"
    if ((await tryServer(state, Math.min(left, 1000))).type === "running") return "ready"
    await delay(pauseMs)
    pauseMs = Math.min(pauseMs * 1.5, 100)
  }
}

/** A server that runs. Once it has ended by itself its pid may be somebody else's, so stop() then signals nobody. */
export function launchedServer(
  stateDir: string,
  state: LaunchedServer["state"],
  exited: LaunchedServer["exited"],
): LaunchedServer {
  let isGone = false
  void exited.then(() => (isGone = true))
  const end = async (): Promise<Ended> => (isGone ? { by: "already-gone", tookMs: 0 } : endProcess(state.pid))
  return { state, exited, stop: () => stopServer(stateDir, state, end) }
}

/** Ends a server and notes in its state directory that it is gone; port and passwords stay for the next start. */
export async function stopServer(
  stateDir: string,
  state: LaunchedServer["state"],
  end = () => endProcess(state.pid),
): Promise<Ended> {
  const ended = await end()
  const stored = await readBusState(stateDir)
  if (stored.type === "found" && stored.state.pid === state.pid) {
    // The server is down, which is what was asked for; a pid too many in the file misleads nobody (B3).
    await writeSecretFile(busFiles(stateDir).state, busStateText({ ...stored.state, pid: undefined })).catch(() => undefined)
  }
  return ended
}

interface Spawned {
  readonly pid: number | undefined
  readonly exited: Promise<ServerExit>
  readonly failed: Promise<string>
}

async function spawnServer(path: string, files: BusFiles): Promise<Spawned> {
  // The log of the run before stays readable: it may tell why that one ended.
  await rename(files.log, `${files.log}.1`).catch(() => undefined)
  let log: number
  try {
    log = openSync(files.log, "a", 0o600)
  } catch (error) {
    throw stateDirError(files.log, error)
  }
  try {
    const child = spawn(path, ["-c", files.config], {
      stdio: ["ignore", log, log],
      cwd: files.stateDir,
      env: { ...process.env, ...serverThreads(process.env) },
      // In a session of its own, so that Ctrl-C does not end it before the actors had their say.
      detached: true,
    })
    child.unref()
    const failed = new Promise<string>((resolve) => {
      child.once("error", (error) => {
        resolve(error.message)
      })
    })
    const exited = new Promise<ServerExit>((resolve) => {
      child.once("exit", (code, signal) => {
        resolve({ code, signal })
      })
    })
    return { pid: child.pid, exited, failed }
  } finally {
    closeSync(log)
  }
}

/** The last lines of a log, as one line. */
export async function logTail(path: string, lines = 5): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "")
  const last = text.slice(-16_384).trimEnd().split("\n").slice(-lines)
  return last.map((line) => line.replace(/^\[\d+\] \S+ \S+ /, "").trim()).join(" | ")
}
