// Command — one program that runs beside the actors, with its stdin, stdout and stderr as streams (promise P10).
// Owns the process and its group. What may outlive this thread or process is the guard's to end.
// C1  It leads a process group of its own; whatever ends it ends the group, and is done when nothing of it is left.
// C2  `exit` resolves once, whatever happened, after the program has ended.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { PassThrough, pipeline, type Readable, type Writable } from "node:stream"
import {
  CancelledError,
  codeOf,
  CommandFailedError,
  CommandNotStartedError,
  CommandOutputError,
  CommandTimedOutError,
} from "../errors.js"
import { endGroup, startTimeOf } from "../host/pm2/process-group.js"
import { LongTimer } from "../time/long-timer.js"
import { guardGroup } from "./command-guard.js"
import { checkCommand, type CommandLine, type CommandOptions } from "./command-options.js"
import { offAbort, onAbort } from "../time/abort-listeners.js"

/** How a program ended: by itself with a status, or by a signal. */
export interface CommandExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What a program printed. */
export interface CommandOutput extends CommandExit {
  readonly stdout: string
  readonly stderr: string
}

const MARK = "TROUPE_INTERNAL_COMMAND"
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024
const GRACE_MS = 1000
/** What of stderr an error tells. */
const TOLD_BYTES = 2000

export class Command implements AsyncDisposable {
  /** The program and its arguments, as messages name it. */
  readonly name: string
  readonly pid: number
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** How it ended; resolves also when it was ended. */
  readonly exit: Promise<CommandExit>
  readonly #options: CommandOptions
  readonly #marker: string
  readonly #startTime: string | undefined
  /** Why it was ended before its time; the first cause counts. */
  #endedFor: Error | undefined
  #ended: Promise<void> | undefined
  #hasExited = false
  #gathering = 0
  #output: Promise<CommandOutput> | undefined
  #timer: LongTimer | undefined

  private constructor(line: CommandLine, options: CommandOptions, made: { child: ChildProcessWithoutNullStreams; mark: string }) {
    const { child, mark } = made
    this.name = line.join(" ").slice(0, 200)
    this.#options = options
    this.#marker = `${MARK}=${mark}`
    this.pid = child.pid ?? 0
    this.#startTime = startTimeOf(this.pid)
    this.stdin = child.stdin
    this.stdout = kept(child.stdout)
    this.stderr = kept(child.stderr)
    // A program that does not read its input, or has ended, is no failure of whoever writes it.
    child.stdin.on("error", () => undefined)
    const unguard = guardGroup(this.pid)
    this.exit = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        unguard()
        this.#hasExited = true
        resolve({ code, signal })
      })
    })
    this.#limit()
    if (options.input !== undefined) child.stdin.end(options.input)
  }

  /** Has it refused in messages, and as an item: it stays where it is. */
  get [Symbol.toStringTag](): string {
    return "Command"
  }

  /**
   * Starts a program; resolves when it runs. It ends with the thread or process that started it; an actor that has it end with itself
   * starts it by `CommandActor`.
   * @throws {CommandNotStartedError} when there is no such program, BadOptionError, and CancelledError for a signal that is aborted
   */
  static async start(line: CommandLine, options: CommandOptions = {}): Promise<Command> {
    checkCommand(line, options)
    const [program, ...args] = line
    const { cwd, env, signal } = options
    if (signal?.aborted === true) throw new CancelledError(program, signal.reason)
    const mark = randomUUID()
    try {
      const child = spawn(program, args, {
        ...(cwd === undefined ? {} : { cwd }),
        env: { ...process.env, ...env, [MARK]: mark },
        detached: true,
        stdio: "pipe",
      })
      // Some of what can go wrong Node.js tells so, and throws the rest.
      if (child.pid === undefined) throw ((await once(child, "error")) as [Error])[0]
      return new Command(line, options, { child, mark })
    } catch (error) {
      throw new CommandNotStartedError(program, reasonOf(error as NodeJS.ErrnoException, { program, cwd }), error)
    }
  }

  /**
   * Waits for its end, and gives what it printed; asked again, the same.
   * @throws {CommandFailedError} when it ended with another status than those of `accept`, or by a signal; CommandTimedOutError,
   * CommandOutputError, CancelledError
   */
  output(): Promise<CommandOutput> {
    return (this.#output ??= this.#gatherAll())
  }

  async #gatherAll(): Promise<CommandOutput> {
    // Programs that it left behind may hold its stdout open: its time goes on until that is closed.
    this.#gathering++
    const [stdout, stderr, exit] = await Promise.all([this.#gather(this.stdout), this.#gather(this.stderr), this.exit])
    this.#timer?.cancel()
    this.check(exit, stderr)
    return { stdout, stderr, ...exit }
  }

  /** Whether it did what it should. Errors as of `output`. */
  check({ code, signal }: CommandExit, stderr = ""): void {
    if (this.#endedFor !== undefined) throw this.#endedFor
    const { accept = [0] } = this.#options
    if (signal === null && code !== null && accept.includes(code)) return
    throw new CommandFailedError(this.name, { exitCode: code, signal, stderr: stderr.slice(-TOLD_BYTES) })
  }

  /** Ends it, with all that it has started; resolves when nothing of it is left. */
  kill(): Promise<void> {
    return this.#end(new CancelledError(this.name))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  #end(why: Error): Promise<void> {
    if (!this.#hasExited || this.#gathering > 0) this.#endedFor ??= why
    return (this.#ended ??= this.#endGroup())
  }

  async #endGroup(): Promise<void> {
    const { graceMs = GRACE_MS } = this.#options
    for (;;) {
      const { survivors } = await endGroup({ pid: this.pid, startTime: this.#startTime, marker: this.#marker, termMs: graceMs })
      if (survivors.length === 0) break
    }
    await this.exit
  }

  #limit(): void {
    const { timeoutMs, signal } = this.#options
    const abort = (): void => void this.#end(new CancelledError(this.name, signal?.reason))
    onAbort(signal, abort)
    if (timeoutMs !== undefined)
      this.#timer = new LongTimer(timeoutMs, () => void this.#end(new CommandTimedOutError(this.name, timeoutMs)))
    void this.exit.then(() => {
      if (this.#gathering === 0) this.#timer?.cancel()
      offAbort(signal, abort)
    })
  }

  async #gather(stream: Readable): Promise<string> {
    const { maxOutputBytes = MAX_OUTPUT_BYTES } = this.#options
    const chunks: Buffer[] = []
    let size = 0
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        size += chunk.length
        if (size > maxOutputBytes) {
          await this.#end(new CommandOutputError(this.name, maxOutputBytes))
          break
        }
        chunks.push(chunk)
      }
    } catch (error) {
      // A stream that was closed under us has nothing more to say.
      if (codeOf(error) !== "ERR_STREAM_PREMATURE_CLOSE") throw error
    }
    return Buffer.concat(chunks).toString("utf8")
  }
}

/** Runs a program to its end, and gives what it printed. Its stdin is empty unless there is `input`. Errors as of `start` and `output`. */
export async function run(line: CommandLine, options: CommandOptions = {}): Promise<CommandOutput> {
  const command = await Command.start(line, { input: "", ...options })
  return command.output()
}

/** Node.js throws away what nobody has begun to read when the program ends; from here it can still be read then. */
function kept(stream: Readable): Readable {
  return pipeline(stream, new PassThrough(), () => undefined)
}

function reasonOf(
  { code, message }: NodeJS.ErrnoException,
  { program, cwd }: { program: string; cwd?: string | undefined },
): string {
  if (cwd !== undefined && !existsSync(cwd)) return `there is no directory ${cwd}`
  if (code === "ENOENT" && program.includes("/") && existsSync(program))
    return "the program that its first line names is not there"
  if (code === "ENOENT") return "there is no such program; give its path, or see that it is in PATH"
  if (code === "EACCES") return "it may not be run"
  if (code === "E2BIG") return "its arguments and variables are more than the system takes; give them by `input`, or in a file"
  return message
}
