// Boot — starts what of a project does not run, up to the moment the node answers on the bus.
// Owns what it has started until then: when anything fails, that is taken back. What ran before stays as it was.
// U1  One boot or teardown at a time for a state directory.
// U2  What runs and is what the project wants is left alone; a bus that may stay keeps its connections.
// U3  A node is told to end, and gone, before the next one starts. One that died is left to the next to succeed: that adopts what is
//     left of it, or ends it (promise S14).

import { join } from "node:path"
import type { Config } from "../../config/schema.js"
import { connectBus } from "../bus/connect.js"
import { withFileLock } from "../bus/file-lock.js"
import { awaitServer } from "../bus/prepare-server.js"
import { ensureStateDir, tryWriting } from "../bus/state-dir.js"
import { BadOptionError, BusFailedError, CancelledError } from "../errors.js"
import { forgetHome } from "../host/pm2/noted-homes.js"
import { Pm2 } from "../host/pm2/pm2-daemon.js"
import { pm2Paths } from "../host/pm2/pm2-paths.js"
import type { Pm2Process } from "../host/pm2/pm2-process.js"
import { endGroup, isAlive } from "../host/pm2/process-group.js"
import { residentApp, type ResidentSpec } from "../host/pm2/resident-app.js"
import { type BootChange, digestBoot } from "../system/boot-digest.js"
import { checkBus, endOrphanServer, prepareBus } from "../system/bus-boot.js"
import { type NodePlace, PLACE_FILE_VARIABLE, writePlace } from "../system/node-place.js"
import { isNodeAlive, readNodeState, removeNodeState } from "../system/node-state.js"
import { endOrphans } from "../system/orphans.js"
import { nodeBudgetMs, residentsOf, RUNTIME_DIR } from "../system/residents.js"
import { LogTail } from "./log-tail.js"
import { awaitNode, listingOf, type ReadyNode } from "./ready-node.js"
import { type Plan, planOf, type Standing, standingOf } from "./standing.js"

export interface BootOptions {
  readonly config: Config
  readonly place: NodePlace
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  /** Told about steps that take longer than a moment. */
  readonly onNotice: (notice: string) => void
}

export interface Booted extends ReadyNode {
  readonly type: "started" | "restarted" | "running"
  /** Whether its own server had to be started; `none` where another is configured. */
  readonly bus: Plan["bus"]
  /** Why it was restarted. */
  readonly changes: readonly BootChange[]
}

/** Covers a fetch of the server by another boot. */
const LOCK_MS = 240_000
const BUS_MS = 15_000
const LOOK_MS = 250

/** The lock that boots and teardowns of a state directory hold. */
export function bootLock(stateDir: string): string {
  return join(stateDir, "up.lock")
}

/** Starts what does not run. @throws {NodeFailedError} and whatever says why the bus cannot be had */
export async function boot(options: BootOptions): Promise<Booted> {
  const { stateDir } = options.config
  await ensureStateDir(stateDir)
  return withFileLock(bootLock(stateDir), () => new Boot(options).run(), { timeoutMs: LOCK_MS })
}

class Boot {
  readonly #options: BootOptions
  readonly #config: Config
  readonly #started: Pm2Process[] = []

  constructor(options: BootOptions) {
    this.#options = options
    this.#config = options.config
  }

  async run(): Promise<Booted> {
    const { stateDir, bus } = this.#config
    const { env } = this.#options
    await this.#checkHome()
    if (bus.url !== undefined) await this.#tryExternalBus()
    const [pm2, digest] = await Promise.all([this.#connect(), digestBoot(this.#config, RUNTIME_DIR)])
    try {
      const standing = await standingOf(stateDir, await pm2.list())
      let plan = planOf(standing, { digest, ownServer: bus.url === undefined })
      if (plan.node === "keep" && plan.bus !== "start" && standing.node !== undefined) {
        // pm2 would start the node again from it.
        await writePlace(stateDir, this.#options.place)
        return {
          type: "running",
          node: standing.node,
          listing: await listingOf(standing.node, this.#options),
          bus: plan.bus,
          changes: [],
        }
      }
      // What stands in the way of a server is found out before anything is ended for it.
      if (plan.bus === "start") await checkBus(this.#config, this.#options.onNotice)
      this.#options.signal.throwIfAborted()
      await this.#clear(pm2, standing, plan)
      if (plan.bus === "start") plan = await this.#prepareBus(pm2, standing, plan)
      const file = await writePlace(stateDir, this.#options.place)
      const residents = residentsOf(this.#config, {
        projectDir: this.#options.place.projectDir,
        pm2Home: pm2.paths.home,
        env: { [PLACE_FILE_VARIABLE]: file },
        parentEnv: env,
      })
      const ready = await this.#start(pm2, residents, plan)
      const type = plan.node !== "start" ? "running" : standing.node === undefined ? "started" : "restarted"
      return { ...ready, type, bus: plan.bus, changes: plan.changes }
    } catch (error) {
      await this.#takeBack(pm2)
      throw this.#options.signal.aborted ? new CancelledError("starting the node", error) : error
    } finally {
      pm2.disconnect()
    }
  }

  /** A node under another pm2 would be brought back by that one. */
  async #checkHome(): Promise<void> {
    const { home } = pm2Paths(this.#options.env)
    const node = await readNodeState(this.#config.stateDir)
    if (isNodeAlive(node) && node.pm2Home !== home) {
      throw new BadOptionError(
        "PM2_HOME",
        `${node.pm2Home}, under which the node of this project runs; or "troupe down" first`,
        home,
      )
    }
  }

  async #tryExternalBus(): Promise<void> {
    const { url, user, password, token, credsFile, nkeyFile, tls } = this.#config.bus
    if (url === undefined) return
    const address = { url, user, password, token, credsFile, nkeyFile, tls }
    const connection = await connectBus({ ...address, name: "troupe up", signal: this.#options.signal })
    await connection.close()
  }

  async #connect(): Promise<Pm2> {
    const { stateDir } = this.#config
    return Pm2.connect({ env: this.#options.env, stateDir, slowTimeoutMs: nodeBudgetMs(this.#config) + 5_000 })
  }

  /** Ends what is in the way of what is to be started: what has changed, and what a hard end has left. */
  async #clear(pm2: Pm2, { node, apps }: Standing, plan: Plan): Promise<void> {
    const { stateDir } = this.#config
    if (plan.node === "start") {
      await Promise.all(apps.node.map(({ pmId }) => pm2.delete(pmId)))
      if (isNodeAlive(node)) await endGroup({ pid: node.pid, startTime: node.startTime, termMs: nodeBudgetMs(this.#config) })
      if (node !== undefined || (await readNodeState(stateDir))?.status === "failed") {
        await endOrphans(stateDir, { pm2 })
        await removeNodeState(stateDir, undefined)
      }
    }
    if (plan.bus !== "keep") {
      await Promise.all(apps.bus.map(({ pmId }) => pm2.delete(pmId)))
      await endOrphanServer(stateDir)
    }
  }

  /** A node waits for the bus where it was; one that comes back elsewhere needs another node. */
  async #prepareBus(pm2: Pm2, standing: Standing, plan: Plan): Promise<Plan> {
    const { state } = await prepareBus(this.#config)
    const known = standing.node?.busUrl
    if (plan.node === "start" || known === undefined || known === state.url) return plan
    const moved: Plan = { bus: "start", node: "start", changes: [{ part: "address", what: "changed" }] }
    await this.#clear(pm2, standing, { ...moved, bus: "keep" })
    return moved
  }

  async #start(pm2: Pm2, { bus, node }: { bus: ResidentSpec | undefined; node: ResidentSpec }, plan: Plan): Promise<ReadyNode> {
    const logs = { bus: await tailOf(bus), node: await tailOf(node) }
    const busApp = bus !== undefined && plan.bus === "start" ? await this.#startApp(pm2, bus) : undefined
    const nodeApp = plan.node === "start" ? await this.#startApp(pm2, node) : undefined
    if (busApp !== undefined) await this.#awaitBus(busApp, logs.bus)
    return awaitNode({ config: this.#config, app: nodeApp, log: logs.node, signal: this.#options.signal })
  }

  async #startApp(pm2: Pm2, spec: ResidentSpec): Promise<Pm2Process> {
    const app = await pm2.start(residentApp(spec))
    this.#started.push(app)
    return app
  }

  async #awaitBus(app: Pm2Process, log: LogTail | undefined): Promise<void> {
    const { stateDir } = this.#config
    // pm2 tries again and again what cannot succeed without room for its files, and without a word where the log has none.
    const blocked = new AbortController()
    const look = setInterval(() => {
      if (!isAlive(app.pid)) void tryWriting(stateDir).catch((error: unknown) => blocked.abort(error))
    }, LOOK_MS)
    try {
      await awaitServer(stateDir, { timeoutMs: BUS_MS, signal: AbortSignal.any([this.#options.signal, blocked.signal]) })
    } catch (error) {
      blocked.signal.throwIfAborted()
      if (!(error instanceof BusFailedError)) throw error
      throw new BusFailedError(`${error.message.replace(/^nats-server: /, "")}${(await log?.words()) ?? ""}`, error)
    } finally {
      clearInterval(look)
    }
  }

  async #takeBack(pm2: Pm2): Promise<void> {
    const { stateDir } = this.#config
    // The node first: without its bus it would end later and louder.
    for (const { pmId } of [...this.#started].reverse()) await pm2.delete(pmId).catch(() => undefined)
    if (this.#started.length > 0) {
      await endOrphans(stateDir, { pm2 }).catch(() => undefined)
      await removeNodeState(stateDir, undefined)
    }
    const ended = await pm2.endIfOurs().catch(() => "left" as const)
    if (ended === "ended") await forgetHome(stateDir, pm2.paths.home)
  }
}

async function tailOf(spec: ResidentSpec | undefined): Promise<LogTail | undefined> {
  return spec === undefined ? undefined : LogTail.from(residentApp(spec).pm_err_log_path)
}
