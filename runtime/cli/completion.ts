// troupe completion bash|zsh

import { Argument } from "commander"
import type { CliCommand } from "./command.js"
import { bashCompletion, zshCompletion } from "./completion-script.js"

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion }

export const command: CliCommand = {
  declare: (completion) => completion.addArgument(new Argument("<SHELL>", "whose script to print").choices(Object.keys(SCRIPTS))),
  examples: [
    ['eval "$(troupe completion bash)"', "completion in this bash; put it into ~/.bashrc to keep it"],
    ['eval "$(troupe completion zsh)"', "the same in zsh, after compinit"],
  ],
  async run(call) {
    const script = SCRIPTS[call.args[0] as keyof typeof SCRIPTS]
    call.terminal.print(script(await call.words()))
    return undefined
  },
}
