// Stage — what the carriers stand on: a private nats-server, a private pm2 and an actor system, ended together.
// Owns them and a temporary directory; nothing of the user's project is touched.
// G1  Whoever ends this program at once, such as a handler that calls process.exit or a second Ctrl-C, leaves no daemon and no file behind.

import { spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { loadConfig } from "../../../config/load.js"
import type { BusAddress } from "../../bus/bus-address.js"
import { readBusState } from "../../bus/bus-state.js"
import { findServer } from "../../bus/find-server.js"
import { findOwnDaemon } from "../../host/pm2/launch-daemon.js"
import { pm2Paths } from "../../host/pm2/pm2-paths.js"
import { ActorSystem } from "../../system/actor-system.js"
import { actorCarrier, type ActorStage } from "./actor-carrier.js"
import { type Carrier, type CarrierId, NotMeasured } from "./carrier.js"
import { functionCarrier } from "./function-carrier.js"
import { ipcCarrier } from "./ipc-carrier.js"
import { processLane, threadLane } from "./lane-carrier.js"
import { natsCarrier } from "./nats-carrier.js"
import type { Payload } from "./parcel.js"
import { portCarrier } from "./port-carrier.js"

export interface StageOptions {
  /** Where a nats-server is kept that was fetched before. */
  readonly serverDir: string
  /** The project's module of providers, for actors of its own. */
  readonly providers?: string | undefined
}

/** What the carriers of one payload, or of several sizes of one kind, have to hold. */
export interface Cargo {
  readonly payload: Payload
  readonly largest: number
}

export class Stage implements AsyncDisposable {
  readonly system: ActorSystem
  /** The version of nats-server. */
  readonly natsServer: string
  readonly #dir: string
  readonly #actors: ActorStage
  readonly #pm2Home: string | undefined
  readonly #atExit: () => void

  private constructor(parts: {
    system: ActorSystem
    dir: string
    version: string
    serverPid: number | undefined
    pm2Home: string | undefined
    atExit: () => void
  }) {
    this.system = parts.system
    this.natsServer = parts.version
    this.#dir = parts.dir
    this.#pm2Home = parts.pm2Home
    this.#atExit = parts.atExit
    this.#actors = { system: parts.system, serverPid: parts.serverPid }
  }

  /** @throws {NoNatsServerError} and whatever else keeps a program from starting */
  static async open({ serverDir, providers }: StageOptions): Promise<Stage> {
    const server = await findServer({ stateDir: serverDir })
    // Short: the path of pm2's socket holds some hundred bytes.
    const dir = await mkdtemp(join(tmpdir(), "tc-"))
    const pm2Home = process.env["PM2_HOME"]
    process.env["PM2_HOME"] = join(dir, "pm2")
    const atExit = (): void => {
      leaveAtOnce(dir)
    }
    process.once("exit", atExit)
    try {
      const flags = {
        stateDir: join(dir, "state"),
        prefix: "compare",
        strictMessages: false,
        bus: { serverBin: server.path },
        node: { providers },
        // What ends an actor is its cell's reason in the report; lines of a log would run through the progress.
        log: { level: "silent" as const },
      }
      const config = loadConfig({ projectDir: dir, env: {}, flags })
      const system = await ActorSystem.startWith(config, { bus: "embedded", control: false })
      const stored = await readBusState(config.stateDir)
      const serverPid = stored.type === "found" ? stored.state.pid : undefined
      return new Stage({ system, dir, version: server.version, serverPid, pm2Home, atExit })
    } catch (error) {
      process.off("exit", atExit)
      await leave(dir, pm2Home)
      throw error
    }
  }

  /** Opens a carrier. @throws {NotMeasured} where it cannot be had */
  open(id: CarrierId, { payload, largest }: Cargo): Promise<Carrier> {
    switch (id) {
      case "function":
        return functionCarrier()
      case "inline":
        return actorCarrier(this.#actors, "inline")
      case "thread-actor":
        return actorCarrier(this.#actors, "thread")
      case "process-actor":
        return actorCarrier(this.#actors, "process")
      case "thread-shared":
        return threadLane(largest)
      case "process-shared":
        return processLane(largest)
      case "thread-clone":
        return portCarrier("clone", payload)
      case "thread-transfer":
        return portCarrier("transfer", payload)
      case "process-nats":
        return natsCarrier({ address: this.#address(), serverPid: this.#actors.serverPid })
      case "process-ipc":
        return ipcCarrier()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.system.shutdown()
    } finally {
      process.off("exit", this.#atExit)
      await leave(this.#dir, this.#pm2Home)
    }
  }

  #address(): BusAddress {
    const address = this.system.busAddress
    if (address === undefined) throw new NotMeasured("there is no bus")
    return address
  }
}

async function leave(dir: string, pm2Home: string | undefined): Promise<void> {
  if (pm2Home === undefined) delete process.env["PM2_HOME"]
  else process.env["PM2_HOME"] = pm2Home
  await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
}

/** Removes a directory again and again for two seconds: who is still ending may write to it. */
const SWEEP = 'for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$1"; sleep 0.2; done'

/** While the program ends nothing can be waited for. pm2's daemon ends what it has started; nats-server ends by itself. */
function leaveAtOnce(dir: string): void {
  try {
    const daemon = findOwnDaemon(pm2Paths(process.env, join(dir, "pm2")))
    if (daemon !== undefined) process.kill(daemon.pid, "SIGTERM")
  } catch {
    // It is gone already.
  }
  spawn("/bin/sh", ["-c", SWEEP, "sweep", dir], { detached: true, stdio: "ignore" }).unref()
}
