// troupe tree

import { shownExecution, shownName, shownProgram, shownStatus } from "./actor-row.js"
import { Client } from "./client.js"
import type { CliCommand } from "./command.js"
import { rowsAt, textAt, type Fields } from "./reply-fields.js"
import type { Colors } from "./terminal.js"
import { LISTING_MS, timeoutOf, timeoutOption } from "./timeout-option.js"

export const command: CliCommand = {
  declare: (tree) => tree.addOption(timeoutOption("how long to wait for the node", LISTING_MS)),
  examples: [
    ["troupe tree", "each actor below the one that supervises it"],
    ["troupe tree --json", "the same as JSON"],
  ],
  async run(call) {
    await using client = await Client.connect(call)
    call.terminal.show(await client.control("tree", {}, timeoutOf(call, LISTING_MS)), renderTree)
    return undefined
  },
}

/** The program, and below it each actor under its parent. */
export function renderTree(reply: Fields, colors: Colors): string {
  return [shownProgram(reply, colors), ...branches(reply, "", colors)].join("\n")
}

function branches(node: Fields, indent: string, colors: Colors): string[] {
  const children = rowsAt(node, "children")
  return children.flatMap((child, index) => {
    const isLast = index === children.length - 1
    const line = `${indent}${colors.dim(isLast ? "└─" : "├─")} ${shownActor(child, colors)}`
    return [line, ...branches(child, `${indent}${isLast ? "  " : colors.dim("│ ")} `, colors)]
  })
}

function shownActor(row: Fields, colors: Colors): string {
  const facts = [textAt(row, "kind"), textAt(row, "placement"), `pid ${shownExecution(row)}`]
  const restarts = textAt(row, "restarts")
  if (restarts !== "0" && restarts !== "-") facts.push(`${restarts} ${restarts === "1" ? "restart" : "restarts"}`)
  return `${colors.bold(shownName(row))} ${shownStatus(textAt(row, "status"), colors)} ${colors.dim(`(${facts.join(", ")})`)}`
}
