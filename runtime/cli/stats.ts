// troupe stats

import { Client } from "./client.js"
import type { CliCommand } from "./command.js"
import { withoutControls } from "./terminal.js"
import { LISTING_MS, timeoutOf, timeoutOption } from "./timeout-option.js"

export const command: CliCommand = {
  declare: (stats) => stats.addOption(timeoutOption("how long to wait for the node", LISTING_MS)),
  examples: [
    ["troupe stats", "the node's counters"],
    ["troupe stats --json", "the same on one line"],
  ],
  async run(call) {
    await using client = await Client.connect(call)
    const reply = await client.control("stats", {}, timeoutOf(call, LISTING_MS))
    call.terminal.show(reply, (stats) => withoutControls(JSON.stringify(stats, null, 2)))
    return undefined
  },
}
