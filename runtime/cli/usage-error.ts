// What commander complains of, in our words: what is wrong, what was expected, what was meant perhaps.

import type { Command, CommanderError, Option } from "commander"
import { isSlip, nearest } from "../../config/nearest.js"
import { UsageError } from "../errors.js"
import { COMMANDS } from "./commands.js"

const LISTED = COMMANDS.filter(({ help }) => help !== "hidden")

/** @param argv the words that were typed; they name the command that was called, if one was */
export function usageErrorOf(error: CommanderError, program: Command, argv: readonly string[]): UsageError {
  const called = LISTED.find(({ name }) => argv.includes(name))
  if (error.code === "commander.help") return new UsageError("no command was given", '"troupe --help" lists them')
  if (error.code === "commander.unknownCommand") return unknownCommand(quotedIn(error.message))
  const form = called === undefined ? "" : `the form is "troupe ${[called.name, called.takes ?? ""].join(" ").trim()}", and `
  const more = called === undefined ? '"troupe --help" shows what there is' : `"troupe ${called.name} --help" says more`
  const [what, todo] = complaint(error, { program, called: called?.name })
  return new UsageError(what, `${todo === "form" ? form : ""}${more}`)
}

/** For a word in the place of a command. */
export function unknownCommand(word: string): UsageError {
  const names = LISTED.map(({ name }) => name)
  const begun = names.filter((name) => word !== "" && name.startsWith(word))
  return new UsageError(`unknown command "${word}"${meant(word, begun.length > 0 ? begun : names)}`, '"troupe --help" lists them')
}

function complaint(
  { code, message }: CommanderError,
  about: { program: Command; called: string | undefined },
): readonly [what: string, todo: "form" | "help"] {
  const text = message.replace(/^error: /, "")
  const quoted = quotedIn(text)
  switch (code) {
    case "commander.unknownOption":
      return [`unknown option "${quoted}"${meant(quoted, flagsOf(about))}`, "help"]
    case "commander.optionMissingArgument":
      return [`${quoted}: expected a value, got nothing`, "help"]
    case "commander.missingArgument":
      return [`${quoted} is missing`, "form"]
    case "commander.excessArguments": {
      const [, most = "", got = ""] = /Expected (\d+) arguments? but got (\d+)/.exec(text) ?? []
      return [`too many arguments: expected ${most === "0" ? "none" : `${most} at most`}, got ${got}`, "form"]
    }
    case "commander.invalidArgument": {
      const [, flag, value = "", , argument, why = ""] =
        /^(?:option '([^']*)' argument|command-argument value) '([^]*?)'( is invalid for argument '([^']*)')?(?: is invalid)?\. ?([^]*)$/.exec(
          text,
        ) ?? []
      const expected = why.replace(/^Allowed choices are (.*?)\.?$/, "expected one of $1")
      return [`${flag ?? argument ?? "argument"}: ${expected}, got "${value}"`, "help"]
    }
    default:
      return [text.replaceAll("'", '"').replace(/[.\s]+$/, ""), "help"]
  }
}

/** The flags that can stand there. */
function flagsOf({ program, called }: { program: Command; called: string | undefined }): string[] {
  const command = program.commands.find((candidate) => candidate.name() === called)
  const options: readonly Option[] = [...program.options, ...(command?.options ?? [])]
  return ["--help", ...options.flatMap(({ long }) => long ?? [])]
}

function meant(word: string, known: readonly string[]): string {
  const [, typed = word] = /^(--[^=]+)=/.exec(word) ?? []
  if (known.every((name) => name.startsWith(typed)) && known.length <= 3) return ` (did you mean ${orOf(known)}?)`
  const candidate = nearest(typed, known)
  return candidate !== undefined && isSlip(typed, candidate) ? ` (did you mean "${candidate}"?)` : ""
}

function orOf(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(" or ")
}

/** The first thing in quotes. */
function quotedIn(message: string): string {
  return /'([^]*?)'/.exec(message)?.[1] ?? ""
}
