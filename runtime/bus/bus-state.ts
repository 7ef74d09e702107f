// BusState — what a state directory remembers of its server: address, passwords, who started it.
// Owns bus.json. The server's life belongs to server.ts; whether it still runs is found out by asking it, never by its pid alone.
// B1  bus.json is written whole or not at all, for its owner's eyes only.
// B2  Whatever stands in bus.json, reading it never throws: it is absent, damaged (and why), or found.
// B3  A server counts as running only when it names itself as the file does and lets the file's password in.

import { readFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { codeOf } from "../errors.js"
import { shakeHands, type Greeting } from "./handshake.js"
import type { ServerSecrets } from "./server-config.js"
import { ensureStateDir, writeSecretFile } from "./state-dir.js"

/** Who starts and ends the server. */
export type StartedBy = { readonly type: "program"; readonly pid: number } | { readonly type: "pm2" }

/** A server as its state directory remembers it. */
export interface BusState extends ServerSecrets {
  /** Without credentials: `nats://127.0.0.1:24222`. */
  readonly url: string
  readonly port: number
  readonly startedBy: StartedBy
  /** The program that is or was run, and its version. */
  readonly binary: string
  readonly version: string
  /** The server's process, when it is known to have been started. */
  readonly pid?: number | undefined
}

/** What bus.json holds. */
export type StoredBus =
  | { readonly type: "absent" }
  | { readonly type: "damaged"; readonly why: string }
  | { readonly type: "found"; readonly state: BusState }

/** What bus.json holds, and whether that server runs. */
export type KnownBus =
  | Exclude<StoredBus, { type: "found" }>
  | { readonly type: "stale"; readonly state: BusState; readonly why: string }
  | { readonly type: "running"; readonly state: BusState; readonly greeting: Greeting }

/** The files of the bus in a state directory. */
export interface BusFiles {
  readonly stateDir: string
  readonly state: string
  readonly config: string
  readonly log: string
  readonly pid: string
  readonly lock: string
  readonly store: string
}

/** Names the files of the bus in a state directory, absolute. */
export function busFiles(stateDir: string): BusFiles {
  const dir = resolve(stateDir)
  return {
    stateDir: dir,
    state: join(dir, "bus.json"),
    config: join(dir, "nats-server.conf"),
    log: join(dir, "nats-server.log"),
    pid: join(dir, "nats-server.pid"),
    lock: join(dir, "bus.lock"),
    store: join(dir, "jetstream"),
  }
}

/** Reads bus.json. Never rejects. */
export async function readBusState(stateDir: string): Promise<StoredBus> {
  const file = busFiles(stateDir).state
  let text: string
  try {
    text = await readFile(file, "utf8")
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return { type: "absent" }
    return { type: "damaged", why: `${file} cannot be read (${codeOf(error) ?? "unknown error"})` }
  }
  return parseBusState(text)
}

/** Reads the text of a bus.json, whatever it is. */
export function parseBusState(text: string): StoredBus {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { type: "damaged", why: text.trim() === "" ? "bus.json is empty" : "bus.json is not JSON" }
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { type: "damaged", why: "bus.json holds no object" }
  const { pid, port, startedBy, ...rest } = value as Record<string, unknown>
  const words = ["url", "user", "password", "sysUser", "sysPassword", "serverName", "binary", "version"] as const
  for (const word of words) {
    if (typeof rest[word] !== "string" || rest[word] === "") return { type: "damaged", why: `bus.json has no ${word}` }
  }
  if (!isWhole(port, 65_535)) return { type: "damaged", why: "bus.json has no port" }
  const starter = parseStartedBy(startedBy)
  if (starter === undefined) return { type: "damaged", why: "bus.json does not say who started the server" }
  const known = Object.fromEntries(words.map((word) => [word, rest[word]])) as Record<(typeof words)[number], string>
  return { type: "found", state: { ...known, port, startedBy: starter, ...(isWhole(pid, 2 ** 31) ? { pid } : {}) } }
}

function parseStartedBy(value: unknown): StartedBy | undefined {
  const { type, pid } = (value ?? {}) as Record<string, unknown>
  if (type === "pm2") return { type }
  return type === "program" && isWhole(pid, 2 ** 31) ? { type, pid } : undefined
}

function isWhole(value: unknown, most: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 && value <= most
}

/** The text of a bus.json. */
export function busStateText(state: BusState): string {
  return `${JSON.stringify(state, null, 2)}\n`
}

/** Writes bus.json. @throws {StateDirError} when it cannot be written. */
export async function writeBusState(stateDir: string, state: BusState): Promise<void> {
  await ensureStateDir(stateDir)
  await writeSecretFile(busFiles(stateDir).state, busStateText(state))
}

/**
 * What a state directory knows of its bus, and whether that server runs now.
 * @param options.timeoutMs how long a silent server may take to answer; default 2000 ms
 */
export async function busStateOf(stateDir: string, options: { timeoutMs?: number } = {}): Promise<KnownBus> {
  const stored = await readBusState(stateDir)
  if (stored.type !== "found") return stored
  const { state } = stored
  const answer = await tryServer(state, options.timeoutMs ?? 2000)
  return answer.type === "running" ? { ...answer, state } : { type: "stale", state, why: answer.why }
}

/** Asks whether the server of this state runs and lets us in. */
export async function tryServer(
  state: BusState,
  timeoutMs: number,
): Promise<{ type: "running"; greeting: Greeting } | { type: "stale"; why: string }> {
  const login = { user: state.user, password: state.password }
  const answer = await shakeHands({ host: "127.0.0.1", port: state.port }, { timeoutMs, login })
  if (answer.type === "unreachable")
    return { type: "stale", why: `nothing of ours answers at ${state.url} (${answer.cause.message})` }
  // A server without passwords lets anybody in, so being let in proves nothing.
  if (answer.greeting.serverName !== state.serverName)
    return { type: "stale", why: `another nats-server answers at ${state.url}` }
  if (answer.type === "accepted") return { type: "running", greeting: answer.greeting }
  return { type: "stale", why: `the server at ${state.url} does not accept the password in bus.json` }
}
