// What a command of the command line is. commands.ts lists them all; each has a file of its own, loaded when it is called.

import type { Command } from "commander"
import type { Call } from "./call.js"

/** A line to type, and what it does. */
export type Example = readonly [line: string, effect: string]

/** What shell completion offers for one argument. */
export type Completes = "name" | "kind" | "handler" | "example" | "shell" | "nothing"

/** What can follow a command on the command line; the one named "" is the program itself. */
export interface CommandWords {
  readonly name: string
  readonly completes: readonly Completes[]
  readonly flags: readonly string[]
  /** The flags that take a value, and which values when they are few. */
  readonly values: readonly { readonly flags: readonly string[]; readonly choices: readonly string[] }[]
}

/** One command. Its name and summary stand in commands.ts, so that `troupe --help` loads none of them. */
export interface CliCommand {
  /** Adds its arguments and options, in commander's words. @default it takes none */
  declare?(command: Command): void
  /** Shown at the end of its help; at least one. */
  readonly examples: readonly Example[]
  /**
   * Does the work.
   * @returns the exit code when it is not 0
   * @throws whatever went wrong; the exit code then follows from its code, and stderr gets one line
   */
  run(call: Call): Promise<number | undefined>
}

/** What a command's file exports. */
export interface CommandModule {
  readonly command: CliCommand
}
