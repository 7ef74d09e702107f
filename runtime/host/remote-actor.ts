// RemoteActor — an actor with a host of its own, a thread or a process, seen from the host that started it.
// Owns the host's lives: launch, readiness, end. How a thread or process is launched and ended is its unit's business.
// V1  A start settles once, and fails only when nothing of the thread or process is left.
// V2  `ended` is called once per life that was ready, after the thread or process is verified to be gone; after a failed start never.
// V3  The end of a host settles what waited for it before its supervisor is told.
// V4  What a former launch reports, or how it ends, has no effect on the next.

import type { LifeListener } from "../actor/actor-cell.js"
import type { ActorRef } from "../actor/actor-ref.js"
import { type BooksView, type Counted, type HostBooks, OwnersBooks } from "../actor/books.js"
import type { Target } from "../actor/delivery.js"
import { describeExit, type ExitReason } from "../actor/exit-reason.js"
import { EMPTY_LEDGER } from "../actor/ledger.js"
import type { Status } from "../actor/status.js"
import { ThreadBooks } from "../actor/thread-books.js"
import type { Placement } from "../actor/surroundings.js"
import { NoActorError, StartFailedError } from "../errors.js"
import { actorId, type ActorId, type HostId } from "../ids.js"
import type { Sent } from "../transport/route.js"
import { decodeError, type WireError } from "../wire/error-codec.js"
import type { HostedActor, HostSpec } from "./actor-host.js"
import type { Heir } from "./estate.js"
import type { HostRuntime } from "./host-runtime.js"
import type { HostUnit, Launcher, UnitEnd } from "./host-unit.js"
import type { Pulse } from "./pulse.js"

/** What a host tells its owner; `incarnation` says which of its lives does. */
export type HostReport = { readonly host: HostId; readonly incarnation: number } & (
  | { readonly type: "ready"; readonly pid: number; readonly threadId: number }
  | { readonly type: "start-failed"; readonly stage: string; readonly error: WireError }
  | { readonly type: "status"; readonly status: Status }
  | {
      readonly type: "ended"
      readonly reason: ExitReason
      readonly thrown: WireError | undefined
      readonly lastMessage: string | undefined
    }
)

type EndReport = HostReport & { readonly type: "ended" }

/** What the owner tells a host. */
export interface StopRequest {
  readonly reason: ExitReason
  readonly next: "final" | "restarting"
}

/** What another host tells the owner of one that died: what it had sent to its actor. */
export interface SentReport {
  readonly host: HostId
  /** The one that tells, as ledgers name it. */
  readonly asker: string
  readonly sent: Sent
}

/** What an owner that has come back tells a host of the one before it. */
export interface AdoptRequest {
  /** That of the owner. */
  readonly incarnation: number
}

/** One life, from its launch until its thread or process is gone. */
interface Launch {
  readonly incarnation: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
  unit: HostUnit | undefined
  state: "starting" | "up"
  /** The thread or process runs. */
  running: boolean
  /** Its actor has said that it is ready. */
  ready: boolean
  /** Why its start is to fail; the first cause counts. */
  failure: StartFailedError | undefined
  requested: "stop" | "kill" | "unresponsive" | undefined
  report: EndReport | undefined
}

interface Made {
  readonly host: HostId
  readonly spec: HostSpec
  readonly listener: LifeListener
  /** The process that runs it already. */
  readonly heir?: Heir | undefined
}

export class RemoteActor implements HostedActor {
  readonly id: ActorId
  readonly host: HostId
  readonly spec: HostSpec
  readonly target: Target
  readonly #runtime: HostRuntime
  readonly #launcher: Launcher
  readonly #listener: LifeListener
  readonly #books: HostBooks
  #heir: Heir | undefined
  #incarnation = 0
  #launch: Launch | undefined
  #status: Status = "starting"
  #disposed = false
  #threadId = 0

  constructor(runtime: HostRuntime, launcher: Launcher, made: Made) {
    this.#runtime = runtime
    this.#launcher = launcher
    this.host = made.host
    this.spec = made.spec
    this.#listener = made.listener
    this.#heir = made.heir
    this.id = actorId(made.host, 0)
    this.#books =
      launcher.placement === "thread"
        ? new ThreadBooks(() => runtime.router.threads.passed(this.host))
        : new OwnersBooks(runtime.asker)
    this.target = runtime.router.target(this.id, this.name)
    runtime.addRemote(this.host, this)
  }

  get placement(): Placement {
    return this.#launcher.placement
  }

  get status(): Status {
    return this.#status
  }

  get name(): string {
    return this.spec.name ?? actorId(this.host, 0)
  }

  /** 0 while none runs: the number of one that is gone may be somebody else's by now. */
  get pid(): number {
    return this.#launch?.unit?.pid ?? 0
  }

  get threadId(): number {
    return this.#threadId
  }

  get pulse(): Pulse | undefined {
    return this.#launch?.state === "up" ? this.#launch.unit : undefined
  }

  start(): Promise<void> {
    const heir = this.#heir
    this.#heir = undefined
    return heir === undefined ? this.#begin(undefined) : this.#adopt(heir)
  }

  /** What cannot be taken over is ended and started anew. */
  async #adopt(heir: Heir): Promise<void> {
    const { estate, log } = this.#runtime
    this.#incarnation = heir.incarnation - 1
    try {
      await this.#begin(heir)
      estate.noteAdopted(this.name)
      log.info(`${this.name} runs still; it is adopted`, { pid: this.pid })
    } catch (error) {
      if (error instanceof StartFailedError && error.data.stage === "abandoned") throw error
      log.warn(`${this.name} could not be adopted; it is ended and started anew`, { cause: String(error) })
      await this.#begin(undefined)
    }
  }

  #begin(heir: Heir | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#disposed) throw new StartFailedError(this.name, "host", new NoActorError(this.name, "it has ended"))
      const launch: Launch = {
        ...{
          incarnation: ++this.#incarnation,
          resolve,
          reject,
          unit: undefined,
          state: "starting",
          running: false,
          ready: false,
        },
        ...{ failure: undefined, requested: undefined, report: undefined },
      }
      const { host, name, spec } = this
      this.#status = "starting"
      if (heir === undefined) this.#runtime.router.routes.expect(host, launch.incarnation)
      try {
        launch.unit = this.#launcher.launch(
          { host, name, spec, incarnation: launch.incarnation, heir },
          {
            running: () => {
              launch.running = true
              this.#becomeReady(launch)
            },
            gone: (end) => this.#gone(launch, end),
          },
        )
        this.#launch = launch
        const { transport, intake } = launch.unit
        if (transport !== undefined && intake !== undefined)
          this.#runtime.router.threads.attach(host, launch.incarnation, { transport, intake })
      } catch (error) {
        this.#status = "stopped"
        throw new StartFailedError(this.name, "host", error)
      }
    })
  }

  drain(): void {
    if (this.#abandon("stopped")) return
    this.#runtime.tellHost(this.host, "drain", undefined)
  }

  stop(reason: ExitReason, next: "final" | "restarting"): void {
    if (this.#abandon("stopped")) return
    const launch = this.#launch
    if (launch === undefined) return
    launch.requested ??= "stop"
    this.#status = "stopping"
    this.#runtime.tellHost(this.host, "stop", { reason, next } satisfies StopRequest)
  }

  cancel(): void {
    if (this.#launch?.state === "up") this.#runtime.tellHost(this.host, "cancel", undefined)
  }

  kill(): void {
    this.#terminate("firm")
  }

  forceKill(why?: "unresponsive"): void {
    this.#terminate("hard", why)
  }

  dispose(): void {
    this.#disposed = true
    this.#launch?.unit?.terminate("hard")
    if (this.#heir !== undefined) this.#runtime.estate.giveBack(this.#heir)
    this.#runtime.router.threads.detach(this.host)
    this.#runtime.removeRemote(this.host)
  }

  makeRef(): ActorRef {
    const { definition } = this.spec
    return this.#runtime.refTo({ id: this.id, name: this.name, kind: definition.kind, definition })
  }

  count(): Promise<BooksView> {
    return Promise.resolve(this.#books.view(this.#counted(this.#launch?.unit?.ledger() ?? EMPTY_LEDGER)))
  }

  /** Takes what another host had sent to an incarnation that died. */
  reportSent(asker: string, sent: Sent): void {
    this.#books.report({ asker, ...sent })
  }

  /** Takes a report of the host. */
  report(report: HostReport): void {
    const launch = this.#launch
    if (launch?.incarnation !== report.incarnation) return
    switch (report.type) {
      case "ready":
        this.#threadId = report.threadId
        launch.ready = true
        this.#becomeReady(launch)
        break
      case "start-failed":
        launch.failure ??= new StartFailedError(this.name, report.stage, decodeError(report.error))
        launch.unit?.terminate("firm")
        break
      case "status":
        if (launch.state === "up") this.#status = report.status
        break
      case "ended":
        launch.report = report
        this.#status = "stopping"
        launch.unit?.finish()
        break
    }
  }

  #becomeReady(launch: Launch): void {
    if (launch.state === "up" || !launch.running || !launch.ready || launch.failure !== undefined) return
    launch.state = "up"
    this.#status = "running"
    this.#runtime.router.threads.ready(this.host)
    launch.resolve()
  }

  /** Gives a start up that is under way. Returns whether there was one. */
  #abandon(how: "stopped" | "killed", force: "firm" | "hard" = "firm"): boolean {
    const launch = this.#launch
    if (launch?.state !== "starting") return false
    launch.failure ??= new StartFailedError(this.name, "abandoned", new Error(`it was ${how} while it started`))
    launch.unit?.terminate(force)
    return true
  }

  #terminate(how: "firm" | "hard", why: "kill" | "unresponsive" = "kill"): void {
    const launch = this.#launch
    if (launch === undefined || this.#abandon("killed", how)) return
    launch.requested = why
    launch.unit?.terminate(how)
  }

  #gone(launch: Launch, { observed, failure }: UnitEnd): void {
    if (launch !== this.#launch) return
    this.#launch = undefined
    this.#status = "stopped"
    const { report } = launch
    const reason = report?.reason ?? asRequested(observed, launch.requested)
    const ledger = launch.unit?.ledger() ?? EMPTY_LEDGER
    const { incarnation } = launch
    const { begun } = ledger
    const kept = this.#runtime.router.threads.keep(this.host, begun)
    this.#books.close(incarnation, this.#counted(ledger))
    this.#runtime.hostDown(this.host, reason, { incarnation, begun, kept })
    if (launch.state === "starting") {
      const cause = failure ?? new Error(`its ${this.placement} ended: ${describeExit(reason)}`)
      launch.reject(launch.failure ?? new StartFailedError(this.name, "host", cause))
      return
    }
    this.#listener.ended({
      reason,
      thrown: report?.thrown === undefined ? undefined : decodeError(report.thrown),
      lastMessage: report?.lastMessage,
    })
  }

  #counted(received: Counted["received"]): Counted {
    return { posted: this.#runtime.router.posted(this.host), received }
  }
}

/** What an end means that was asked for, and of which the host itself said nothing. */
function asRequested(observed: ExitReason, requested: Launch["requested"]): ExitReason {
  if (requested === "kill") return { type: "killed", known: observed.known }
  if (requested === "unresponsive") return { type: "unresponsive", known: "missed-heartbeats" }
  const isOrderlyExit = observed.type === "normal" || (observed.type === "exited" && observed.code === 0)
  if (requested === "stop" && isOrderlyExit) return { type: "shutdown", known: "requested" }
  return observed
}
