// Two thread actors that ask one another, against bare postMessage between two threads that have a MessagePort of their own.

import { once } from "node:events"
import { MessageChannel, Worker } from "node:worker_threads"
import type { ActorRef } from "../actor/actor-ref.js"
import type { ActorSystem } from "../system/actor-system.js"
import type { BarePairData } from "./bare-pair-thread.js"
import { BenchAsker } from "./bench-asker.js"
import type { BenchCase } from "./bench-case.js"
import { BenchCounter } from "./bench-counter.js"
import type { Round } from "./round.js"

const WIDTH = 256
const MANY = { type: "many", total: 60_000, width: WIDTH } as const
const SEQUENCE = { type: "sequence", total: 3000 } as const
/** No round takes longer. */
const TIMEOUT_MS = 60_000

const BARE_ONE = "thread to thread, bare MessagePort, one at a time, 1 / median"
const PAIR_ONE = "thread to thread: ask, one at a time, 1 / median"
const BARE_MANY = `thread to thread, bare MessagePort, ${String(WIDTH)} in flight`
const PAIR_MANY = `thread to thread: ask, ${String(WIDTH)} in flight`

export class ThreadPairCases {
  readonly cases: readonly BenchCase[]
  readonly #counter: ActorRef<BenchCounter>
  readonly #asker: ActorRef<BenchAsker>
  readonly #bare = new BarePair()
  #expected = 0

  private constructor(counter: ActorRef<BenchCounter>, asker: ActorRef<BenchAsker>) {
    this.#counter = counter
    this.#asker = asker
    this.cases = [
      { name: BARE_ONE, unit: "per second", round: async () => 1e6 / (await this.#bare.run(SEQUENCE)) },
      { name: PAIR_ONE, unit: "per second", baseline: BARE_ONE, round: async () => 1e6 / (await this.#run(SEQUENCE)) },
      { name: BARE_MANY, unit: "per second", round: () => this.#bare.run(MANY) },
      { name: PAIR_MANY, unit: "per second", baseline: BARE_MANY, round: () => this.#run(MANY) },
    ]
  }

  static async start(system: ActorSystem): Promise<ThreadPairCases> {
    const counter = await system.spawn(BenchCounter, { placement: "thread" })
    return new ThreadPairCases(counter, await system.spawn(BenchAsker, { placement: "thread" }))
  }

  end(): Promise<void> {
    return this.#bare.end()
  }

  async #run(round: typeof MANY | typeof SEQUENCE): Promise<number> {
    const figure = await this.#asker.with({ timeoutMs: TIMEOUT_MS }).ask.run({ to: this.#counter, round })
    this.#expected += round.total
    const value = await this.#counter.ask.value()
    if (value !== this.#expected) throw new Error(`the counter says ${String(value)}, not ${String(this.#expected)}`)
    return figure
  }
}

/** Two threads with a MessagePort between them, and no actors. */
class BarePair {
  readonly #answering: Worker
  readonly #asking: Worker

  constructor() {
    const { port1, port2 } = new MessageChannel()
    const url = new URL("bare-pair-thread.js", import.meta.url)
    const start = (data: BarePairData): Worker => new Worker(url, { workerData: data, transferList: [data.port] })
    this.#answering = start({ port: port1, role: "answers" })
    this.#asking = start({ port: port2, role: "asks" })
  }

  async run(round: Extract<Round, { type: "many" | "sequence" }>): Promise<number> {
    this.#asking.postMessage(round)
    const [figure] = (await once(this.#asking, "message")) as [number]
    return figure
  }

  async end(): Promise<void> {
    await this.#asking.terminate()
    await this.#answering.terminate()
  }
}
