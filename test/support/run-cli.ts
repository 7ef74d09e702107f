// Runs the command line: as a user does, the compiled program in a process of its own, or, far sooner, in this process.

import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { runProgram } from "../../runtime/cli/program.js"

export interface CliResult {
  /** The exit code, or the signal that ended it. */
  readonly exit: number | NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly cwd: string
  /** Given to stdin, which is then closed. @default closed at once */
  readonly input?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** A command line that runs. */
export interface RunningCli {
  readonly child: ChildProcessWithoutNullStreams
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<CliResult>
}

export const CLI = join(import.meta.dirname, "../../runtime/cli/main.js")
/** What must not leak from the test's environment into the program's. */
const OURS = /^(?:TROUPE_|NATS_|NO_COLOR$|FORCE_COLOR$|NODE_OPTIONS$|CI$|VITEST|NODE_ENV$)/

export function cliEnv(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => !OURS.test(entry[0]) && entry[1] !== undefined,
  )
  return { ...Object.fromEntries(inherited), ...more }
}

/** Starts it; it is gone when the test ends, whatever its outcome. */
export function startCli(args: readonly string[], { cwd, input, env }: CliOptions): RunningCli {
  const child = spawn(process.execPath, [CLI, ...args], { cwd, env: cliEnv(env), stdio: "pipe" })
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  child.stdin.on("error", () => undefined)
  child.stdin.end(input ?? "")
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (code, signal) => resolve({ exit: code ?? signal, stdout, stderr }))
  })
  onTestFinished(async () => {
    child.kill("SIGKILL")
    await ended
  })
  return { child, stdout: () => stdout, stderr: () => stderr, ended }
}

/** Runs it to its end. */
export async function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return startCli(args, options).ended
}

/** The same in this process: all but main.ts, which hands over the process's streams and signals. */
export async function callCli(args: readonly string[], { cwd, input = "", env = {} }: CliOptions): Promise<CliResult> {
  let stdout = ""
  let stderr = ""
  const exit = await runProgram(args, {
    stdin: chunksOf(input),
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env,
    cwd,
    signal: new AbortController().signal,
  })
  return { exit, stdout, stderr }
}

async function* chunksOf(text: string): AsyncGenerator<string> {
  yield await Promise.resolve(text)
}
