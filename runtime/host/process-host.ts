// ProcessHost — runs each actor in an OS process of its own, which pm2 starts and which talks over the bus.
// pm2 never restarts one: that is the supervisor's decision. Readiness is ours, by the host's own report.
// U1  A launch ends as gone only when every process that carries its mark has ended, also when pm2 never said what it started.
// U2  Each launch reads a file of its own, and the file goes with it: a process that pm2 starts too late finds none and leaves.

import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import type { LifeListener } from "../actor/actor-cell.js"
import type { ExitReason } from "../actor/exit-reason.js"
import type { LedgerView } from "../actor/ledger.js"
import { makeDir } from "../bus/make-dir.js"
import { ensureStateDir, writeSecretFile } from "../bus/state-dir.js"
import { codeOf, UnavailableError } from "../errors.js"
import type { HostId } from "../ids.js"
import type { ActorHost, HostedActor, HostSpec } from "./actor-host.js"
import { type ChildHostData, childHostData } from "./child-host-data.js"
import type { Heir } from "./estate.js"
import type { HostRuntime } from "./host-runtime.js"
import type { HostUnit, Launched, Launcher, UnitListener } from "./host-unit.js"
import { crashReportFlags, crashReportOf, tellsOfFullHeap } from "./crash-report.js"
import { createLedgerFile, ledgerFileOf, readBeatsFile, readLedgerFile } from "./ledger-file.js"
import { exitReasonOf } from "./pm2/exit-reason-of.js"
import { type Pm2App, processApp } from "./pm2/process-app.js"
import type { ExitedEvent } from "./pm2/process-event.js"
import { endGroup, startTimeOf } from "./pm2/process-group.js"
import { logDirOf, sweepLogs, unnamedApp } from "./process-logs.js"
import { processVitals, type Vitals } from "./pulse.js"
import type { ProcessTable } from "./process-table.js"
import { endProcessesBelow, endProcessesOf, forgetHostFile, HOST_FILE_VARIABLE } from "./processes-below.js"
import { type AdoptRequest, RemoteActor } from "./remote-actor.js"

const ENTRY = fileURLToPath(new URL("../entry/process-entry.js", import.meta.url))
/** How long a process whose actor ended in order may take to exit by itself. */
const EXIT_MS = 2000
/** How long SIGTERM may take before SIGKILL follows. */
const TERM_MS = 500
/** How long a process may take to answer its new owner: as long as it may be on its way back to a bus that died as well. */
const ADOPT_MS = 6000
/** When it is asked again: one that did not answer, and one that was not there. */
const ADOPT_TURN_MS = 1000
const ADOPT_PAUSE_MS = 50

export { HOST_FILE_VARIABLE }

/** What a process reads from its file; args are base64, since the file is JSON. */
export interface ProcessHostFile extends Omit<ChildHostData, "args"> {
  readonly args: string
  readonly memoryMb?: number | undefined
  /** The process that owns it; without that one it is an orphan. */
  readonly ownerPid: number
  readonly ownerStartTime: string | undefined
}

/** Who owns a process, as its file says. */
type Owner = Pick<ProcessHostFile, "owner" | "ownerIncarnation" | "ownerPid" | "ownerStartTime">

export interface ProcessHostParts {
  readonly runtime: HostRuntime
  readonly table: ProcessTable
  /** Resolves when what the bus had for this program by now has arrived. */
  readonly settle: () => Promise<void>
}

export class ProcessHost implements ActorHost, Launcher {
  readonly placement = "process"
  readonly #parts: ProcessHostParts

  constructor(parts: ProcessHostParts) {
    this.#parts = parts
  }

  create(spec: HostSpec, listener: LifeListener): HostedActor {
    const { runtime } = this.#parts
    const heir = this.#heirFor(spec)
    return new RemoteActor(runtime, this, { host: heir?.host ?? runtime.nextHostId("p"), spec, listener, heir })
  }

  launch(of: Launched, listener: UnitListener): HostUnit {
    return new ProcessUnit(this.#parts, of, listener)
  }

  /** The process of a former incarnation that runs this actor already. */
  #heirFor(spec: HostSpec): Heir | undefined {
    const { runtime } = this.#parts
    const { name } = spec
    if (name === undefined) return undefined
    try {
      return runtime.estate.claim(name, () => hostFile(runtime, { host: runtime.host, name, spec, incarnation: 1 }))
    } catch {
      // What cannot be written down cannot be compared; the launch says why.
      return undefined
    }
  }
}

/** What stands in the file of a process. @throws {UnencodableError} for args that cannot leave this host. */
function hostFile(runtime: HostRuntime, of: Launched): ProcessHostFile {
  const data = childHostData(runtime, of, "process")
  const { memoryMb } = of.spec
  return { ...data, ...ownerIn(runtime), memoryMb, args: Buffer.from(data.args).toString("base64") }
}

/** This program as the owner of a process. */
function ownerIn(runtime: HostRuntime): Owner {
  const { host, incarnation } = runtime.settings
  const ownerStartTime = startTimeOf(process.pid)
  return { owner: host, ownerIncarnation: incarnation, ownerPid: process.pid, ownerStartTime }
}

/** What is known of a process once pm2 has started it. */
interface Started {
  readonly pid: number
  readonly startTime: string | undefined
  readonly uniqueId: string
  readonly pmId: number
}

class ProcessUnit implements HostUnit {
  readonly threadId = 0
  readonly transport = undefined
  readonly #parts: ProcessHostParts
  readonly #of: Launched
  readonly #listener: UnitListener
  readonly #file: string
  /** Aborted when it is to be ended: what is not started yet is not started any more. */
  readonly #unwanted = new AbortController()
  #force: "firm" | "hard" | undefined
  #started: Started | undefined
  #lastLedger: LedgerView | undefined
  #over = false

  constructor(parts: ProcessHostParts, of: Launched, listener: UnitListener) {
    this.#parts = parts
    this.#of = of
    this.#listener = listener
    const { stateDir, bus } = parts.runtime.settings.inherited
    if (bus === undefined)
      throw new UnavailableError(
        "placement process",
        "this program has no bus",
        'start it with ActorSystem.start({ bus: "embedded" })',
      )
    this.#file = join(stateDir, "hosts", `${of.host}.${String(of.incarnation)}.json`)
    if (of.heir === undefined) void this.#launch(hostFile(parts.runtime, of))
    else void this.#adopt(of.heir)
  }

  get pid(): number {
    return this.#started?.pid ?? 0
  }

  ledger(): LedgerView {
    return this.#lastLedger ?? readLedgerFile(ledgerFileOf(this.#file))
  }

  beats(): number | undefined {
    return readBeatsFile(ledgerFileOf(this.#file))
  }

  vitals(): Vitals {
    return processVitals(this.pid)
  }

  terminate(how: "firm" | "hard"): void {
    if (this.#force !== "hard") this.#force = how
    this.#unwanted.abort()
    if (this.#started !== undefined) void this.#end(this.#started)
  }

  finish(): void {
    const timer = setTimeout(() => this.terminate("firm"), EXIT_MS)
    timer.unref()
  }

  async #launch(file: ProcessHostFile): Promise<void> {
    const { runtime, table } = this.#parts
    try {
      await this.#writeFile(file)
      createLedgerFile(ledgerFileOf(this.#file))
      const { pid, uniqueId, pmId } = await table.start(this.#app(), {
        onExit: (exit) => void this.#exited(exit),
        signal: this.#unwanted.signal,
        settings: runtime.settings.inherited,
      })
      this.#started = { pid, uniqueId, pmId, startTime: startTimeOf(pid) }
    } catch (failure) {
      // Unless it was called off, pm2 may have started it and not said so.
      if (failure === this.#unwanted.signal.reason) await this.#removeFiles()
      else await endProcessesOf(this.#file, runtime.settings.inherited)
      this.#over = true
      this.#listener.gone({ observed: { type: "killed", known: "requested" }, failure })
      return
    }
    if (this.#force === undefined) this.#listener.running()
    else void this.#end(this.#started)
  }

  /** Asks again and again: what is sent while it is on its way back to a bus that died as well is lost. */
  async #askToAdopt(host: HostId, input: AdoptRequest): Promise<unknown> {
    const { runtime } = this.#parts
    const end = performance.now() + ADOPT_MS
    for (;;) {
      try {
        return await runtime.askPresent(host, "adopt", { input, timeoutMs: ADOPT_TURN_MS })
      } catch (error) {
        const code = codeOf(error)
        const mayCome = code === "ERR_TIMED_OUT" || code === "ERR_NOT_DELIVERED"
        if (this.#over || !mayCome || performance.now() >= end) throw error
        if (code === "ERR_NOT_DELIVERED") await delay(ADOPT_PAUSE_MS)
      }
    }
  }

  /** Takes over the process that runs already; its actor then reports that it is ready, as after a launch. */
  async #adopt({ host, file }: Heir): Promise<void> {
    const { runtime, table } = this.#parts
    try {
      const { pid, uniqueId, pmId } = await table.attach(this.#file, {
        onExit: (exit) => void this.#exited(exit),
        settings: runtime.settings.inherited,
      })
      this.#started = { pid, uniqueId, pmId, startTime: startTimeOf(pid) }
      // First of all it gets an owner that is there, lest anyone take it for an orphan.
      await this.#writeFile({ ...file, ...ownerIn(runtime) })
      const { incarnation } = runtime.settings
      const answer = await this.#askToAdopt(host, { incarnation })
      if (answer !== pid) throw new UnavailableError("the adoption", `pid ${String(answer)} answers for it`, "it is started anew")
    } catch (failure) {
      if (this.#over) return
      runtime.log.warn(`${this.#of.name} cannot be taken over: ${String(failure)}`)
      this.#force = "hard"
      if (this.#started !== undefined) {
        void this.#end(this.#started)
        return
      }
      await endProcessesOf(this.#file, runtime.settings.inherited)
      await endProcessesBelow(host, runtime.settings.inherited).catch(() => undefined)
      this.#over = true
      this.#listener.gone({ observed: { type: "killed", known: "requested" }, failure })
      return
    }
    if (this.#over) return
    if (this.#force === undefined) this.#listener.running()
    else void this.#end(this.#started)
  }

  async #writeFile(file: ProcessHostFile): Promise<void> {
    await ensureStateDir(this.#parts.runtime.settings.inherited.stateDir)
    makeDir(join(this.#file, ".."))
    await writeSecretFile(this.#file, JSON.stringify(file))
  }

  #app(): Pm2App {
    const { host, spec } = this.#of
    const memory = spec.memoryMb === undefined ? [] : [`--max-old-space-size=${String(spec.memoryMb)}`]
    return processApp({
      name: spec.name ?? unnamedApp(spec.definition.kind, host),
      entry: ENTRY,
      nodeFlags: [...crashReportFlags(crashReportOf(this.#file)), ...memory],
      cwd: process.cwd(),
      pm2Home: this.#parts.table.home,
      logDir: logDirOf(this.#parts.runtime.settings.inherited.stateDir),
      env: { [HOST_FILE_VARIABLE]: this.#file },
      parentEnv: process.env,
    })
  }

  /** Its ledger is read once more before it goes; what it printed is kept for a while when it has no name to find it by. */
  async #removeFiles(): Promise<void> {
    this.#lastLedger = this.ledger()
    await forgetHostFile(this.#file)
    if (this.#of.spec.name === undefined) await sweepLogs(this.#parts.runtime.settings.inherited.stateDir)
  }

  async #end(started: Started): Promise<void> {
    if (this.#over) return
    await this.#endGroup(started, this.#force === "hard" ? 0 : TERM_MS)
    // pm2 tells of it too, with more detail; when its daemon is gone, nobody else does.
    const timer = setTimeout(() => void this.#exited(undefined), 300)
    timer.unref()
  }

  /** Returns when nothing of it is left, however long that takes. */
  async #endGroup({ pid, startTime }: Started, termMs: number): Promise<void> {
    const marker = `${HOST_FILE_VARIABLE}=${this.#file}`
    for (let tries = 1; ; tries++) {
      const { survivors } = await endGroup({ pid, termMs, startTime, marker })
      if (survivors.length === 0) return
      if (tries === 1) this.#parts.runtime.log.error(`${this.#of.name} outlives SIGKILL: ${survivors.join(", ")}`)
    }
  }

  async #exited(exit: ExitedEvent | undefined): Promise<void> {
    const { runtime, settle, table } = this.#parts
    const started = this.#started
    if (this.#over || started === undefined) return
    this.#over = true
    table.forget(started.uniqueId)
    // Nothing of it stays: what it left in its group goes too.
    await this.#endGroup(started, 0)
    // What it had sent before it died is on this connection before the answer to this.
    const settled = settle().catch(() => undefined)
    const deleted = table.delete(started)
    const below = endProcessesBelow(this.#of.host, runtime.settings.inherited).catch((error: unknown) =>
      runtime.log.error(`processes below ${this.#of.name} may be left: ${String(error)}`),
    )
    const reason = await this.#reason(exit, started.pid)
    await Promise.all([this.#removeFiles(), settled, deleted, below])
    this.#listener.gone({ observed: reason })
  }

  async #reason(exit: ExitedEvent | undefined, pid: number): Promise<ExitReason> {
    if (await tellsOfFullHeap(crashReportOf(this.#file), pid)) return { type: "out-of-memory", known: "crash-report" }
    return exit === undefined ? { type: "killed", known: "signal" } : exitReasonOf({ ...exit, farewell: this.ledger().farewell })
  }
}
