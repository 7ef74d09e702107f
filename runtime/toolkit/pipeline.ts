// Pipeline — programs one after the other, each reading what the one before prints, as with `|` in a shell, and without one (promise P10).
// L1  What the reader does not take waits in the writer: nothing is held here beyond the streams' own buffers.
// L2  A program whose reader has ended can print no more, which ends most; how such a one ends is no failure, as in a shell.

import type { Readable, Writable } from "node:stream"
import { pipeline as connect } from "node:stream"
import { BadOptionError } from "../errors.js"
import { Command, type CommandExit, type CommandOutput } from "./command.js"
import type { CommandLine, CommandOptions } from "./command-options.js"

export class Pipeline implements AsyncDisposable {
  readonly commands: readonly Command[]
  /** How each of them ended. */
  readonly exits: Promise<readonly CommandExit[]>
  readonly #stderr: readonly Promise<string>[]
  /** Programs whose reader ended before them, by their place. */
  readonly #cutOff = new Set<number>()

  private constructor(commands: readonly Command[]) {
    this.commands = commands
    this.exits = Promise.all(commands.map(({ exit }) => exit))
    for (const [i, { stdout }] of commands.slice(0, -1).entries()) {
      const reader = commands[i + 1]?.stdin
      if (reader === undefined) continue
      connect(stdout, reader, (error) => {
        if (error) this.#cutOff.add(i)
      })
    }
    // The last one's is read by whoever wants it; one that nobody reads would stop its program.
    this.#stderr = commands.slice(0, -1).map(({ stderr }) => tailOf(stderr))
  }

  /**
   * Starts all of them; resolves when they run. The options hold for each, except that `input` goes to the first.
   * @throws {CommandNotStartedError} when one cannot be started, and then none is left; BadOptionError
   */
  static async start(lines: readonly CommandLine[], { input, ...options }: CommandOptions = {}): Promise<Pipeline> {
    if (!Array.isArray(lines) || lines.length === 0)
      throw new BadOptionError("pipeline", "a list of commands, one or more", lines)
    const commands: Command[] = []
    try {
      for (const [i, line] of (lines as readonly CommandLine[]).entries())
        commands.push(await Command.start(line, i === 0 && input !== undefined ? { ...options, input } : options))
    } catch (error) {
      await Promise.all(commands.map((command) => command.kill()))
      throw error
    }
    return new Pipeline(commands)
  }

  /** Of the first program. */
  get stdin(): Writable {
    return this.#at(0).stdin
  }

  /** Of the last program. */
  get stdout(): Readable {
    return this.#at(-1).stdout
  }

  /** Waits for the end of all, and gives what the last one printed. Errors as of `Command.output`, of the first program that failed. */
  async output(): Promise<CommandOutput> {
    const last = this.#at(-1)
    const [printed] = await Promise.allSettled([last.output()])
    const exits = await this.exits
    for (const [i, command] of this.commands.slice(0, -1).entries()) {
      const exit = exits[i]
      if (exit !== undefined && !this.#cutOff.has(i)) command.check(exit, await this.#stderr[i])
    }
    if (printed.status === "rejected") throw printed.reason
    return printed.value
  }

  /** Ends all of them; resolves when nothing is left. */
  async kill(): Promise<void> {
    await Promise.all(this.commands.map((command) => command.kill()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  #at(index: number): Command {
    const command = this.commands.at(index)
    if (command === undefined) throw new RangeError("a pipeline has one command at least")
    return command
  }
}

const TAIL_BYTES = 2000

/** The last of what a stream gives. Never rejects. */
async function tailOf(stream: Readable): Promise<string> {
  let tail = Buffer.alloc(0)
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) tail = Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES)
  } catch {
    // What was read so far will do.
  }
  return tail.toString("utf8")
}
