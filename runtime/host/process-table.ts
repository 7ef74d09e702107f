// ProcessTable — the processes one program has had pm2 start, and who is to be told of their ends.
// Owns the connection to pm2 and the guard over what is left of them, both made when they are first needed.

import { Pm2Error } from "../errors.js"
import type { Inherited } from "./child-host-data.js"
import { guardOrphans, type OrphanGuard } from "./orphan-guard.js"
import { forgetHome } from "./pm2/noted-homes.js"
import type { Pm2 } from "./pm2/pm2-daemon.js"
import type { Pm2Events } from "./pm2/pm2-events.js"
import type { Pm2Process } from "./pm2/pm2-process.js"
import type { Pm2App } from "./pm2/process-app.js"
import type { ExitedEvent, ProcessEvent } from "./pm2/process-event.js"
import { isAlive, startTimeOf } from "./pm2/process-group.js"
import { HOST_FILE_VARIABLE } from "./processes-below.js"

type OnExit = (exit: ExitedEvent) => void

interface StartOptions {
  readonly onExit: OnExit
  readonly signal: AbortSignal
  /** Those of the host that starts it. */
  readonly settings: Inherited
}

interface Row {
  readonly process: Pm2Process
  readonly startTime: string | undefined
  readonly onExit: OnExit
}

const LOOK_MS = 250

export class ProcessTable {
  readonly home: string
  readonly #options: { readonly env: NodeJS.ProcessEnv; readonly stateDir: string }
  readonly #rows = new Map<string, Row>()
  /** Exits that came before the start call had returned. */
  readonly #early = new Map<string, ExitedEvent>()
  /** The host files of starts that failed; pm2 may get round to them yet. */
  readonly #givenUp = new Set<string>()
  #pm2: Promise<Pm2> | undefined
  #events: Pm2Events | undefined
  #look: NodeJS.Timeout | undefined
  #guard: OrphanGuard | undefined
  #starting = 0

  constructor({ home, env, stateDir }: { home: string; env: NodeJS.ProcessEnv; stateDir: string }) {
    this.home = home
    this.#options = { env, stateDir }
  }

  /**
   * Has pm2 start an app. `onExit` is called once when it has ended.
   * @throws {Pm2Error} and then it may run all the same; whatever the signal is aborted with, and then it does not.
   */
  async start(app: Pm2App, { onExit, signal, settings }: StartOptions): Promise<Pm2Process> {
    const pm2 = await unlessAborted(this.#connected(), signal)
    signal.throwIfAborted()
    this.#starting++
    try {
      const started = await pm2.start(app)
      this.#guard ??= guardOrphans(settings)
      const early = this.#early.get(started.uniqueId)
      if (early !== undefined) setImmediate(() => onExit(early))
      else this.#rows.set(started.uniqueId, { process: started, startTime: startTimeOf(started.pid), onExit })
      return started
    } catch (error) {
      this.#givenUp.add(app.env[HOST_FILE_VARIABLE] ?? "")
      throw error
    } finally {
      if (--this.#starting === 0) this.#early.clear()
    }
  }

  /**
   * Takes over an app that runs already, by the host file it was started from. `onExit` is called once when it has ended.
   * @throws {Pm2Error} when pm2 has none that runs.
   */
  async attach(file: string, { onExit, settings }: Omit<StartOptions, "signal">): Promise<Pm2Process> {
    const pm2 = await this.#connected()
    this.#starting++
    try {
      const listed = (await pm2.list()).find(({ env, status }) => env[HOST_FILE_VARIABLE] === file && status === "online")
      if (listed === undefined || !isAlive(listed.pid)) throw new Pm2Error(`take over ${file}: no process of it runs`)
      this.#guard ??= guardOrphans(settings)
      const early = this.#early.get(listed.uniqueId)
      if (early !== undefined) setImmediate(() => onExit(early))
      else this.#rows.set(listed.uniqueId, { process: listed, startTime: startTimeOf(listed.pid), onExit })
      return listed
    } finally {
      if (--this.#starting === 0) this.#early.clear()
    }
  }

  forget(uniqueId: string): void {
    this.#rows.delete(uniqueId)
  }

  /** Takes an app out of pm2's list. Never rejects. */
  async delete({ pmId, uniqueId }: Pick<Pm2Process, "pmId" | "uniqueId">): Promise<void> {
    const pm2 = await this.#pm2?.catch(() => undefined)
    // A daemon that took the place of another gives the same numbers to other apps.
    const isTheirs =
      this.#look === undefined || (await pm2?.describe(pmId).catch(() => []))?.some((one) => one.uniqueId === uniqueId)
    if (isTheirs === true) await pm2?.delete(pmId).catch(() => undefined)
  }

  /** Leaves pm2; ends its daemon when one of us started it and nothing is in it any more. */
  async close(): Promise<void> {
    clearInterval(this.#look)
    this.#events?.close()
    this.#guard?.dismiss()
    const pm2 = await this.#pm2?.catch(() => undefined)
    if (pm2 === undefined) return
    const { stateDir } = this.#options
    const ended = await pm2.endIfOurs().catch(() => "left" as const)
    if (ended === "ended") await forgetHome(stateDir, this.home).catch(() => undefined)
    pm2.disconnect()
  }

  #connected(): Promise<Pm2> {
    return (this.#pm2 ??= this.#connect().catch((error: unknown) => {
      this.#pm2 = undefined
      throw error
    }))
  }

  async #connect(): Promise<Pm2> {
    // Loaded when it is needed: every thread and process could start processes, and few do.
    const { Pm2 } = await import("./pm2/pm2-daemon.js")
    const pm2 = await Pm2.connect({ home: this.home, ...this.#options })
    this.#events = await pm2.subscribe((event) => this.#receive(event))
    return pm2
  }

  #receive(event: ProcessEvent): void {
    if (event.type !== "daemon-lost" && this.#givenUp.has(event.labels[HOST_FILE_VARIABLE] ?? "")) void this.delete(event)
    if (event.type === "exited") {
      const row = this.#rows.get(event.uniqueId)
      this.#rows.delete(event.uniqueId)
      if (row !== undefined) row.onExit(event)
      else if (this.#starting > 0) this.#early.set(event.uniqueId, event)
    } else if (event.type === "daemon-lost") {
      // The processes live on without it; their ends are then seen by looking.
      this.#pm2 = undefined
      this.#look ??= setInterval(() => this.#lookAround(), LOOK_MS)
      this.#look.unref()
    }
  }

  #lookAround(): void {
    for (const [uniqueId, { process: app, startTime, onExit }] of this.#rows) {
      if (isAlive(app.pid, startTime)) continue
      this.#rows.delete(uniqueId)
      onExit({
        type: "exited",
        name: app.name,
        pmId: app.pmId,
        uniqueId,
        labels: {},
        code: undefined,
        signal: undefined,
        maybeSigint: false,
        sources: "event",
      })
    }
  }
}

/** Waits for a promise, or for the signal, whichever is first. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener("abort", stop, { once: true })
  })
  try {
    signal.throwIfAborted()
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener("abort", stop)
  }
}
