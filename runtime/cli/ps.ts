// troupe ps

import { actorColumns } from "./actor-row.js"
import { Client } from "./client.js"
import type { CliCommand } from "./command.js"
import { LISTING_MS, timeoutOf, timeoutOption } from "./timeout-option.js"
import { rowsAt, type Fields } from "./reply-fields.js"
import { renderTable } from "./table.js"
import type { Colors } from "./terminal.js"

export const command: CliCommand = {
  declare: (ps) => ps.addOption(timeoutOption("how long to wait for the node", LISTING_MS)),
  examples: [
    ["troupe ps", "every actor, its status and where it runs"],
    ["troupe ps --json | jq '.actors[] | {name, books}'", "the same as JSON, counters included"],
  ],
  async run(call) {
    await using client = await Client.connect(call)
    call.terminal.show(await client.control("ps", {}, timeoutOf(call, LISTING_MS)), renderActors)
    return undefined
  },
}

function renderActors(reply: Fields, colors: Colors): string {
  const rows = rowsAt(reply, "actors")
  return rows.length === 0
    ? 'no actors; "troupe spawn KIND --name NAME" starts one'
    : renderTable(actorColumns(colors), rows, colors)
}
