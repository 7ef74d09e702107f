// Node — the program that pm2 runs: joins the bus, starts the boot actors one after another, answers control requests.
// Owns node.json. The server belongs to the bus app beside it; which of the two pm2 starts first does not matter.
// O1  A boot actor that does not start is told of, and the ones after it start all the same.
// O2  It ends within its budget when it is asked to; what does not end by then is ended by force.
// O3  A node that died and is started again is the next life of the same host. Its process hosts are adopted by the boot actors that
//     are what they were; all others are ended, those of other programs before the first actor starts: no actor runs twice.

import type { Config } from "../../config/schema.js"
import { addressesOf } from "../bus/open-bus.js"
import { awaitServer } from "../bus/prepare-server.js"
import { codeOf, NodeFailedError } from "../errors.js"
import { Pm2 } from "../host/pm2/pm2-daemon.js"
import { pm2Paths } from "../host/pm2/pm2-paths.js"
import type { Pm2Process } from "../host/pm2/pm2-process.js"
import { endGroup, startTimeOf } from "../host/pm2/process-group.js"
import { sweepLogs } from "../host/process-logs.js"
import { hostId } from "../ids.js"
import type { ActorLog } from "../actor/surroundings.js"
import { ActorSystem } from "./actor-system.js"
import { codeIn, digestBoot } from "./boot-digest.js"
import { isUnderPm2 } from "./bus-boot.js"
import { findHeirs } from "./heirs.js"
import { Log } from "./log.js"
import { loadOwnConfig, STATE_DIR_VARIABLE } from "./node-place.js"
import { isNodeAlive, type NodeState, readNodeState, removeNodeState, type ToldError, writeNodeState } from "./node-state.js"
import { endOrphans } from "./orphans.js"
import { type Life, newProgramHost } from "./program.js"
import { nodeBudgetMs, RUNTIME_DIR } from "./residents.js"

/** Longer than a fetch of the server usually takes; after that pm2 starts the node anew. */
const BUS_MS = 60_000
/** How often pm2 is asked for its list; each time has its own deadline. */
const LIST_TURNS = 3
/** Kept of the budget for the end by force. */
const FORCE_MS = 800

/** Runs the node until pm2 ends it. Never rejects. */
export async function runNode(): Promise<void> {
  const stopping = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopping.abort())
  // It runs until it is told to end, also while no actor of it does.
  setInterval(() => undefined, 3_600_000)
  // When pm2's daemon dies, nobody reads what is printed any more; that is no reason to die as well.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined)
  let state: NodeState = {
    status: "starting",
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? "",
    name: "node",
    prefix: "",
    pm2Home: pm2Paths(process.env).home,
    startedAt: new Date().toISOString(),
    actors: [],
    failed: [],
    problems: [],
  }
  let stateDir = process.env[STATE_DIR_VARIABLE]
  let system: ActorSystem | undefined
  let log = new Log({ level: "info", format: "text" }).of("node")
  try {
    const config = await loadOwnConfig(process.env)
    stateDir = config.stateDir
    log = new Log(config.log).of(config.node.name)
    state = { ...state, name: config.node.name, prefix: config.prefix }
    const digest = await digestBoot(config, RUNTIME_DIR)
    const life: Life = { ...(await clearTheWay(config, log)), code: codeIn(digest) }
    state = { ...state, digest, host: life.host, incarnation: life.incarnation }
    // What a former life has left is then there for the next.
    stopping.signal.throwIfAborted()
    // Before anyone hears of it: no later node may be the same incarnation.
    await writeNodeState(stateDir, state)
    system = await join(config, life, stopping.signal)
    const running = system
    const ended = new Promise<void>((resolve) => {
      const end = (): void => void endInOrder(running, config, log).then(resolve)
      if (stopping.signal.aborted) end()
      else stopping.signal.addEventListener("abort", end, { once: true })
    })
    state = await bootActors(system, config, { state, log, signal: stopping.signal })
    if (!stopping.signal.aborted) {
      const left = await system.settleEstate()
      if (life.incarnation > 1) {
        state = { ...state, left }
        log.warn("the node had died and is back", { incarnation: life.incarnation, ...left })
      }
      state = { ...state, status: "ready", readyAt: new Date().toISOString(), ...busUrlOf(system) }
      await writeNodeState(stateDir, state)
      log.info("ready", { actors: state.actors.length, failed: state.failed.length })
    }
    await ended
    await removeNodeState(stateDir, process.pid)
    process.exit(0)
  } catch (error) {
    if (stopping.signal.aborted) process.exit(0)
    log.error("the node cannot start", { ...told(error) })
    process.stderr.write(`${told(error).code}: ${told(error).message}\n`)
    if (stateDir !== undefined) {
      await writeNodeState(stateDir, { ...state, status: "failed", error: told(error) }).catch(() => undefined)
    }
    await system?.shutdown().catch(() => undefined)
    process.exit(1)
  }
}

/** Ends what was left by programs that died, except what this node may adopt. Returns which life of the node this is. @throws {NodeFailedError} when one runs that another pm2 looks after */
async function clearTheWay(config: Config, log: ActorLog): Promise<Omit<Life, "code">> {
  const { stateDir } = config
  const before = await readNodeState(stateDir)
  if (isNodeAlive(before) && before.pid !== process.pid) {
    const { pid, startTime } = before
    if (isUnderPm2(pid))
      throw new NodeFailedError(`a node of ${stateDir} runs already, with pid ${String(pid)}, under ${before.pm2Home}`)
    log.warn("a node that pm2 has lost runs still; it is ended", { pid })
    await endGroup({ pid, startTime, termMs: nodeBudgetMs(config) })
  }
  const pm2 = await Pm2.connect({ ifAbsent: "fail" }).catch(() => undefined)
  const host = before?.host === undefined ? newProgramHost() : hostId(before.host)
  const heirs = await findHeirs({ stateDir, host, listed: pm2 === undefined ? [] : await listedBy(pm2, log) })
  const spared = new Set(heirs.map(({ path }) => path))
  for (const { what, pid } of await endOrphans(stateDir, { pm2, spared }))
    log.warn("a process without an owner was ended", { what, pid })
  pm2?.disconnect()
  await sweepLogs(stateDir)
  return { host, incarnation: before?.host === undefined ? 1 : (before.incarnation ?? 0) + 1, heirs }
}

/** What pm2 runs. It is asked more than once: what a former life has left is ended when nobody knows that it runs. */
async function listedBy(pm2: Pm2, log: ActorLog): Promise<readonly Pm2Process[]> {
  for (let turn = 1; ; turn++) {
    try {
      return await pm2.list()
    } catch (error) {
      log.warn("pm2 does not say what it runs; processes of a former life cannot be adopted without", { turn, ...told(error) })
      if (turn === LIST_TURNS) return []
    }
  }
}

async function join(config: Config, life: Life, signal: AbortSignal): Promise<ActorSystem> {
  const options = { name: config.node.name, control: true, life }
  if (config.bus.url !== undefined) return ActorSystem.startWith(config, options)
  const { url, user, password } = addressesOf(await awaitServer(config.stateDir, { timeoutMs: BUS_MS, signal })).address
  // As an address, so that the node never starts a server of its own.
  const bus = { ...config.bus, url, ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) }
  return ActorSystem.startWith({ ...config, bus }, options)
}

interface Booting {
  readonly state: NodeState
  readonly log: ActorLog
  readonly signal: AbortSignal
}

async function bootActors(system: ActorSystem, config: Config, { state, log, signal }: Booting): Promise<NodeState> {
  await system.kinds.addFolder(config.node.actorsDir)
  const { problems } = system.kinds
  for (const { file, message } of problems) log.error(`${file} cannot be used: ${message}`)
  const actors: string[] = []
  const failed: NodeState["failed"][number][] = []
  for (const { kind, name, placement, mailbox, ...options } of config.topology) {
    if (signal.aborted) break
    try {
      await system.spawnKind(kind, {
        ...options,
        name,
        placement,
        mailbox: { ...config.mailbox, ...mailbox },
        startTimeoutMs: config.node.startTimeoutMs,
      })
      actors.push(name)
      log.info(`${name} is ready`, { kind, placement })
    } catch (error) {
      failed.push({ name, kind, error: told(error) })
      log.error(`${name} does not start: ${told(error).message}`, { kind, placement, code: told(error).code })
    }
  }
  return { ...state, actors, failed, problems }
}

async function endInOrder(system: ActorSystem, config: Config, log: ActorLog): Promise<void> {
  log.info("stopping")
  const force = setTimeout(
    () => {
      log.error("not everything has ended in time; what is left is ended by force")
      // Process hosts see to their own end no more than we do; they are orphans once this process is gone.
      process.exit(1)
    },
    nodeBudgetMs(config) - FORCE_MS,
  )
  await system.shutdown().catch((error: unknown) => log.error("the end was not in order", { ...told(error) }))
  clearTimeout(force)
}

function busUrlOf(system: ActorSystem): { busUrl?: string } {
  return system.busUrl === undefined ? {} : { busUrl: system.busUrl }
}

function told(error: unknown): ToldError {
  const message = error instanceof Error ? error.message : String(error)
  return { code: codeOf(error) ?? "ERR_INTERNAL", message }
}
