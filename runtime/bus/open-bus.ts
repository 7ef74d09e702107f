// OpenBus — a connection to the bus a program asked for, and the server behind it if that is ours to look after.
// Owns the embedded server's restarts. How a server starts belongs to server.ts, the connection to connect.ts.
// O1  A server that we started runs again, at the same address with the same passwords, after it died by itself.
// O2  close() ends what we started and nothing else; nothing is restarted after it was called.

import { setTimeout as delay } from "node:timers/promises"
import type { BusAddress } from "./bus-address.js"
import type { BusConnection } from "./bus-connection.js"
import type { BusState } from "./bus-state.js"
import { connectBus, type ConnectOptions } from "./connect.js"
import type { LaunchedServer } from "./launch-server.js"
import { reconnectDelay } from "./reconnect-delay.js"
import { startOrJoinServer, type StartServerOptions } from "./server.js"

export interface OpenBusOptions {
  /** `embedded`: the server of the state directory, started if it does not run. An address: that server, as it is. */
  readonly bus: "embedded" | BusAddress
  readonly stateDir: string
  /** For an embedded server that has to be started. */
  readonly server?: Omit<StartServerOptions, "stateDir"> | undefined
  readonly connection?: Omit<ConnectOptions, keyof BusAddress> | undefined
}

export interface OpenBus {
  readonly connection: BusConnection
  /** Without credentials. */
  readonly url: string
  /** What other programs and hosts need to connect as well. It holds secrets. */
  readonly address: BusAddress
  /** The same for the server's own events; undefined for a server that is not ours. */
  readonly system: BusAddress | undefined
  /** Whether close() ends the server too. */
  readonly owned: boolean
  /** Drains the connection, then ends the server if it is ours. @param timeoutMs for draining, default 5000 */
  close(timeoutMs?: number): Promise<void>
}

/** How to get in as an actor, or as the system account, at the server of a state. */
export function addressesOf(state: BusState): { readonly address: BusAddress; readonly system: BusAddress } {
  return {
    address: { url: state.url, user: state.user, password: state.password },
    system: { url: state.url, user: state.sysUser, password: state.sysPassword },
  }
}

/**
 * Opens the bus that was asked for.
 * @throws as {@link connectBus}, and for an embedded one as startServer
 */
export async function openBus(options: OpenBusOptions): Promise<OpenBus> {
  const { bus } = options
  if (bus !== "embedded") {
    const connection = await connectBus({ ...options.connection, ...bus })
    const close = async (timeoutMs?: number): Promise<void> => {
      await connection.drain(timeoutMs)
    }
    return { connection, url: connection.url, address: bus, system: undefined, owned: false, close }
  }

  const startOptions = { ...options.server, stateDir: options.stateDir }
  const running = await startOrJoinServer(startOptions)
  const keeper = running.type === "started" ? new ServerKeeper(running.server, startOptions) : undefined
  const state = running.type === "started" ? running.server.state : running.state
  const { address, system } = addressesOf(state)
  try {
    const connection = await connectBus({ ...options.connection, ...address })
    const close = async (timeoutMs?: number): Promise<void> => {
      await connection.drain(timeoutMs)
      await keeper?.stop()
    }
    return { connection, url: state.url, address, system, owned: keeper !== undefined, close }
  } catch (error) {
    await keeper?.stop()
    throw error
  }
}

class ServerKeeper {
  readonly #options: StartServerOptions
  readonly #stopping = new AbortController()
  readonly #watch: Promise<void>
  #server: LaunchedServer | undefined

  constructor(server: LaunchedServer, options: StartServerOptions) {
    this.#server = server
    this.#options = { ...options, binary: { path: server.state.binary, version: server.state.version }, port: server.state.port }
    this.#watch = this.#keep(server)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#server?.stop()
    // A restart may have been under way when we were called, and ends only now.
    await this.#watch
  }

  async #keep(first: LaunchedServer): Promise<void> {
    let server: LaunchedServer | undefined = first
    while (server !== undefined) {
      await server.exited
      this.#server = undefined
      server = await this.#restart()
    }
  }

  async #restart(): Promise<LaunchedServer | undefined> {
    const { signal } = this.#stopping
    const isStopping = (): boolean => signal.aborted
    const began = performance.now()
    while (!isStopping()) {
      try {
        const running = await startOrJoinServer(this.#options)
        // Another program was quicker; the server is that one's to look after.
        if (running.type === "joined") return undefined
        if (!isStopping()) return (this.#server = running.server)
        await running.server.stop()
      } catch {
        const pauseMs = reconnectDelay({ outageMs: performance.now() - began, random: Math.random() })
        await delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined)
      }
    }
    return undefined
  }
}
