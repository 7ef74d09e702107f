// A project of a test's own, with its own pm2 home, state directory and prefix, in which the real command line is run.
// Everything it starts carries its PM2_HOME; by that mark it is found and ended by pid when the test ends, whatever the outcome.

import { randomBytes } from "node:crypto"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { connectBus } from "../../runtime/bus/connect.js"
import type { TopologyEntry } from "../../config/schema.js"
import { endGroup } from "../../runtime/host/pm2/process-group.js"
import { commandOf, processRows, variableOf } from "../../runtime/host/pm2/process-table.js"
import { type NodeState, readNodeState } from "../../runtime/system/node-state.js"
import { testServerBinary } from "./bus.js"
import { type CliResult, runCli } from "./run-cli.js"

/** The compiled example actors. */
const ACTORS = join(import.meta.dirname, "../../actors")

export class NodeProject {
  // Short: the path of pm2's socket holds some hundred bytes.
  readonly dir = mkdtempSync(join(tmpdir(), "tp-"))
  readonly pm2Home = join(this.dir, "p2")
  readonly stateDir = join(this.dir, ".troupe")
  readonly prefix = `t${randomBytes(4).toString("hex")}`
  readonly #serverBin: string

  private constructor(serverBin: string) {
    this.#serverBin = serverBin
  }

  static async create(topology: readonly TopologyEntry[]): Promise<NodeProject> {
    const project = new NodeProject((await testServerBinary()).path)
    mkdirSync(join(project.dir, "actors"))
    for (const kind of ["counter", "greeter", "reflections"]) {
      project.module(kind, `export * from ${JSON.stringify(pathToFileURL(join(ACTORS, `${kind}.js`)).href)}`)
    }
    project.configure({ topology })
    return project
  }

  /** Writes an actor module as it would have been compiled. */
  module(name: string, source: string): void {
    writeFileSync(join(this.dir, "actors", `${name}.mjs`), source)
  }

  /** Writes the configuration file anew. */
  configure(more: { topology: readonly TopologyEntry[]; [setting: string]: unknown }): void {
    const shutdown = { drainMs: 500, stopMs: 500, cancelMs: 200, killMs: 300 }
    const config = { prefix: this.prefix, node: { actorsDir: "actors" }, bus: { serverBin: this.#serverBin }, shutdown, ...more }
    writeFileSync(join(this.dir, "troupe.config.json"), JSON.stringify(config))
  }

  get env(): Record<string, string> {
    return { PM2_HOME: this.pm2Home }
  }

  async cli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
    return runCli(args, { cwd: this.dir, env: { ...this.env, ...env } })
  }

  /** Runs a command that must succeed. @returns its answer */
  async json<T>(...args: string[]): Promise<T> {
    const { exit, stdout, stderr } = await this.cli([...args, "--json"])
    if (exit !== 0) throw new Error(`troupe ${args.join(" ")} ended with ${String(exit)}: ${stderr}`)
    return JSON.parse(stdout) as T
  }

  async node(): Promise<NodeState | undefined> {
    return readNodeState(this.stateDir)
  }

  /** Asks as a program that knows nothing of troupe but its subjects. */
  async request(subject: string, json = ""): Promise<unknown> {
    const { NATS_URL = "" } = await this.json<Record<string, string>>("env")
    const connection = await connectBus({ url: NATS_URL })
    try {
      const reply = await connection.raw.request(`${this.prefix}.${subject}`, json, { timeout: 3000 })
      return reply.json<unknown>()
    } finally {
      await connection.close()
    }
  }

  /** Every process of this project: pm2's daemon, the bus, the node, process hosts. */
  processes(): { pid: number; command: string }[] {
    const own = processRows().filter(({ pid }) => pid !== process.pid && variableOf(pid, "PM2_HOME") === this.pm2Home)
    return own.map(({ pid }) => ({ pid, command: commandOf(pid) })).filter(({ command }) => !/cli\/main\.js/.test(command))
  }

  /** Signals the one whose command matches. @throws {Error} when there is none: the pid 0 would be this whole test run. */
  signal(command: RegExp, signal: NodeJS.Signals): void {
    const found = this.processes().find((one) => command.test(one.command))
    if (found === undefined) throw new Error(`no process of ${this.dir} matches ${String(command)}`)
    process.kill(found.pid, signal)
  }

  /** SIGKILL to all of them at once. */
  killEverything(): void {
    for (const { pid } of this.processes()) process.kill(pid, "SIGKILL")
  }

  async close(): Promise<void> {
    // Twice: what is being started while the rest is ended shows up late.
    for (let round = 0; round < 2; round++) {
      for (const { pid } of this.processes()) await endGroup({ pid, termMs: 0 })
    }
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
  }
}
