// A node with thread and process actors that nobody asks anything: what they burn, whoever started it measures from outside.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { ActorSystem } from "../system/actor-system.js"
import { BENCH_VARIABLE } from "./asker-process.js"
import { BenchCounter } from "./bench-counter.js"
import { type Resting, RESTING_ACTORS } from "./resting.js"

const { stateDir } = JSON.parse(process.env[BENCH_VARIABLE] ?? "{}") as { readonly stateDir: string }
// A pm2 of its own: its socket's path must stay short.
process.env["PM2_HOME"] = join(stateDir, "pm2")
const system = await ActorSystem.start({ bus: "embedded", stateDir, prefix: "rest", logLevel: "silent" })
for (let i = 0; i < RESTING_ACTORS; i++) {
  await system.spawn(BenchCounter, { placement: "thread" })
  await system.spawn(BenchCounter, { placement: "process" })
}
const rows = await system.ps()
const hosts = rows.filter(({ placement }) => placement === "process").map(({ pid }) => pid)
const { pid: server } = JSON.parse(readFileSync(join(stateDir, "bus.json"), "utf8")) as { readonly pid: number }
process.on("disconnect", () => void system.shutdown().finally(() => process.exit()))
process.send?.({ server, node: process.pid, hosts } satisfies Resting)
