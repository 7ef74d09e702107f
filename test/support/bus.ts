// A private, real nats-server for a test or a suite, with a state directory of its own.

import { join } from "node:path"
import { afterAll, beforeAll, onTestFinished } from "vitest"
import { connectBus } from "../../runtime/bus/connect.js"
import type { ConnectOptions } from "../../runtime/bus/connect.js"
import type { BusAddress } from "../../runtime/bus/bus-address.js"
import type { BusConnection } from "../../runtime/bus/bus-connection.js"
import { findServer } from "../../runtime/bus/find-server.js"
import type { FoundServer } from "../../runtime/bus/find-server.js"
import { addressesOf } from "../../runtime/bus/open-bus.js"
import { startServer } from "../../runtime/bus/server.js"
import type { StartServerOptions } from "../../runtime/bus/server.js"
import { projectRoot } from "./project-root.js"
import { startedLater } from "./started-later.js"
import { makeTempDir } from "./temp-dir.js"

/** A running server; everything needed to get in, and to treat it badly. */
export interface TestBus {
  readonly url: string
  readonly user: string
  readonly password: string
  readonly address: BusAddress
  /** The system account's. */
  readonly system: BusAddress
  readonly stateDir: string
  readonly pid: number
  /** A connection that is closed when the bus is stopped. */
  connect(options?: Omit<ConnectOptions, keyof BusAddress>): Promise<BusConnection>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
  /** Starts it again after kill(), at the same address with the same passwords. */
  restart(): Promise<void>
  /** Closes the connections, ends the server, removes the state directory. May be called twice. */
  stop(): Promise<void>
}

let found: Promise<FoundServer> | undefined

/** The nats-server that tests run: the machine's, or one fetched once per checkout. */
export async function testServerBinary(): Promise<FoundServer> {
  found ??= findServer({ stateDir: join(projectRoot, ".troupe") })
  return found
}

/** Starts a server of its own on a random port. The caller stops it, in afterAll for example. */
export async function startTestBus(options: Partial<StartServerOptions> = {}): Promise<TestBus> {
  const dir = makeTempDir()
  const start = { binary: await testServerBinary(), ...options, stateDir: dir.path }
  let server = await startServer(start)
  const connections: BusConnection[] = []
  const { address, system } = addressesOf(server.state)
  const { url, user, password } = server.state
  return {
    url,
    user,
    password,
    address,
    system,
    stateDir: dir.path,
    get pid() {
      return server.state.pid
    },
    async connect(connectOptions) {
      const connection = await connectBus({ ...connectOptions, ...address })
      connections.push(connection)
      return connection
    },
    async kill() {
      process.kill(server.state.pid, "SIGKILL")
      await server.exited
    },
    async restart() {
      server = await startServer(start)
    },
    async stop() {
      await Promise.all(connections.splice(0).map((connection) => connection.close()))
      await server.stop()
      dir.remove()
    },
  }
}

/** The same for all tests of a file or a suite: started before them, stopped after them. */
export function useTestBus(options: Partial<StartServerOptions> = {}): TestBus {
  let bus: TestBus | undefined
  beforeAll(async () => {
    bus = await startTestBus(options)
  })
  afterAll(() => bus?.stop())
  return startedLater(() => bus)
}

/** The same for the running test alone; it is gone when the test ends, whatever its outcome. */
export async function testBus(options: Partial<StartServerOptions> = {}): Promise<TestBus> {
  const bus = await startTestBus(options)
  onTestFinished(() => bus.stop())
  return bus
}
