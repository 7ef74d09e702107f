// CommandActor — a program as an actor: it is listed, named, watched, joined and killed like any other, and ends with its parent (promise P10).
// A1  The actor ends when its program does: in order when that did what it should, else as crashed with the error, so that `restart`
//     decides whether the program is run again.
// A2  The program ends with the actor, whatever ends that.
// A3  With open streams nobody loses what the program prints: it waits for its reader, and so does the end of the actor.

import { Actor } from "../actor/actor.js"
import { actor, handler } from "../actor/definition.js"
import { AnswerError } from "../actor/answer-error.js"
import { PassThrough, type Readable, type Writable } from "node:stream"
import { BadOptionError, ClosedError, type TroupeError, UnavailableError } from "../errors.js"
import { Command, type CommandExit, type CommandOutput } from "./command.js"
import type { CommandLine, CommandOptions } from "./command-options.js"

/** What a `CommandActor` is spawned with as `args`. */
export interface CommandArgs extends Omit<CommandOptions, "signal"> {
  readonly line: CommandLine
  /**
   * `kept`: it reads `input`, and what it prints is kept for `output`. `open`: it is written to by `write` until `endInput`, and read by `read`;
   * it waits for its reader, and the actor ends when its stdout has been read to its end. @default "kept"
   */
  readonly streams?: "kept" | "open"
}

/** What of stderr the error of a program with open streams tells. */
const TOLD_BYTES = 2000
/** What of stderr waits for its reader before the program does. */
const STDERR_BYTES = 16 * 1024 * 1024

/** What is read of a program, piece by piece. */
interface Printed {
  readonly stdout: AsyncIterator<Buffer, undefined>
  readonly stderr: AsyncIterator<Buffer, undefined>
  /** To be called when stdout has been read to its end. */
  readonly wasRead: () => void
}

@actor({ kind: "command", module: import.meta.url, description: "Runs a program" })
export class CommandActor extends Actor {
  #command: Command | undefined
  #output: Promise<CommandOutput> | undefined
  #printed: Printed | undefined
  #room: Promise<void> | undefined

  override async onStart(args: unknown): Promise<void> {
    const { line, streams = "kept", ...options } = args as CommandArgs
    if (streams !== "kept" && streams !== ("open" as string)) throw new BadOptionError("streams", '"kept" or "open"', streams)
    const { signal } = this.context
    const command = await Command.start(line, streams === "kept" ? { input: "", ...options } : options)
    this.#command = command
    this.#output = streams === "kept" ? command.output() : this.#whenRead(command)
    // Whoever asks is told; when nobody does, nothing is lost.
    this.#output.catch(() => undefined)
    signal.addEventListener("abort", () => void command.kill(), { once: true })
    void command.exit.then(() => {
      if (!signal.aborted) this.context.schedule("done", { afterMs: 0 })
    })
  }

  override async onStop(): Promise<void> {
    await this.#command?.kill()
  }

  /** Ends the actor as its program has ended. Waits for that. */
  @handler({ reentrant: true })
  async done(): Promise<void> {
    await this.#output
    this.context.stop()
  }

  @handler({ reentrant: true })
  pid(): number {
    return this.#running.pid
  }

  /**
   * Writes to its stdin, which is open if it was started with `streams: "open"` and no `input`; answers when there is room for more.
   * Fails with ERR_CLOSED once that is ended, or its program has.
   */
  @handler({ reentrant: true })
  async write(chunk: string | Uint8Array): Promise<void> {
    const { stdin, name } = this.#running
    if (typeof chunk !== "string" && !((chunk as unknown) instanceof Uint8Array))
      throw answerOf(new BadOptionError("chunk", "a text or a Uint8Array", chunk))
    if (!stdin.writable) throw answerOf(new ClosedError(`stdin of ${name}`))
    if (!stdin.write(chunk)) await (this.#room ??= roomIn(stdin).finally(() => (this.#room = undefined)))
  }

  /** Ends its stdin. */
  @handler({ reentrant: true })
  endInput(): void {
    this.#running.stdin.end()
  }

  /** The next of what it prints, waiting for it; undefined at the end. Fails with ERR_UNAVAILABLE unless its streams are open. */
  @handler({ reentrant: true })
  async read({ from = "stdout" }: { from?: "stdout" | "stderr" } = {}): Promise<Uint8Array | undefined> {
    if (from !== "stdout" && from !== ("stderr" as string))
      throw answerOf(new BadOptionError("from", '"stdout" or "stderr"', from))
    const printed = this.#printed
    if (printed === undefined) {
      const instead = 'ask for it by "output", or spawn the actor with streams: "open"'
      throw answerOf(new UnavailableError("read", "what it prints is kept", instead))
    }
    // A stream that was closed under us has nothing more to say.
    const { value } = await printed[from].next().catch(() => ({ value: undefined }))
    if (value === undefined && from === "stdout") printed.wasRead()
    return value
  }

  /** How it ended, once it has. */
  @handler({ reentrant: true })
  exit(): Promise<CommandExit> {
    return this.#running.exit
  }

  /** What it printed, once it has ended; nothing where its streams are open. Errors as of `Command.output`. */
  @handler({ reentrant: true })
  async output(): Promise<CommandOutput> {
    try {
      return await (this.#output as Promise<CommandOutput>)
    } catch (error) {
      const { code, message, data } = error as { code?: string; message: string; data?: Record<string, unknown> }
      throw new AnswerError(code ?? "ERR_COMMAND_FAILED", message, data)
    }
  }

  /** How it ended, once its stdout was read as well. */
  #whenRead(command: Command): Promise<CommandOutput> {
    let tail = Buffer.alloc(0)
    const stderr = new PassThrough({ highWaterMark: STDERR_BYTES })
    command.stderr.on("data", (chunk: Buffer) => (tail = Buffer.concat([tail, chunk]).subarray(-TOLD_BYTES)))
    command.stderr.pipe(stderr)
    const read = new Promise<void>((resolve) => {
      this.#printed = { stdout: piecesOf(command.stdout), stderr: piecesOf(stderr), wasRead: resolve }
    })
    return Promise.all([command.exit, read]).then(([exit]) => {
      command.check(exit, tail.toString("utf8"))
      return { stdout: "", stderr: "", ...exit }
    })
  }

  get #running(): Command {
    if (this.#command === undefined) throw new RangeError("the command has not been started")
    return this.#command
  }
}

/** Resolves when it takes more, or never will. */
function roomIn(stdin: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ["drain", "close"]) stdin.off(event, done)
      resolve()
    }
    for (const event of ["drain", "close"]) stdin.on(event, done)
  })
}

function piecesOf(stream: Readable): AsyncIterator<Buffer, undefined> {
  return (stream as AsyncIterable<Buffer, undefined>)[Symbol.asyncIterator]()
}

/** What is refused ends nobody's life. */
function answerOf({ code, message, data }: TroupeError): AnswerError {
  return new AnswerError(code, message, data)
}
