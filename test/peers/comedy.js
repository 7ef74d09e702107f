// comedy: an actor library that runs an actor in memory, in a thread or in a forked process.

import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"

const require = createRequire(import.meta.url)
const silent = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, getLevel: () => 0 }

export async function startComedy(mode) {
  const { createSystem } = require("comedy")
  const system = createSystem({ log: silent })
  const root = await system.rootActor()
  const counter = await root.createChild(`/${fileURLToPath(new URL("comedy-counter.cjs", import.meta.url))}`, { mode })
  return { ask: (message) => counter.sendAndReceive("increment", message), stop: () => system.destroy() }
}
