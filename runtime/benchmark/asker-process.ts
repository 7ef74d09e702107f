// AskerProcess — one side of a benchmark in a process of its own, so that no two contestants share, and spoil, each other's compiled
// code and heap.

import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { BusAddress } from "../bus/bus-address.js"
import type { Round } from "./round.js"

/** Where a side of a benchmark finds what it is to work with. */
export const BENCH_VARIABLE = "TROUPE_INTERNAL_BENCH"

/** What the actors' asker says when it is ready: the bus it has, and the server's program. */
export interface ActorAsker {
  readonly address: BusAddress
  readonly binary: string
  /** Its own process, that of the actor, and that of the server. */
  readonly processes: readonly number[]
}

export class AskerProcess<Ready = unknown> {
  readonly #child: ChildProcess
  /** What it said when it was ready. */
  readonly ready: Ready

  private constructor(child: ChildProcess, ready: Ready) {
    this.#child = child
    this.ready = ready
  }

  /** Starts a file of this folder; resolves when it has said that it is ready. */
  static async start<Ready>(
    file: string,
    given: BusAddress | { readonly stateDir?: string; readonly counts?: boolean },
  ): Promise<AskerProcess<Ready>> {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
      env: { ...process.env, [BENCH_VARIABLE]: JSON.stringify(given) },
    })
    const [ready] = (await Promise.race([once(child, "message"), diedEarly(child, file)])) as [Ready]
    return new AskerProcess(child, ready)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Has it do one round; gives its figure. */
  async round(round: Round): Promise<number> {
    this.#child.send(round)
    const [figure] = (await once(this.#child, "message")) as [unknown]
    if (typeof figure !== "number") throw new Error(`a round of ${round.type} failed: ${String(figure)}`)
    return figure
  }

  /** Ends it in order, and waits until it is gone. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, "exit")
    this.#child.disconnect()
    await gone
  }
}

async function diedEarly(child: ChildProcess, file: string): Promise<never> {
  const [code, signal] = (await once(child, "exit")) as [unknown, unknown]
  throw new Error(`${file} ended with ${String(code ?? signal)} before it was ready`)
}
