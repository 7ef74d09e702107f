// Program — from words to a command: parses, loads the one command that is called, and turns whatever it throws into one line and
// an exit code. Nothing here ends the process.

import { existsSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { Command, CommanderError, type OptionValues } from "commander"
import type { ConfigPlace } from "./client-config.js"
import type { CliCommand } from "./command.js"
import { COMMANDS } from "./commands.js"
import { EXIT } from "./exit-code.js"
import { failureJson, failureLine, failureOf } from "./failure.js"
import { findProjectDir } from "./project-dir.js"
import { addFurtherSettings, addKnownSettings, readSettings } from "./setting-flags.js"
import { Terminal, withoutControls, type OutputStream } from "./terminal.js"
import { unknownCommand, usageErrorOf } from "./usage-error.js"

/** What the program finds around it. */
export interface Surroundings {
  readonly stdin: AsyncIterable<Uint8Array | string>
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where relative paths on the command line start from. */
  readonly cwd: string
  /** Aborted by Ctrl-C and the like. */
  readonly signal: AbortSignal
}

const HELP_TEXT = `
Exit codes: 0 done; 1 the actor answered with an error; 2 wrong usage; 3 bus or node not reachable;
            4 no such actor or handler; 5 timed out
Every setting of docs/config.md is a flag as well: bus.port is --bus-port.

Examples:
  troupe up                                    start the bus and the node
  troupe ps                                    what runs
  troupe ask greeter greet '{"name": "Ada"}'   ask an actor; the answer is JSON
  troupe ask --help                            more about one command`

/** Runs one command line. @returns the exit code */
export async function runProgram(argv: readonly string[], around: Surroundings): Promise<number> {
  const program = newProgram(around)
  let exitCode: number = EXIT.done
  let takesTimeout = false
  addCommands(program, async (command, { called, ...given }) => {
    takesTimeout = called.options.some(({ long }) => long === "--timeout")
    exitCode = (await runCommand(command, { ...given, program, around })) ?? EXIT.done
  })
  try {
    await addFurtherSettings(program, argv)
    const words = helpAsOption(argv)
    const [word] = program.parseOptions(words).operands
    // With --help commander takes an unknown command for none.
    if (word !== undefined && !COMMANDS.some(({ name }) => name === word)) throw unknownCommand(word)
    await program.parseAsync(words, { from: "user" })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done
    const failure = failureOf(error instanceof CommanderError ? usageErrorOf(error, program, argv) : error)
    const terminal = terminalOf({ json: argv.includes("--json"), color: !argv.includes("--no-color") }, around)
    terminal.complain(
      terminal.format === "json"
        ? withoutControls(failureJson(failure))
        : failureLine(failure, terminal.errorColors, { takesTimeout }),
    )
    return failure.exitCode
  }
}

/** All commands, each loaded and with its own options: for shell completion. */
async function wholeProgram(): Promise<Command> {
  const program = newProgram({ stdout: { write: () => undefined } })
  addCommands(program, async () => Promise.resolve())
  for (const entry of COMMANDS) {
    const { command } = await entry.load()
    const declared = program.commands.find((candidate) => candidate.name() === entry.name)
    if (declared !== undefined) command.declare?.(declared)
  }
  return program
}

function newProgram({ stdout }: Pick<Surroundings, "stdout">): Command {
  const program = new Command("troupe")
    .description("Commands the actors of this project, over its bus.")
    .usage("[options] COMMAND")
    .option("--config <file>", "the configuration file (default: troupe.config.json)")
    .option("--json", "answers and errors as JSON, one line each")
    .option("--no-color", "no colours, also on a terminal")
  addKnownSettings(program)
  return program
    .version(ownVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show this, or what a command takes, with examples")
    .helpCommand(false)
    .addHelpText("after", HELP_TEXT)
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm: (command) =>
        [command.name(), COMMANDS.find(({ name }) => name === command.name())?.takes ?? ""].join(" ").trim(),
    })
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: () => undefined })
    .showSuggestionAfterError(false)
    .exitOverride()
}

type Given = Pick<CalledWith, "args" | "options"> & { readonly called: Command }

function addCommands(program: Command, act: (command: CliCommand, given: Given) => Promise<void>): void {
  const loaded = new Map<string, CliCommand>()
  for (const { name, summary, help } of COMMANDS) {
    program
      .command(name, { hidden: help === "hidden" })
      .summary(summary)
      .description(`${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`)
      .copyInheritedSettings(program)
      .allowExcessArguments(false)
      .action(async (...given: unknown[]) => {
        const command = loaded.get(name)
        const called = given.at(-1) as Command
        if (command !== undefined) await act(command, { args: called.args, options: called.opts(), called })
      })
  }
  program.hook("preSubcommand", async (_, called) => {
    const entry = COMMANDS.find(({ name }) => name === called.name())
    if (entry === undefined) return
    const { command } = await entry.load()
    loaded.set(entry.name, command)
    command.declare?.(called)
    called.addHelpText(
      "after",
      `\nExamples:\n${command.examples.map(([line, effect]) => `  ${line}\n      ${effect}`).join("\n")}`,
    )
  })
}

/** `help ask` as `ask --help`. */
function helpAsOption(argv: readonly string[]): string[] {
  const [first, ...rest] = argv
  return first === "help" ? [...rest, "--help"] : [...argv]
}

interface CalledWith {
  readonly args: readonly string[]
  readonly options: OptionValues
  readonly program: Command
  readonly around: Surroundings
}

async function runCommand(command: CliCommand, { args, options, program, around }: CalledWith): Promise<number | undefined> {
  const { env, cwd, signal } = around
  const globals = program.opts<{ config?: string; json?: boolean; color: boolean }>()
  const projectDir = findProjectDir(cwd)
  const place = async (): Promise<ConfigPlace> => ({
    projectDir,
    file: globals.config === undefined ? undefined : resolve(cwd, globals.config),
    env,
    flags: await readSettings(program, cwd),
  })
  return command.run({
    args,
    options,
    terminal: terminalOf(globals, around),
    signal,
    cwd,
    projectDir,
    env,
    place,
    words: async () => (await import("./command-words.js")).wordsOf(await wholeProgram()),
    config: async () => (await import("./client-config.js")).loadWholeConfig(await place()),
    clientConfig: async () => (await import("./client-config.js")).loadClientConfig(await place()),
  })
}

function terminalOf({ json, color }: { json?: boolean; color: boolean }, around: Surroundings): Terminal {
  return new Terminal({ ...around, format: json === true ? "json" : "text", color: color ? "auto" : "never" })
}

function ownVersion(): string {
  for (let dir = import.meta.dirname; dir !== dirname(dir); dir = dirname(dir)) {
    const file = join(dir, "package.json")
    if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { version?: string }).version ?? "unknown"
  }
  return "unknown"
}
