// A nats-server as anybody starts one, without any setting of ours: what the bare baseline runs over.

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import type { BusAddress } from "../bus/bus-address.js"
import { connectBus } from "../bus/connect.js"
import { freePort } from "../bus/free-port.js"
import { guardServer } from "../bus/server-guard.js"

const START_MS = 5000

export class StockServer {
  readonly address: BusAddress
  readonly #child: ChildProcess
  readonly #guard: { dismiss: () => void }

  private constructor(child: ChildProcess, address: BusAddress) {
    this.#child = child
    this.address = address
    this.#guard = guardServer(child.pid ?? 0)
  }

  /** Starts one; resolves when it lets clients in. */
  static async start(binary: string): Promise<StockServer> {
    const port = await freePort(undefined)
    const child = spawn(binary, ["-a", "127.0.0.1", "-p", String(port)], {
      stdio: "ignore",
      // What is set there for programs in Go is a setting as well.
      env: { PATH: process.env["PATH"] },
    })
    await once(child, "spawn")
    const server = new StockServer(child, { url: `nats://127.0.0.1:${String(port)}` })
    const connection = await connectBus({ ...server.address, waitMs: START_MS })
    await connection.close()
    return server
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  async end(): Promise<void> {
    const gone = once(this.#child, "exit")
    this.#child.kill()
    await gone
    this.#guard.dismiss()
  }
}
