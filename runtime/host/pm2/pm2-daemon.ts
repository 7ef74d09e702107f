// Pm2 — a pm2 daemon, seen from one program.
// Owns the connection for calls. Events belong to pm2-events, the start of a daemon to launch-daemon, signals to process-group.
// D1  Every call settles by its deadline, whatever becomes of the daemon.
// D2  After the daemon was lost the next call connects anew, and starts a daemon only where that was allowed.
// D3  Nothing is printed, no signal handler installed, and the event loop not kept alive between calls.
// D4  No code of pm2 is loaded: the daemon is a program of its own, and we speak to its socket.

import { rmSync } from "node:fs"
import { dirname } from "node:path"
import { makeDir } from "../../bus/make-dir.js"
import { codeOf, Pm2Error, ShutDownError } from "../../errors.js"
import { isLeft } from "./daemon-mark.js"
import { findDaemonPid, findOwnDaemon, launchDaemon } from "./launch-daemon.js"
import { Pm2Events, type ProcessEventListener } from "./pm2-events.js"
import { noteHome } from "./noted-homes.js"
import { pm2Paths, type Pm2Paths } from "./pm2-paths.js"
import { parsePm2Process, type Pm2Process } from "./pm2-process.js"
import { Pm2Rpc, type Pm2Method } from "./pm2-rpc.js"
import type { Pm2App } from "./process-app.js"
import { awaitGone, signalGroup, startTimeOf } from "./process-group.js"

export interface Pm2Options {
  /** @default env.PM2_HOME, else ~/.pm2 */
  readonly home?: string
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv
  /** What to do where no daemon runs. @default "start" */
  readonly ifAbsent?: "start" | "fail"
  /** The state directory that is to remember the home of a daemon that is started. @default none */
  readonly stateDir?: string
  /** Deadline of a call, in ms. @default 5000 */
  readonly timeoutMs?: number
  /** Deadline of a daemon's start, and of stopping an app, in ms. @default 15000 */
  readonly slowTimeoutMs?: number
}

/** What may be asked twice. */
const READS: ReadonlySet<Pm2Method> = new Set(["ping", "getVersion", "getMonitorData"])

export class Pm2 implements AsyncDisposable {
  readonly paths: Pm2Paths
  readonly #env: NodeJS.ProcessEnv
  readonly #ifAbsent: "start" | "fail"
  readonly #stateDir: string | undefined
  readonly #timeoutMs: number
  readonly #slowTimeoutMs: number
  #rpc: Pm2Rpc | undefined
  #connecting: Promise<Pm2Rpc> | undefined
  #origin: "started" | "found" = "found"
  #closed = false

  private constructor(options: Pm2Options) {
    this.#env = options.env ?? process.env
    this.paths = pm2Paths(this.#env, options.home)
    this.#ifAbsent = options.ifAbsent ?? "start"
    this.#stateDir = options.stateDir
    this.#timeoutMs = options.timeoutMs ?? 5_000
    this.#slowTimeoutMs = options.slowTimeoutMs ?? 15_000
  }

  /**
   * Connects to the daemon of that home.
   * @throws {Pm2Error} when there is none and none could be started. @throws {TimedOutError} {BadOptionError}
   */
  static async connect(options: Pm2Options = {}): Promise<Pm2> {
    const pm2 = new Pm2(options)
    await pm2.#connected()
    return pm2
  }

  /** Whether this program started the daemon that it last connected to, or found it running. */
  get origin(): "started" | "found" {
    return this.#origin
  }

  /** The daemon's pid, or undefined when none runs. */
  daemonPid(): number | undefined {
    return findDaemonPid(this.paths)
  }

  /** The daemon's version of pm2. */
  async version(): Promise<string> {
    return String(await this.#call("getVersion", {}))
  }

  /**
   * Starts an app. pm2 lets two apps have one name; whoever wants names unique deletes the old entry first.
   * @throws {Pm2Error} when pm2 cannot start it. After a TimedOutError, or when the daemon died meanwhile, it may run.
   */
  async start(app: Pm2App): Promise<Pm2Process> {
    for (const file of [app.pm_out_log_path, app.pm_err_log_path, app.pm_pid_path]) {
      if (file !== "/dev/null") makeDirectory(dirname(file))
    }
    const [started] = processesIn(await this.#call("prepare", app))
    if (started === undefined) throw new Pm2Error(`start ${app.name}: pm2 does not say what it started`)
    // spawn gives no pid when the program is missing or the machine has no processes left; pm2 calls that online.
    if (started.pid === 0) {
      await this.delete(started.pmId).catch(() => undefined)
      throw new Pm2Error(`start ${app.name}: no process came of ${app.pm_exec_path} in ${app.pm_cwd}`)
    }
    return started
  }

  /** Stops apps by name or number and keeps them listed; pm2 sends SIGINT, then SIGKILL. */
  async stop(target: string | number): Promise<number[]> {
    return await this.#each("stopProcessId", target)
  }

  /** Stops apps by name or number and forgets them. @returns the numbers deleted; none when there was no such app. */
  async delete(target: string | number): Promise<number[]> {
    return await this.#each("deleteProcessId", target)
  }

  /** Every app of this daemon, those of other programs included. */
  async list(): Promise<Pm2Process[]> {
    return processesIn(await this.#call("getMonitorData", {}))
  }

  /** The apps of that name or number. */
  async describe(target: string | number): Promise<Pm2Process[]> {
    return (await this.list()).filter((one) => (typeof target === "number" ? one.pmId === target : one.name === target))
  }

  /** Tells of starts and ends of apps until closed or the daemon is lost. @throws {Pm2Error} {TimedOutError} */
  async subscribe(onEvent: ProcessEventListener): Promise<Pm2Events> {
    await this.#connected()
    return await Pm2Events.subscribe(this.paths.pubSocket, { onEvent, timeoutMs: this.#timeoutMs })
  }

  /** Leaves the daemon to itself; calls in flight are rejected. */
  disconnect(): void {
    this.#closed = true
    this.#rpc?.close()
  }

  /**
   * Ends the daemon and every app of it, other programs' included; returns when its pid is verified gone.
   * @throws {Pm2Error} when it outlives SIGKILL.
   */
  async killDaemon(): Promise<{ pid: number | undefined; tookMs: number }> {
    const start = performance.now()
    const pid = this.daemonPid()
    const startTime = pid === undefined ? undefined : startTimeOf(pid)
    await this.#emptyAndEnd()
    this.disconnect()
    if (pid !== undefined) {
      const of = { pid, ...(startTime === undefined ? {} : { startTime }) }
      if (!(await awaitGone({ ...of, timeoutMs: 2_000 }))) {
        signalGroup(pid, "SIGKILL")
        if (!(await awaitGone({ ...of, timeoutMs: 2_000 })))
          throw new Pm2Error(`the daemon (pid ${String(pid)}) outlives SIGKILL`)
      }
    }
    // A daemon that had to be killed leaves these behind.
    if (this.daemonPid() === undefined) {
      const { rpcSocket, pubSocket, pidFile, mark } = this.paths
      for (const file of [rpcSocket, pubSocket, pidFile, mark]) rmSync(file, { force: true })
    }
    return { pid, tookMs: performance.now() - start }
  }

  /** Ends the daemon if a program of ours started it, that one does not need it any more, and nothing is in it. */
  async endIfOurs(): Promise<"ended" | "left"> {
    const own = findOwnDaemon(this.paths)
    if (own === undefined || !isLeft(own)) return "left"
    const apps = await this.list().catch(() => undefined)
    if (apps === undefined || apps.length > 0) return "left"
    await this.killDaemon()
    return "ended"
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disconnect()
    await Promise.resolve()
  }

  async #emptyAndEnd(): Promise<void> {
    try {
      const rpc = await Pm2Rpc.connect(this.paths.rpcSocket, this.#timeoutMs)
      try {
        // pm2 never answers this one; it takes it before the calls after it.
        rpc.call("notifyKillPM2", {}, this.#timeoutMs).catch(() => undefined)
        const apps = processesIn(await rpc.call("getMonitorData", {}, this.#timeoutMs))
        await Promise.allSettled(apps.map((app) => rpc.call("deleteProcessId", app.pmId, this.#slowTimeoutMs)))
        // Not given a pid, the daemon signals nobody; given ours it would send us SIGQUIT.
        await rpc.call("killMe", {}, this.#timeoutMs)
      } finally {
        rpc.close()
      }
    } catch {
      // It closes the connection instead of answering; whether it is gone is looked up by pid.
    }
  }

  async #each(method: "stopProcessId" | "deleteProcessId", target: string | number): Promise<number[]> {
    const ids = typeof target === "number" ? [target] : (await this.describe(target)).map((one) => one.pmId)
    const done = await Promise.all(
      ids.map(async (id) => {
        try {
          await this.#call(method, id, this.#slowTimeoutMs)
          return [id]
        } catch (error) {
          if (error instanceof Pm2Error && error.message.includes("id unknown")) return []
          throw error
        }
      }),
    )
    return done.flat()
  }

  async #call(method: Pm2Method, argument: unknown, timeoutMs = this.#timeoutMs): Promise<unknown> {
    const isFresh = this.#rpc?.isOpen !== true
    const rpc = await this.#connected()
    try {
      return await rpc.call(method, argument, timeoutMs)
    } catch (error) {
      // A daemon that is being ended may still take a connection, and then drop it.
      if (!isFresh || rpc.isOpen || !READS.has(method)) throw error
      return await (await this.#connected()).call(method, argument, timeoutMs)
    }
  }

  async #connected(): Promise<Pm2Rpc> {
    if (this.#closed) throw new ShutDownError()
    if (this.#rpc?.isOpen === true) return this.#rpc
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined
    })
    return await this.#connecting
  }

  async #connect(): Promise<Pm2Rpc> {
    let origin: "started" | "found" = "found"
    let rpc: Pm2Rpc
    try {
      rpc = await Pm2Rpc.connect(this.paths.rpcSocket, this.#timeoutMs)
    } catch (error) {
      if (this.#ifAbsent === "fail" || !isAbsence(error)) throw error
      if (this.#stateDir !== undefined) await noteHome(this.#stateDir, this.paths.home)
      const ours = await launchDaemon({ paths: this.paths, env: this.#env, timeoutMs: this.#slowTimeoutMs })
      origin = ours ? "started" : "found"
      rpc = await Pm2Rpc.connect(this.paths.rpcSocket, this.#timeoutMs)
    }
    // disconnect() may have come meanwhile; it could not close what was not open yet.
    if (this.#isClosed()) {
      rpc.close()
      throw new ShutDownError()
    }
    this.#origin = origin
    this.#rpc = rpc
    return rpc
  }

  #isClosed(): boolean {
    return this.#closed
  }
}

function processesIn(answer: unknown): Pm2Process[] {
  return Array.isArray(answer) ? answer.flatMap((entry) => parsePm2Process(entry) ?? []) : []
}

function isAbsence(error: unknown): boolean {
  const code = error instanceof Error ? codeOf(error.cause) : undefined
  return code === "ENOENT" || code === "ECONNREFUSED"
}

function makeDirectory(path: string): void {
  try {
    makeDir(path)
  } catch (error) {
    throw new Pm2Error(`cannot make ${path}`, error)
  }
}
