// CommandOptions — how a command is run.

import { BadOptionError } from "../errors.js"

/** A program and its arguments; no shell reads them. */
export type CommandLine = readonly [program: string, ...args: string[]]

/** How a command is run. */
export interface CommandOptions {
  /** @default the working directory of the program */
  readonly cwd?: string
  /** Variables beside those of the program; undefined takes one away. @default none */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What it may take in all, in milliseconds; then it is ended with all it has started. @default no limit */
  readonly timeoutMs?: number
  /** What is given to its stdin, which is closed then. @default nothing: `stdin` is the caller's to write and to end */
  readonly input?: string | Uint8Array
  /** How many bytes of stdout, and of stderr, `output()` keeps at most. @default 16 MiB */
  readonly maxOutputBytes?: number
  /** Which exit statuses are no failure: `[0, 1]` for grep, which says 1 when nothing was found. @default [0] */
  readonly accept?: readonly number[]
  /** Between SIGTERM and SIGKILL, when it is ended, in milliseconds. @default 1000 */
  readonly graceMs?: number
  /** Gives it up: it is ended. @default none */
  readonly signal?: AbortSignal
}

const OPTIONS: readonly string[] = ["cwd", "env", "timeoutMs", "input", "maxOutputBytes", "accept", "graceMs", "signal"]

/** @throws {BadOptionError} naming what is wrong. */
export function checkCommand(line: CommandLine, options: CommandOptions): void {
  if (
    !Array.isArray(line) ||
    line.length === 0 ||
    line.some((word) => typeof word !== "string" || word.includes("\0")) ||
    line[0] === ""
  )
    throw new BadOptionError("command", 'a program and its arguments as a list of texts, ["grep", "-c", "x"]', line)
  for (const key of Object.keys(options))
    if (!OPTIONS.includes(key)) throw new BadOptionError(`command option ${key}`, `one of ${OPTIONS.join(", ")}`, key)
  const { cwd, env, input, timeoutMs, maxOutputBytes, graceMs, accept, signal } = options
  if (cwd !== undefined && !isWord(cwd)) throw new BadOptionError("cwd", "the path of a directory", cwd)
  if (env !== undefined && !isEnvironment(env))
    throw new BadOptionError("env", "an object with a text or undefined for each name; no name has = in it", env)
  if (input !== undefined && typeof input !== "string" && !((input as unknown) instanceof Uint8Array))
    throw new BadOptionError("input", "a text or a Uint8Array", input)
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs < Infinity))
    throw new BadOptionError("timeoutMs", "a finite number of milliseconds above 0", timeoutMs)
  if (maxOutputBytes !== undefined && !(maxOutputBytes >= 0))
    throw new BadOptionError("maxOutputBytes", "a number of bytes, 0 or more", maxOutputBytes)
  if (graceMs !== undefined && !(graceMs >= 0 && graceMs < Infinity))
    throw new BadOptionError("graceMs", "a finite number of milliseconds, 0 or more", graceMs)
  if (accept !== undefined && !(Array.isArray(accept) && accept.every((status) => Number.isInteger(status))))
    throw new BadOptionError("accept", "a list of exit statuses", accept)
  if (signal !== undefined && !((signal as unknown) instanceof AbortSignal))
    throw new BadOptionError("signal", "an AbortSignal", signal)
}

/** Whether the operating system takes it: it ends texts by a 0 byte. */
function isWord(value: unknown): boolean {
  return typeof value === "string" && value !== "" && !value.includes("\0")
}

function isEnvironment(env: unknown): boolean {
  if (typeof env !== "object" || env === null) return false
  return Object.entries(env).every(
    ([name, value]) =>
      isWord(name) && !name.includes("=") && (value === undefined || (typeof value === "string" && !value.includes("\0"))),
  )
}
