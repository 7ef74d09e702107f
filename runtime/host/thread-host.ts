// ThreadHost — runs each actor in a worker thread of its own.

import { Worker } from "node:worker_threads"
import type { ExitReason } from "../actor/exit-reason.js"
import { LEDGER_BYTES, type LedgerView, readLedger } from "../actor/ledger.js"
import { summarise } from "../actor/exit-reason.js"
import { PortTransport } from "../transport/port-transport.js"
import type { Transport } from "../transport/transport.js"
import type { ActorHost, Ended, HostedActor, HostSpec } from "./actor-host.js"
import type { ChildHostData } from "./child-host-data.js"
import { childHostData } from "./child-host-data.js"
import type { HostRuntime } from "./host-runtime.js"
import { endProcessesBelow } from "./processes-below.js"
import { RemoteActor } from "./remote-actor.js"

/** What a thread is told: its ledger is memory that it shares with its owner. */
export interface ThreadHostData extends ChildHostData {
  readonly ledger: Uint8Array
}

const ENTRY = new URL("../entry/thread-entry.js", import.meta.url)
/** How long a thread whose actor ended in order may take to exit by itself. */
const EXIT_MS = 1000

export class ThreadHost implements ActorHost {
  readonly placement = "thread"
  readonly #runtime: HostRuntime

  constructor(runtime: HostRuntime) {
    this.#runtime = runtime
  }

  create(spec: HostSpec, ended: Ended): HostedActor {
    return new ThreadActor(this.#runtime, { host: this.#runtime.nextHostId("t"), spec, ended })
  }
}

class ThreadActor extends RemoteActor {
  readonly placement = "thread"
  #worker: Worker | undefined
  #transport: PortTransport | undefined
  #ledger: Uint8Array = new Uint8Array(LEDGER_BYTES)

  protected launch(): Promise<void> {
    this.#ledger = new Uint8Array(new SharedArrayBuffer(LEDGER_BYTES))
    const data: ThreadHostData = { ...childHostData(this.runtime, this, "thread"), ledger: this.#ledger }
    const worker = new Worker(ENTRY, { workerData: data, name: this.name })
    // Listening before anything else, so that a thread that fails at once is heard.
    let failure: unknown
    worker.on("error", (error) => (failure = error))
    worker.on("messageerror", (error) =>
      this.runtime.log.warn(`${this.name}: a message from its thread was unreadable: ${error.message}`),
    )
    worker.once("exit", (code) => void this.#exited(worker, code, failure))
    this.#worker = worker
    this.#transport = new PortTransport(worker, this.runtime.router.receive)
    this.pid = process.pid
    this.threadId = worker.threadId
    return Promise.resolve()
  }

  protected transport(): Transport | undefined {
    return this.#transport
  }

  protected ledger(): LedgerView {
    return readLedger(this.#ledger)
  }

  protected terminate(): void {
    void this.#worker?.terminate()
  }

  protected finish(): void {
    const worker = this.#worker
    const timer = setTimeout(() => void worker?.terminate(), EXIT_MS)
    worker?.once("exit", () => clearTimeout(timer))
  }

  async #exited(worker: Worker, code: number, failure: unknown): Promise<void> {
    if (worker !== this.#worker) return
    this.#transport?.close()
    this.#worker = undefined
    await endProcessesBelow(this.host, this.runtime.settings.inherited).catch((error: unknown) =>
      this.runtime.log.error(`processes below ${this.name} may be left: ${String(error)}`),
    )
    this.gone(exitReason(code, failure))
  }
}

function exitReason(code: number, failure: unknown): ExitReason {
  if ((failure as { code?: unknown } | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY")
    return { type: "out-of-memory", known: "exit-event" }
  if (failure !== undefined) return { type: "crashed", known: "thrown-error", error: summarise(failure) }
  return code === 0 ? { type: "normal", known: "exit-event" } : { type: "exited", known: "exit-event", code }
}
