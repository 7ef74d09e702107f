// A program in a process of its own: a module's source, in which `runtime` is the public door and `fixtures` their folder's URL.

import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { tempDir } from "./temp-dir.js"

export interface RunProgram {
  readonly pid: number
  /** Everything it has printed so far. */
  readonly printed: () => string
  /** Resolves when it has printed that; rejects when it ends before. */
  said(text: string): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** Resolves when it has ended and all that it printed is here. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; printed: string }>
}

const DOOR = new URL("../../runtime/index.js", import.meta.url).href
const FIXTURES = new URL("../fixtures/", import.meta.url).href

/** Starts one; it is killed when the test ends before it does. */
export function runProgram(
  source: string,
  env: NodeJS.ProcessEnv = {},
  /** Runs it inside of another command. */
  wrap: (command: readonly string[]) => readonly string[] = (command) => command,
): RunProgram {
  const head = `const runtime = await import(${JSON.stringify(DOOR)}); const fixtures = ${JSON.stringify(FIXTURES)};`
  const file = join(tempDir(), "program.mjs")
  writeFileSync(file, `${head}\n${source}`)
  const [command = "", ...args] = wrap([process.execPath, file])
  const program = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  onTestFinished(() => void program.kill("SIGKILL"))
  let printed = ""
  const listeners = new Set<() => void>()
  for (const stream of [program.stdout, program.stderr])
    stream.on("data", (chunk: Buffer) => {
      printed += chunk.toString("utf8")
      for (const look of listeners) look()
    })
  const ended: RunProgram["ended"] = new Promise((resolve) => {
    program.on("close", (code, signal) => resolve({ code, signal, printed }))
  })
  return {
    pid: program.pid ?? 0,
    printed: () => printed,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (printed.includes(text)) resolve()
        }
        listeners.add(look)
        look()
        void ended.then(() => reject(new Error(`it ended without saying ${text}: ${printed}`)))
      }),
    signal: (signal) => void program.kill(signal),
    ended,
  }
}
