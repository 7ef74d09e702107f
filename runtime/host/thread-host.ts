// ThreadHost — runs each actor in a worker thread of its own.

import { Worker } from "node:worker_threads"
import type { LifeListener } from "../actor/actor-cell.js"
import type { ExitReason } from "../actor/exit-reason.js"
import { summarise } from "../actor/exit-reason.js"
import { INTAKE_BYTES } from "../actor/intake.js"
import { type Farewell, LEDGER_BYTES, type LedgerView, readBeats, readLedger } from "../actor/ledger.js"
import { mayEnd, nativeLoadWord } from "../parallel/mapped-memory/native-load.js"
import { shareMemory, sharesMemory } from "../parallel/shared-memory/arena.js"
import { makeRings, type RingEnds, RingTransport } from "../transport/ring-transport.js"
import type { ActorHost, HostedActor, HostSpec } from "./actor-host.js"
import { type ChildHostData, childHostData } from "./child-host-data.js"
import type { HostRuntime } from "./host-runtime.js"
import type { HostUnit, Launched, Launcher, UnitEnd, UnitListener } from "./host-unit.js"
import type { Vitals } from "./pulse.js"
import { endProcessesBelow } from "./processes-below.js"
import { RemoteActor } from "./remote-actor.js"

/** What a thread is told: its ledger, its intake and its rings are memory that it shares with its owner. */
export interface ThreadHostData extends ChildHostData {
  readonly ledger: Uint8Array
  readonly intake: Uint8Array
  readonly rings: RingEnds
  /** Says whether it is loading a native add-on. */
  readonly nativeLoad: Int32Array
  /** Whether stacks name sources, as they do where it was started. */
  readonly sourceMaps: boolean
}

const ENTRY = new URL("../entry/thread-entry.js", import.meta.url)
/** How long a thread whose actor ended in order may take to exit by itself. */
const EXIT_MS = 1000
/** How long a thread to be ended is let to load a native add-on. */
const LOAD_MS = 500

export class ThreadHost implements ActorHost, Launcher {
  readonly placement = "thread"
  readonly #runtime: HostRuntime

  constructor(runtime: HostRuntime) {
    this.#runtime = runtime
  }

  create(spec: HostSpec, listener: LifeListener): HostedActor {
    return new RemoteActor(this.#runtime, this, { host: this.#runtime.nextHostId("t"), spec, listener })
  }

  launch(of: Launched, listener: UnitListener): HostUnit {
    return new ThreadUnit(this.#runtime, of, listener)
  }
}

class ThreadUnit implements HostUnit {
  readonly pid = process.pid
  readonly transport: RingTransport
  readonly #runtime: HostRuntime
  readonly #of: Launched
  readonly #worker: Worker
  readonly intake = new Uint8Array(new SharedArrayBuffer(INTAKE_BYTES))
  readonly #ledger = new Uint8Array(new SharedArrayBuffer(LEDGER_BYTES))
  readonly #nativeLoad = nativeLoadWord()
  #failure: unknown

  constructor(runtime: HostRuntime, of: Launched, listener: UnitListener) {
    this.#runtime = runtime
    this.#of = of
    const { ours, theirs } = makeRings()
    const data: ThreadHostData = {
      ...childHostData(runtime, of, "thread"),
      ledger: this.#ledger,
      intake: this.intake,
      rings: theirs,
      nativeLoad: this.#nativeLoad,
      sourceMaps: process.sourceMapsEnabled,
    }
    const { memoryMb } = of.spec
    shareMemory()
    const worker = new Worker(ENTRY, {
      workerData: data,
      transferList: [theirs.parcels],
      name: of.name,
      ...(memoryMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryMb } }),
    })
    // Listening before anything else, so that a thread that fails at once is heard.
    worker.on("error", (error) => (this.#failure = error))
    // The id is -1 once the thread is gone.
    const { threadId } = worker
    worker.once("exit", (code) => void this.#exited(code, threadId).then(listener.gone))
    worker.once("online", listener.running)
    this.#worker = worker
    this.transport = new RingTransport({
      ends: ours,
      receive: runtime.router.receive,
      // In the thread's backlog.
      keepsFrames: true,
      broken: (error) => {
        this.#failure ??= error
        this.terminate()
      },
    })
    // Whether it keeps the program alive is the business of whoever looks after the actor. Listening had held it again.
    worker.unref()
  }

  get threadId(): number {
    return this.#worker.threadId
  }

  ledger(): LedgerView {
    return readLedger(this.#ledger)
  }

  beats(): number {
    return readBeats(this.#ledger)
  }

  vitals(): Vitals {
    return { stopped: false, worked: this.#worker.performance.eventLoopUtilization().active }
  }

  terminate(): void {
    this.#terminateBy(performance.now() + LOAD_MS)
  }

  finish(): void {
    const timer = setTimeout(() => this.terminate(), EXIT_MS)
    this.#worker.once("exit", () => clearTimeout(timer))
  }

  #terminateBy(deadline: number): void {
    if (mayEnd(this.#nativeLoad) || performance.now() >= deadline) void this.#worker.terminate()
    else setTimeout(() => this.#terminateBy(deadline), 1)
  }

  async #exited(code: number, thread: number): Promise<UnitEnd> {
    await this.transport.finish()
    if (sharesMemory(thread)) {
      // Loaded when it is needed: most threads use no locks, and each of them loads this file.
      const { threadEnded } = await import("../parallel/shared-memory/recovery.js")
      threadEnded(thread)
    }
    await endProcessesBelow(this.#of.host, this.#runtime.settings.inherited).catch((error: unknown) =>
      this.#runtime.log.error(`processes below ${this.#of.name} may be left: ${String(error)}`),
    )
    return { observed: exitReason(code, this.#failure, this.ledger().farewell) }
  }
}

function exitReason(code: number, failure: unknown, farewell: Farewell): ExitReason {
  if ((failure as { code?: unknown } | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY")
    return { type: "out-of-memory", known: "exit-event" }
  if (failure !== undefined) return { type: "crashed", known: "thrown-error", error: summarise(failure) }
  return farewell === "ended" && code === 0
    ? { type: "normal", known: "exit-event" }
    : { type: "exited", known: "exit-event", code }
}
