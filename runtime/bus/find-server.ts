// Finding a nats-server to run: NATS_SERVER_BIN, then the PATH, then the state directory, then the npm registry.

import { constants } from "node:fs"
import { access } from "node:fs/promises"
import { delimiter, join } from "node:path"
import { NoNatsServerError } from "../errors.js"
import { fetchServer, fetchedServerPath } from "./fetch-server.js"
import { inspectServer } from "./inspect-server.js"

/** Where a nats-server was found. */
export type ServerSource = "NATS_SERVER_BIN" | "PATH" | "state-directory" | "fetched"

/** A nats-server that was found and will not do. */
export interface PassedOver {
  readonly path: string
  readonly why: string
}

/** A nats-server that will do. */
export interface FoundServer {
  readonly path: string
  /** As in `2.14.0`. */
  readonly version: string
  readonly source: ServerSource
  /** What was looked at before, and why it will not do. */
  readonly passedOver: readonly PassedOver[]
}

export interface FindServerOptions {
  /** Where a fetched server is kept. */
  readonly stateDir: string
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv | undefined
  /** Whether to fetch one from the npm registry when none is found. @default "if-missing" */
  readonly fetch?: "if-missing" | "never" | undefined
  /** Told, in a sentence, about a server that is passed over and about steps that take longer than a moment. */
  readonly onNotice?: ((notice: string) => void) | undefined
}

const BINARY = process.platform === "win32" ? "nats-server.exe" : "nats-server"

/**
 * Finds a nats-server of version 2.10 or newer, and fetches one if there is none.
 * One that NATS_SERVER_BIN names must do: what a person asked for is never replaced by something else in silence.
 * @throws {NoNatsServerError} naming everything that was tried.
 */
export async function findServer(options: FindServerOptions): Promise<FoundServer> {
  const env = options.env ?? process.env
  const passedOver: PassedOver[] = []

  const named = env["NATS_SERVER_BIN"]
  if (named !== undefined && named !== "") {
    const inspection = await inspectServer(named)
    if (inspection.type === "unusable") throw new NoNatsServerError([`NATS_SERVER_BIN=${named}: ${inspection.why}`])
    return { path: named, version: inspection.version, source: "NATS_SERVER_BIN", passedOver }
  }

  for (const path of await onPath(env)) {
    const inspection = await inspectServer(path)
    if (inspection.type === "usable") return { path, version: inspection.version, source: "PATH", passedOver }
    passedOver.push({ path, why: inspection.why })
    options.onNotice?.(`${path} is passed over: ${inspection.why}`)
  }

  const kept = fetchedServerPath(options.stateDir)
  const inspection = await inspectServer(kept)
  if (inspection.type === "usable") return { path: kept, version: inspection.version, source: "state-directory", passedOver }

  const tried = passedOver.length > 0 ? passedOver.map(({ path, why }) => `${path}: ${why}`) : ["none on the PATH"]
  if (options.fetch === "never") throw new NoNatsServerError([...tried, `${kept}: ${inspection.why}`])
  const fetched = await fetchServer({ stateDir: options.stateDir, env, onNotice: options.onNotice })
  if (fetched.type === "failed") throw new NoNatsServerError([...tried, fetched.why], fetched.cause)
  return { path: fetched.path, version: fetched.version, source: "fetched", passedOver }
}

async function onPath(env: NodeJS.ProcessEnv): Promise<string[]> {
  const found: string[] = []
  const folders = new Set((env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter((folder) => folder !== ""))
  for (const folder of folders) {
    const path = join(folder, BINARY)
    const runnable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (runnable) found.push(path)
  }
  return found
}
