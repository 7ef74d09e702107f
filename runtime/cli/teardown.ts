// Teardown — ends all that runs for a state directory, in order: the node with its actors, what it left, the bus, our pm2 daemon.
// Owns nothing; every step looks afresh at what there is, since anything may be gone, hung, or known to nobody but the system.
// V1  The node may end its actors in order, within its budget, before anything is ended by force.
// V2  What is said to be ended was seen to be gone. What outlives SIGKILL is named.
// V3  Programs that merely share the bus, and their process actors, are left alone.
// V4  It needs no room on the disk and no permission to write: what cannot be removed is named once all is ended.

import { readdir, rm } from "node:fs/promises"
import { join } from "node:path"
import type { Config } from "../../config/schema.js"
import { busFiles, busStateOf, readBusState, writeBusState } from "../bus/bus-state.js"
import { withFileLock } from "../bus/file-lock.js"
import { isPortFree } from "../bus/free-port.js"
import { stopLeftServer } from "../bus/server.js"
import { stateDirFault } from "../bus/state-dir.js"
import { codeOf, StateDirError } from "../errors.js"
import { findOwnDaemon } from "../host/pm2/launch-daemon.js"
import { forgetHome, notedHomes } from "../host/pm2/noted-homes.js"
import { Pm2 } from "../host/pm2/pm2-daemon.js"
import { pm2Paths } from "../host/pm2/pm2-paths.js"
import type { Pm2Process } from "../host/pm2/pm2-process.js"
import { endGroup, isAlive } from "../host/pm2/process-group.js"
import { commandOf, processRows, variableOf } from "../host/pm2/process-table.js"
import { serverPid } from "../system/bus-boot.js"
import { PLACE_FILE, STATE_DIR_VARIABLE } from "../system/node-place.js"
import { isNodeAlive, readNodeState, removeNodeState } from "../system/node-state.js"
import { type EndedProcess, endOrphans } from "../system/orphans.js"
import { nodeBudgetMs, residentsIn } from "../system/residents.js"
import { bootLock } from "./boot.js"

export interface TeardownOptions {
  readonly stateDir: string
  readonly shutdown: Config["shutdown"]
  readonly env: NodeJS.ProcessEnv
}

export interface TornDown {
  /** What ran and is ended now; empty when nothing ran. */
  readonly ended: readonly EndedProcess[]
  /** Homes of the pm2 daemons that we had started and have ended. */
  readonly daemons: readonly string[]
  /** What of the project still runs: processes that outlive SIGKILL, a port. Empty when all is well. */
  readonly left: readonly string[]
  /** What is somebody else's and was left alone. */
  readonly spared: readonly string[]
}

const LOCK_MS = 240_000

/** Ends everything; does nothing where nothing runs. */
export async function tearDown(options: TeardownOptions): Promise<TornDown> {
  const { stateDir } = options
  const hasState = await readdir(stateDir).then(
    () => true,
    () => false,
  )
  if (!hasState) return new Teardown(options).run()
  let work: Promise<TornDown> | undefined
  try {
    return await withFileLock(bootLock(stateDir), () => (work = new Teardown(options).run()), { timeoutMs: LOCK_MS })
  } catch (error) {
    // Held by another it has no cause; one that cannot be written must not keep anything running.
    if (work !== undefined || !(error instanceof StateDirError) || error.cause === undefined) throw error
    return new Teardown(options).run()
  }
}

class Teardown {
  readonly #options: TeardownOptions
  readonly #ended: EndedProcess[] = []
  readonly #daemons: string[] = []
  readonly #spared: string[] = []
  #unwritable: unknown

  constructor(options: TeardownOptions) {
    this.#options = options
  }

  async run(): Promise<TornDown> {
    const { stateDir } = this.#options
    const pm2s = await this.#connect()
    const port = (await readBusState(stateDir)).type === "found" ? await this.#portOfBus() : undefined
    try {
      await this.#endNode(pm2s)
      for (const pm2 of [...pm2s, undefined]) this.#ended.push(...(await endOrphans(stateDir, { pm2 })))
      await this.#endBus(pm2s)
      await this.#endMarked()
      for (const pm2 of pm2s) if ((await pm2.endIfOurs()) === "ended") this.#daemons.push(pm2.paths.home)
      await this.#tidy()
    } finally {
      for (const pm2 of pm2s) pm2.disconnect()
    }
    const left = this.#ended.filter(({ pid }) => isAlive(pid)).map(({ what, pid }) => `${what}, pid ${String(pid)}`)
    if (this.#unwritable !== undefined) left.push(`what ${stateDir} remembers: it ${stateDirFault(this.#unwritable).why}`)
    if (port !== undefined && this.#spared.length === 0 && !(await isPortFree(port)))
      left.push(`port ${String(port)} is still in use`)
    return { ended: this.#ended, daemons: this.#daemons, left, spared: this.#spared }
  }

  /** The daemon of this environment, and those the project is known to have used; none is started. */
  async #connect(): Promise<Pm2[]> {
    const { stateDir, env } = this.#options
    const homes = [pm2Paths(env).home, (await readNodeState(stateDir))?.pm2Home, ...(await notedHomes(stateDir))]
    const known = new Set(homes.filter((home) => home !== undefined))
    const slowTimeoutMs = nodeBudgetMs(this.#options) + 5_000
    const tries = [...known].map((home) => Pm2.connect({ home, env, ifAbsent: "fail", slowTimeoutMs }).catch(() => undefined))
    return (await Promise.all(tries)).filter((pm2) => pm2 !== undefined)
  }

  async #portOfBus(): Promise<number | undefined> {
    const known = await busStateOf(this.#options.stateDir)
    return known.type === "running" ? known.state.port : undefined
  }

  async #endNode(pm2s: readonly Pm2[]): Promise<void> {
    const { stateDir } = this.#options
    const state = await readNodeState(stateDir)
    const node = isNodeAlive(state) ? state : undefined
    const listed = await this.#deleteApps(pm2s, "node")
    if (node !== undefined) {
      const { pid, startTime } = node
      // pm2 may be gone, or may have given up on it.
      await endGroup({ pid, startTime, termMs: listed.includes(pid) ? 0 : nodeBudgetMs(this.#options) })
      if (!listed.includes(pid)) this.#note(`node ${node.name}`, pid)
    }
    await this.#tidily(() => removeNodeState(stateDir, undefined))
  }

  async #endBus(pm2s: readonly Pm2[]): Promise<void> {
    const { stateDir } = this.#options
    const listed = await this.#deleteApps(pm2s, "bus")
    const pid = await serverPid(stateDir)
    if (pid === undefined) return
    const stored = await readBusState(stateDir)
    if (stored.type === "found" && stored.state.startedBy.type === "program") {
      const { startedBy, url } = stored.state
      if (isAlive(startedBy.pid)) {
        this.#spared.push(`the server at ${url}: a program with pid ${String(startedBy.pid)} started it and still runs`)
        return
      }
      if ((await stopLeftServer(stateDir)) === "stopped") this.#note("bus", pid)
      return
    }
    await endGroup({ pid, termMs: 5_000 })
    if (!listed.includes(pid)) this.#note("bus", pid)
  }

  /** Has pm2 end them and forget them. @returns the pids they had */
  async #deleteApps(pm2s: readonly Pm2[], which: "bus" | "node"): Promise<number[]> {
    const pids: number[] = []
    for (const pm2 of pm2s) {
      const listed = await pm2.list().catch((): Pm2Process[] => [])
      for (const { pmId, name, pid } of residentsIn(listed, this.#options.stateDir)[which]) {
        await pm2.delete(pmId).catch(() => undefined)
        if (pid <= 1) continue
        pids.push(pid)
        this.#note(name, pid)
      }
    }
    return pids
  }

  /** What carries the state directory's mark and is known to no file and no pm2, where the system tells of marks. */
  async #endMarked(): Promise<void> {
    const { stateDir } = this.#options
    for (const { pid } of processRows()) {
      if (pid === process.pid || variableOf(pid, STATE_DIR_VARIABLE) !== stateDir) continue
      const what = commandOf(pid).split(" ")[0] ?? "a process"
      await endGroup({ pid, termMs: 1_000 })
      this.#note(what, pid)
    }
  }

  /** Removes what only made sense while something ran. The server's address and passwords, logs and a fetched server stay. */
  async #tidy(): Promise<void> {
    const { stateDir, env } = this.#options
    // A daemon that serves others is ended by the last of us; where none of ours runs there is nothing to remember.
    for (const home of await notedHomes(stateDir)) {
      if (findOwnDaemon(pm2Paths(env, home)) === undefined) await this.#tidily(() => forgetHome(stateDir, home))
    }
    if (this.#spared.length === 0) await this.#tidily(() => forgetServerPid(stateDir))
    await this.#tidily(() => rm(join(stateDir, PLACE_FILE), { force: true }))
    const hosts = join(stateDir, "hosts")
    if ((await readdir(hosts).catch(() => ["missing"])).length === 0)
      await this.#tidily(() => rm(hosts, { recursive: true, force: true }))
  }

  /** Changes what the state directory remembers, if that can be changed. */
  async #tidily(change: () => Promise<void>): Promise<void> {
    try {
      await change()
    } catch (error) {
      // Where no directory is, nothing is remembered.
      if (codeOf(causeOf(error)) !== "ENOTDIR") this.#unwritable ??= causeOf(error)
    }
  }

  #note(what: string, pid: number): void {
    if (this.#ended.some((one) => one.pid === pid)) return
    this.#ended.push({ what, pid, gone: !isAlive(pid) })
  }
}

async function forgetServerPid(stateDir: string): Promise<void> {
  await rm(busFiles(stateDir).pid, { force: true })
  const stored = await readBusState(stateDir)
  if (stored.type === "found" && stored.state.pid !== undefined)
    await writeBusState(stateDir, { ...stored.state, pid: undefined })
}

/** The system's error, where that one was put into words already. */
function causeOf(error: unknown): unknown {
  return error instanceof StateDirError ? error.cause : error
}
