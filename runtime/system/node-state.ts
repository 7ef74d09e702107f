// NodeState — what a state directory knows of its node: node.json. Written by the node alone, read by whoever starts or ends it.
// Z1  node.json is written whole or not at all, for its owner's eyes only.
// Z2  Whatever stands in node.json, reading it never throws; a node counts as alive only while its process does, the very one.

import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { stateDirError, writeSecretFile } from "../bus/state-dir.js"
import { codeOf } from "../errors.js"
import { isAlive } from "../host/pm2/process-group.js"
import type { BootDigest } from "./boot-digest.js"
import type { KindProblem } from "./kinds.js"

/** Something that failed, as it is told to another process. */
export interface ToldError {
  readonly code: string
  readonly message: string
}

/** A boot actor that did not start. */
export interface FailedActor {
  readonly name: string
  readonly kind: string
  readonly error: ToldError
}

export interface NodeState {
  readonly status: "starting" | "ready" | "failed"
  readonly pid: number
  /** Tells its process from a later one with the same pid. */
  readonly startTime: string
  /** The node's name, and its prefix on the bus. */
  readonly name: string
  readonly prefix: string
  /** The home of the pm2 that runs it. */
  readonly pm2Home: string
  /** ISO 8601; `readyAt` once it is ready. */
  readonly startedAt: string
  readonly readyAt?: string
  /** The bus, without credentials. */
  readonly busUrl?: string
  /** Boot actors that run, in the order of the topology, and those that do not. */
  readonly actors: readonly string[]
  readonly failed: readonly FailedActor[]
  /** Modules that cannot be used. */
  readonly problems: readonly KindProblem[]
  /** What it was started with. */
  readonly digest?: BootDigest
  /** Its host on the bus, which it keeps when it dies and is started again, and which life of that this is. */
  readonly host?: string
  readonly incarnation?: number
  /** Process actors that the life before this one had left running: those that run on, and those that were ended. */
  readonly left?: { readonly adopted: readonly string[]; readonly ended: readonly string[] }
  /** Why it gave up. */
  readonly error?: ToldError
}

function nodeFile(stateDir: string): string {
  return join(stateDir, "node.json")
}

/** What node.json holds. */
export type StoredNode =
  | { readonly type: "absent" }
  | { readonly type: "damaged"; readonly why: string }
  | { readonly type: "found"; readonly state: NodeState }

/** Reads node.json. Never rejects. */
export async function readStoredNode(stateDir: string): Promise<StoredNode> {
  let text: string
  try {
    text = await readFile(nodeFile(stateDir), "utf8")
  } catch (error) {
    const code = codeOf(error) ?? "unknown error"
    if (code === "ENOENT" || code === "ENOTDIR") return { type: "absent" }
    return { type: "damaged", why: `node.json cannot be read (${code})` }
  }
  return parseNodeState(text)
}

/** What node.json says; undefined when there is none, or nothing to be made of it. */
export async function readNodeState(stateDir: string): Promise<NodeState | undefined> {
  const stored = await readStoredNode(stateDir)
  return stored.type === "found" ? stored.state : undefined
}

async function parseNodeState(text: string): Promise<StoredNode> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { type: "damaged", why: text.trim() === "" ? "node.json is empty" : "node.json is not JSON" }
  }
  const { nodeStateIn } = await import("./node-state-schema.js")
  const found = nodeStateIn(value)
  return "state" in found ? { type: "found", ...found } : { type: "damaged", why: `node.json has no usable ${found.wrong}` }
}

/** Whether the node that node.json tells of is there. */
export function isNodeAlive(state: NodeState | undefined): state is NodeState {
  return state !== undefined && isAlive(state.pid, state.startTime)
}

/** @throws {StateDirError} */
export async function writeNodeState(stateDir: string, state: NodeState): Promise<void> {
  await writeSecretFile(nodeFile(stateDir), `${JSON.stringify(state, null, 2)}\n`)
}

/** Removes node.json unless it tells of another process by now. @throws {StateDirError} */
export async function removeNodeState(stateDir: string, pid: number | undefined): Promise<void> {
  if (pid !== undefined && (await readNodeState(stateDir))?.pid !== pid) return
  await rm(nodeFile(stateDir), { force: true }).catch((error: unknown) => {
    throw stateDirError(nodeFile(stateDir), error)
  })
}
