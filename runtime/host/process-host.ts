// ProcessHost — runs each actor in an OS process of its own, which pm2 starts and which talks over the bus.
// pm2 never restarts one: that is the supervisor's decision. Readiness is ours, by the host's own report.

import { rm } from "node:fs/promises"
import { join } from "node:path"
import type { ExitReason } from "../actor/exit-reason.js"
import { makeDir } from "../bus/make-dir.js"
import { ensureStateDir, writeSecretFile } from "../bus/state-dir.js"
import { UnavailableError } from "../errors.js"
import type { ActorHost, Ended, HostedActor, HostSpec } from "./actor-host.js"
import { type ChildHostData, childHostData } from "./child-host-data.js"
import type { HostRuntime } from "./host-runtime.js"
import { exitReasonOf } from "./pm2/exit-reason-of.js"
import { processApp } from "./pm2/process-app.js"
import type { ExitedEvent } from "./pm2/process-event.js"
import { endGroup, startTimeOf } from "./pm2/process-group.js"
import { logDirOf, sweepLogs, unnamedApp } from "./process-logs.js"
import type { ProcessTable } from "./process-table.js"
import { endProcessesBelow, HOST_FILE_VARIABLE } from "./processes-below.js"
import { RemoteActor } from "./remote-actor.js"
import { fileURLToPath } from "node:url"

const ENTRY = fileURLToPath(new URL("../entry/process-entry.js", import.meta.url))
/** How long a process whose actor ended in order may take to exit by itself. */
const EXIT_MS = 2000
/** How long SIGTERM may take before SIGKILL follows. */
const TERM_MS = 500

export { HOST_FILE_VARIABLE }

/** What a process reads from its file: the actor, Args are base64, since the file is JSON. */
export interface ProcessHostFile extends Omit<ChildHostData, "args"> {
  readonly args: string
  /** The process that owns it; without that one it is an orphan. */
  readonly ownerPid: number
  readonly ownerStartTime: string | undefined
}

export interface ProcessHostParts {
  readonly runtime: HostRuntime
  readonly table: ProcessTable
  /** Resolves when what the bus had for this program by now has arrived. */
  readonly settle: () => Promise<void>
}

export class ProcessHost implements ActorHost {
  readonly placement = "process"
  readonly #parts: ProcessHostParts

  constructor(parts: ProcessHostParts) {
    this.#parts = parts
  }

  create(spec: HostSpec, ended: Ended): HostedActor {
    return new ProcessActor(this.#parts, { host: this.#parts.runtime.nextHostId("p"), spec, ended })
  }
}

class ProcessActor extends RemoteActor {
  readonly placement = "process"
  readonly #parts: ProcessHostParts
  readonly #file: string
  #startTime: string | undefined
  #uniqueId = ""
  #pmId: number | undefined
  #requested: "stop" | "kill" | undefined

  constructor(parts: ProcessHostParts, made: { host: ProcessActor["host"]; spec: HostSpec; ended: Ended }) {
    super(parts.runtime, made)
    this.#parts = parts
    this.#file = join(parts.runtime.settings.inherited.stateDir, "hosts", `${made.host}.json`)
  }

  override dispose(): void {
    super.dispose()
    const { stateDir } = this.runtime.settings.inherited
    void rm(this.#file, { force: true }).then(() => (this.spec.name === undefined ? sweepLogs(stateDir) : undefined))
  }

  override stop(reason: ExitReason, next: "final" | "restarting"): void {
    this.#requested ??= "stop"
    super.stop(reason, next)
  }

  protected async launch(): Promise<void> {
    const { runtime, table } = this.#parts
    const { stateDir, bus } = runtime.settings.inherited
    if (bus === undefined)
      throw new UnavailableError(
        "placement process",
        "this program has no bus",
        'start it with ActorSystem.start({ bus: "embedded" })',
      )
    this.#requested = undefined
    const data = childHostData(runtime, this, "process")
    const file: ProcessHostFile = {
      ...data,
      args: Buffer.from(data.args).toString("base64"),
      ownerPid: process.pid,
      ownerStartTime: startTimeOf(process.pid),
    }
    await ensureStateDir(stateDir)
    makeDir(join(stateDir, "hosts"))
    await writeSecretFile(this.#file, JSON.stringify(file))
    const app = processApp({
      name: this.spec.name ?? unnamedApp(this.spec.definition.kind, this.host),
      entry: ENTRY,
      cwd: process.cwd(),
      pm2Home: table.home,
      logDir: logDirOf(stateDir),
      env: { [HOST_FILE_VARIABLE]: this.#file },
      parentEnv: process.env,
    })
    const started = await table.start(app, (exit) => void this.#exited(exit))
    this.pid = started.pid
    this.#startTime = startTimeOf(started.pid)
    this.#uniqueId = started.uniqueId
    this.#pmId = started.pmId
  }

  protected transport(): undefined {
    return undefined
  }

  protected terminate(how: "firm" | "hard"): void {
    this.#requested = "kill"
    void this.#end(how === "hard" ? 0 : TERM_MS)
  }

  protected finish(): void {
    const id = this.#uniqueId
    const timer = setTimeout(() => {
      if (this.#uniqueId === id) void this.#end(TERM_MS)
    }, EXIT_MS)
    timer.unref()
  }

  async #end(termMs: number): Promise<void> {
    const { pid } = this
    const id = this.#uniqueId
    if (pid <= 1 || id === "") return
    const marker = `${HOST_FILE_VARIABLE}=${this.#file}`
    await endGroup({ pid, termMs, startTime: this.#startTime, marker })
    // pm2 tells of it too, with more detail; when its daemon is gone, nobody else does.
    const timer = setTimeout(() => {
      if (this.#uniqueId === id) void this.#exited(undefined)
    }, 300)
    timer.unref()
  }

  async #exited(exit: ExitedEvent | undefined): Promise<void> {
    const { settle, table } = this.#parts
    const pmId = this.#pmId
    if (this.#uniqueId === "") return
    this.#uniqueId = ""
    table.forget(exit?.uniqueId ?? "")
    // Nothing of it stays: what it left in its group goes too.
    if (this.pid > 1)
      await endGroup({ pid: this.pid, termMs: 0, startTime: this.#startTime, marker: `${HOST_FILE_VARIABLE}=${this.#file}` })
    if (pmId !== undefined) await table.delete(pmId)
    await endProcessesBelow(this.host, this.runtime.settings.inherited).catch((error: unknown) =>
      this.runtime.log.error(`processes below ${this.name} may be left: ${String(error)}`),
    )
    // What it had sent before it died is on this connection before the answer to this.
    await settle().catch(() => undefined)
    this.gone(
      exit === undefined
        ? { type: "killed", known: "signal" }
        : exitReasonOf({ ...exit, ...(this.#requested === undefined ? {} : { requested: this.#requested }) }),
    )
  }
}
