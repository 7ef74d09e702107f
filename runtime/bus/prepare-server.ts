// The server for pm2: everything is prepared here, pm2 starts the binary itself, and we wait until it lets us in.
// Its port is chosen here and stands in the configuration, so that it is the same after each restart by pm2.

import { readFile } from "node:fs/promises"
import { setTimeout as delay } from "node:timers/promises"
import { BusFailedError } from "../errors.js"
import { busFiles, busStateOf, readBusState, tryServer, writeBusState, type BusState } from "./bus-state.js"
import { withFileLock } from "./file-lock.js"
import { findServer } from "./find-server.js"
import { freePort, isPortFree } from "./free-port.js"
import { logTail } from "./launch-server.js"
import { rememberedState, secretsOf, type StartServerOptions } from "./server.js"
import { checkPort, checkSettings, newSecrets, serverConfigText } from "./server-config.js"
import { ensureStateDir, writeSecretFile } from "./state-dir.js"

export interface PrepareServerOptions extends StartServerOptions {
  /** Where the server logs: to stderr, which pm2 keeps for `pm2 logs`, or to a file in the state directory. @default "stderr" */
  readonly log?: "stderr" | "file" | undefined
}

/** What pm2 needs to start the server. */
export interface PreparedServer {
  /** Whether it has to be started or runs already, whoever started it. */
  readonly type: "prepared" | "running"
  readonly bin: string
  readonly args: readonly string[]
  /** To be added to the environment. */
  readonly env: Readonly<Record<string, string>>
  readonly state: BusState
}

/**
 * Writes the server's configuration and bus.json and says how to start it.
 * The port and the passwords of the last start are used again, so that clients that are still about find it.
 * @throws {BusFailedError} when the configured port is taken
 * @throws {NoNatsServerError} when there is no nats-server to be had
 * @throws {StateDirError} when the state directory cannot be used
 */
export async function prepareServer(options: PrepareServerOptions): Promise<PreparedServer> {
  checkSettings(options)
  const wanted = checkPort(options.port ?? 0)
  await ensureStateDir(options.stateDir)
  const files = busFiles(options.stateDir)
  const args = ["-c", files.config]
  return withFileLock(files.lock, async () => {
    const known = await busStateOf(options.stateDir)
    if (known.type === "running") return { type: "running", bin: known.state.binary, args, env: {}, state: known.state }

    const binary = options.binary ?? (await findServer(options))
    if (wanted !== 0 && !(await isPortFree(wanted))) {
      throw new BusFailedError(
        `port ${String(wanted)} on 127.0.0.1 is in use by another program; choose another with bus.port, or 0 for any free one`,
      )
    }
    const last = rememberedState(known)
    const port = wanted === 0 ? await freePort(last?.port) : wanted
    const secrets = last === undefined ? newSecrets() : secretsOf(last)
    const logFile = options.log === "file" ? files.log : undefined
    const { maxPayload, jetStream, writeDeadlineMs } = options
    const config = { maxPayload, jetStream, writeDeadlineMs, secrets, port, pidFile: files.pid, logFile, storeDir: files.store }
    await writeSecretFile(files.config, serverConfigText(config))
    const state: BusState = {
      ...secrets,
      url: `nats://127.0.0.1:${String(port)}`,
      port,
      startedBy: { type: "pm2" },
      binary: binary.path,
      version: binary.version,
    }
    await writeBusState(files.stateDir, state)
    return { type: "prepared", bin: binary.path, args, env: {}, state }
  })
}

/**
 * Waits until the server of a state directory lets us in, and notes its process and version in bus.json.
 * @param options.timeoutMs default 10,000 ms
 * @throws {BusFailedError} when it does not in time, with what it said last
 * @throws the signal's reason when the signal is aborted
 */
export async function awaitServer(
  stateDir: string,
  options: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined } = {},
): Promise<BusState> {
  const timeoutMs = options.timeoutMs ?? 10_000
  const deadline = performance.now() + timeoutMs
  const files = busFiles(stateDir)
  let why = "it was never prepared"
  let pauseMs = 5
  do {
    options.signal?.throwIfAborted()
    const stored = await readBusState(stateDir)
    if (stored.type === "found") {
      const answer = await tryServer(stored.state, Math.max(1, Math.min(1000, deadline - performance.now())))
      if (answer.type === "running") {
        const pid = await pidIn(files.pid)
        const state = { ...stored.state, version: answer.greeting.version, ...(pid === undefined ? {} : { pid }) }
        await writeBusState(stateDir, state)
        return state
      }
      why = answer.why
    } else if (stored.type === "damaged") {
      why = stored.why
    }
    await delay(pauseMs, undefined, { signal: options.signal })
    pauseMs = Math.min(pauseMs * 1.5, 100)
  } while (performance.now() < deadline)
  const tail = await logTail(files.log)
  throw new BusFailedError(
    `it did not let us in within ${String(timeoutMs)} ms: ${why}${tail === "" ? "" : `. Its log ends with: ${tail}`}`,
  )
}

async function pidIn(path: string): Promise<number | undefined> {
  const pid = Number.parseInt(await readFile(path, "utf8").catch(() => ""), 10)
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
}
