// A project to run the command line in, and a stand-in for the node on its bus.

import { symlinkSync } from "node:fs"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { useTestBus, type TestBus } from "./bus.js"
import { DoubleNode, PROGRAM, type Answerer } from "./double-node.js"
import { callCli, type CliResult } from "./run-cli.js"
import { tempDir } from "./temp-dir.js"

export interface CliProject {
  readonly node: DoubleNode
  readonly cwd: string
  readonly run: (...args: string[]) => Promise<CliResult>
}

/** What the command line prints when it prints one line. */
export const oneLine = /^[^\n]+\n$/

/** A bus for all tests of a file, and projects on it. */
export function useCliProjects(): {
  readonly bus: TestBus
  readonly projectWith: (commands?: Readonly<Record<string, Answerer>>) => Promise<CliProject>
} {
  const bus = useTestBus()
  return { bus, projectWith: async (commands) => cliProject(bus, commands) }
}

/** A project whose state directory is the bus's, and a node on it that answers these commands; both end with the test. */
export async function cliProject(bus: TestBus, commands?: Readonly<Record<string, Answerer>>): Promise<CliProject> {
  const cwd = tempDir()
  symlinkSync(bus.stateDir, join(cwd, ".troupe"))
  const connection = await bus.connect()
  onTestFinished(() => connection.close())
  const node = new DoubleNode(connection)
  if (commands !== undefined) node.commands(commands)
  await node.ready()
  return { node, cwd, run: async (...args) => callCli(args, { cwd }) }
}

/** The command `ps`, answered with these actors. */
export function listing(...rows: Record<string, unknown>[]): Record<string, Answerer> {
  return { ps: () => ({ program: PROGRAM, actors: rows }) }
}
