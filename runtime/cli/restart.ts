// troupe restart NAME

import { Client } from "./client.js"
import { ladderMs } from "./ending.js"
import type { CliCommand } from "./command.js"
import { textAt } from "./reply-fields.js"
import { targetOf } from "./target.js"
import { startMs, timeoutOf, timeoutOption } from "./timeout-option.js"
import { waitingFor } from "./waiting.js"

export const command: CliCommand = {
  declare: (restart) =>
    restart
      .argument("<NAME>", "the actor")
      .addOption(timeoutOption("how long to wait for the new one", "node.startTimeoutMs in the configuration, 10s")),
  examples: [["troupe restart counter", "stops it and starts it afresh, under the same name"]],
  async run(call) {
    const name = targetOf(call.args[0])
    await using client = await Client.connect(call)
    const timeoutMs = ladderMs("stop", client.config.shutdown) + timeoutOf(call, startMs(client.config))
    const reply = await waitingFor(call.terminal, `restarting ${name}`, client.commandActor("restart", { name }, timeoutMs))
    call.terminal.show(reply, (restarted, colors) => {
      return `${colors.bold(textAt(restarted, "name"))} is running again (restarts: ${textAt(restarted, "restarts")})`
    })
    return undefined
  },
}
