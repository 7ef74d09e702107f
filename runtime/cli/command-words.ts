import type { Command } from "commander"
import type { CommandWords } from "./command.js"
import { COMMANDS } from "./commands.js"

/** The words of every command that is in the help, after its own options were declared, and those of the program itself. */
export function wordsOf(program: Command): readonly CommandWords[] {
  return [program, ...program.commands].flatMap((described) => {
    const entry = COMMANDS.find(({ name }) => name === described.name())
    if (described !== program && (entry === undefined || entry.help === "hidden")) return []
    const options = described.options.filter(({ hidden }) => !hidden)
    return {
      name: entry?.name ?? "",
      completes: entry?.completes ?? [],
      flags: [...options.flatMap(flagsOf), "-h", "--help"],
      values: options
        .filter(({ required }) => required)
        .map((option) => ({ flags: flagsOf(option), choices: option.argChoices ?? [] })),
    }
  })
}

function flagsOf({ short, long }: { readonly short?: string; readonly long?: string }): string[] {
  return [short, long].filter((flag) => flag !== undefined)
}
