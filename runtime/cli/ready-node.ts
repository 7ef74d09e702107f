// ReadyNode — a node that says it is ready and answers on the bus.
// What node.json says is believed of the process that answers, and of no other: a node that has lost its bus says it is ready, too.

import { setTimeout as delay } from "node:timers/promises"
import type { Config } from "../../config/schema.js"
import { tryWriting } from "../bus/state-dir.js"
import { codeOf, NodeFailedError } from "../errors.js"
import type { Pm2Process } from "../host/pm2/pm2-process.js"
import { isAlive } from "../host/pm2/process-group.js"
import { isNodeAlive, type NodeState, readNodeState } from "../system/node-state.js"
import { Client } from "./client.js"
import type { LogTail } from "./log-tail.js"
import { type Fields, numberAt, recordAt } from "./reply-fields.js"
import { LISTING_MS } from "./timeout-option.js"

export interface ReadyNode {
  readonly node: NodeState
  /** What it says of its actors. */
  readonly listing: Fields
}

export interface Awaited {
  readonly config: Config
  readonly signal: AbortSignal
  /** What pm2 has just started for it, and what that writes. */
  readonly app?: Pm2Process | undefined
  readonly log?: LogTail | undefined
}

const LOAD_MS = 20_000
/** For a node that is ready to find a bus that was started again. */
const JOIN_MS = 10_000
const LOOK_MS = 15

/** Waits until the node of a state directory is ready. @throws {NodeFailedError} when it is not in time, or gives up; {StateDirError} */
export async function awaitNode(options: Awaited): Promise<ReadyNode> {
  const { config, signal, app, log } = options
  const timeoutMs = LOAD_MS + config.node.startTimeoutMs * (config.topology.length + 1)
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    signal.throwIfAborted()
    const node = await readNodeState(config.stateDir)
    if (node?.status === "failed") throw new NodeFailedError(`${node.error?.code ?? ""}: ${node.error?.message ?? "unknown"}`)
    if (isNodeAlive(node) && node.status === "ready") return { node, listing: await listingOf(node, options) }
    if (app !== undefined && !isAlive(app.pid) && !isNodeAlive(node)) {
      // A node that could not write down why it gave up could not write its log either.
      await tryWriting(config.stateDir)
      throw await failure("its process ended at once", log)
    }
    await delay(LOOK_MS)
  }
  throw await failure(`it was not ready within ${String(timeoutMs)} ms`, log)
}

/** What the node's own process answers on the bus. @throws {NodeFailedError} when it does not */
export async function listingOf(node: NodeState, { config, signal }: Awaited): Promise<Fields> {
  await using client = await Client.connect({ clientConfig: () => Promise.resolve(config), signal })
  const deadline = performance.now() + JOIN_MS
  while (performance.now() < deadline && isNodeAlive(node)) {
    signal.throwIfAborted()
    const listing = await client.control("ps", {}, LISTING_MS).catch(noAnswer)
    if (listing !== undefined && numberAt(recordAt(listing, "program"), "pid") === node.pid) return listing
    await delay(LOOK_MS)
  }
  throw await failure(`its process (pid ${String(node.pid)}) does not answer on the bus at ${node.busUrl ?? "its address"}`)
}

function noAnswer(error: unknown): undefined {
  if (!["ERR_NODE_UNREACHABLE", "ERR_TIMED_OUT"].includes(codeOf(error) ?? "")) throw error
}

async function failure(why: string, log?: LogTail): Promise<NodeFailedError> {
  return new NodeFailedError(`${why}${(await log?.words()) ?? ""}`)
}
