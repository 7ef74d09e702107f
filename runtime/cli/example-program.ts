// The program of actors that `troupe run` works with: apart from the project's own, with its state in a temporary directory, and nothing
// of it left when it is disposed of.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Config } from "../../config/schema.js"
import type { Placement } from "../actor/surroundings.js"
import { findServer } from "../bus/find-server.js"
import { ActorSystem } from "../system/actor-system.js"

export interface ExampleProgram extends AsyncDisposable {
  readonly system: ActorSystem
}

/** Starts it, with a bus of its own where processes need one. */
export async function startExampleProgram(config: Config, placement: Placement): Promise<ExampleProgram> {
  // Where the project keeps a server that was fetched once, so that it is not fetched for each run.
  const serverBin = placement === "process" ? (config.bus.serverBin ?? (await serverOf(config))) : undefined
  const stateDir = await mkdtemp(join(tmpdir(), "troupe-run-"))
  try {
    const node = { ...config.node }
    delete node.providers
    const own: Config = {
      ...config,
      node,
      stateDir,
      bus: { ...config.bus, port: 0, ...(serverBin === undefined ? {} : { serverBin }) },
      // What goes wrong is told once, by the command itself.
      log: { ...config.log, level: "silent" },
    }
    const system = await ActorSystem.startWith(own, { bus: placement === "process" ? "embedded" : false, name: "run" })
    return {
      system,
      async [Symbol.asyncDispose]() {
        try {
          await system.shutdown()
        } finally {
          await remove(stateDir)
        }
      },
    }
  } catch (error) {
    await remove(stateDir)
    throw error
  }
}

async function serverOf({ stateDir }: Config): Promise<string> {
  return (await findServer({ stateDir })).path
}

async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
}
