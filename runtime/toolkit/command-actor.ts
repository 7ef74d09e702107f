// CommandActor — a program as an actor: it is listed, named, watched, joined and killed like any other, and ends with its parent (promise P10).
// A1  The actor ends when its program does, or `lingerMs` after it: in order when that did what it should, else as crashed with the error, so that `restart`
//     decides whether the program is run again.
// A2  The program ends with the actor, whatever ends that.

import { Actor } from "../actor/actor.js"
import { actor, handler } from "../actor/definition.js"
import { AnswerError } from "../actor/answer-error.js"
import { BadOptionError } from "../errors.js"
import { Command, type CommandExit, type CommandOutput } from "./command.js"
import type { CommandLine, CommandOptions } from "./command-options.js"

/** What a `CommandActor` is spawned with as `args`. */
export interface CommandArgs extends Omit<CommandOptions, "signal"> {
  readonly line: CommandLine
  /** How long the actor stays after its program has ended, in milliseconds, to be asked for what it printed. @default 0 */
  readonly lingerMs?: number
}

@actor({ kind: "command", module: import.meta.url, description: "Runs a program" })
export class CommandActor extends Actor {
  #command: Command | undefined
  #output: Promise<CommandOutput> | undefined

  override async onStart(args: unknown): Promise<void> {
    if (typeof args !== "object" || args === null)
      throw new BadOptionError("args", "the line of a program, { line: [program, ...arguments] }", args)
    const { line, lingerMs = 0, ...options } = args as CommandArgs
    if (!(lingerMs >= 0 && lingerMs < Infinity))
      throw new BadOptionError("lingerMs", "a finite number of milliseconds, 0 or more", lingerMs)
    const { signal } = this.context
    const command = await Command.start(line, { input: "", ...options })
    this.#command = command
    this.#output = command.output()
    // Whoever asks is told; when nobody does, nothing is lost.
    this.#output.catch(() => undefined)
    signal.addEventListener("abort", () => void command.kill(), { once: true })
    void command.exit.then(() => {
      if (!signal.aborted) this.context.schedule("done", { afterMs: lingerMs })
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

  /** How it ended, once it has. */
  @handler({ reentrant: true })
  exit(): Promise<CommandExit> {
    return this.#running.exit
  }

  /** What it printed, once it has ended. Errors as of `Command.output`. */
  @handler({ reentrant: true })
  async output(): Promise<CommandOutput> {
    try {
      return await (this.#output as Promise<CommandOutput>)
    } catch (error) {
      const { code, message, data } = error as { code?: string; message: string; data?: Record<string, unknown> }
      throw new AnswerError(code ?? "ERR_COMMAND_FAILED", message, data)
    }
  }

  get #running(): Command {
    if (this.#command === undefined) throw new RangeError("the command has not been started")
    return this.#command
  }
}
