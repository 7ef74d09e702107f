import type { Config } from "./schema.js"

/** What a configuration is when nobody says anything; paths are relative to the project directory. */
export const DEFAULTS = {
  prefix: "troupe",
  stateDir: ".troupe",
  bus: { port: 0, maxPayloadBytes: 1_048_576 },
  node: {
    name: "node",
    startTimeoutMs: 10_000,
    restart: { maxRestarts: 3, withinMs: 5_000 },
    actorsDir: "dist/actors",
  },
  mailbox: { capacity: 1_000, overflow: "reject" },
  ask: { timeoutMs: 5_000 },
  shutdown: { drainMs: 5_000, stopMs: 5_000, cancelMs: 1_000, killMs: 2_000 },
  log: { level: "info", format: "text" },
} as const satisfies Omit<Config, "strictMessages" | "topology">

/** Whether messages are strict by default: under test they are. */
export function strictByDefault(env: Readonly<Record<string, string | undefined>>): boolean {
  return env["NODE_ENV"] === "test" || (env["VITEST"] ?? "") !== ""
}
