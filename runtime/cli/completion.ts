// troupe completion bash|zsh

import { Argument } from "commander"
import type { CliCommand } from "./command.js"
import { bashCompletion, zshCompletion, type CommandWords } from "./completion-script.js"
import { COMMANDS } from "./commands.js"

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion }

export const command: CliCommand = {
  declare: (completion) => completion.addArgument(new Argument("<SHELL>", "whose script to print").choices(Object.keys(SCRIPTS))),
  examples: [
    ['eval "$(troupe completion bash)"', "completion in this bash; put it into ~/.bashrc to keep it"],
    ['eval "$(troupe completion zsh)"', "the same in zsh, after compinit"],
  ],
  async run({ args, terminal }) {
    const script = SCRIPTS[args[0] as keyof typeof SCRIPTS]
    terminal.print(script(await wordsOfProgram()))
    return undefined
  },
}

/** Every command with its options, and the options they all have; under the name "" those. */
async function wordsOfProgram(): Promise<readonly CommandWords[]> {
  const { describeProgram } = await import("./program.js")
  const program = await describeProgram()
  return [program, ...program.commands].flatMap((described) => {
    const entry = COMMANDS.find(({ name }) => name === described.name())
    if (described !== program && (entry === undefined || entry.help === "hidden")) return []
    const options = described.options.filter(({ hidden }) => !hidden)
    return {
      name: entry?.name ?? "",
      summary: entry?.summary ?? "",
      completes: entry?.completes ?? [],
      flags: [...options.flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined)), "-h", "--help"],
      values: options
        .filter(({ required }) => required)
        .map(({ short, long, argChoices }) => ({
          flags: [short, long].filter((flag) => flag !== undefined),
          choices: argChoices ?? [],
        })),
    }
  })
}
