// troupe tree

import { shownExecution, shownName, shownProgram, shownStatus } from "./actor-row.js"
import { Client } from "./client.js"
import type { CliCommand } from "./command.js"
import { shownDuration } from "./duration.js"
import { isRecord, numberAt, reasonAt, recordAt, rowsAt, textAt, type Fields } from "./reply-fields.js"
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
  const facts = [textAt(row, "kind"), textAt(row, "placement"), executionFact(row)]
  const supervises = recordAt(row, "supervises")
  const left = numberAt(supervises, "restartsLeft")
  if (typeof supervises["strategy"] === "string") facts.push(supervises["strategy"], `${times(left, "restart")} left`)
  const restarts = numberAt(row, "restarts")
  if (restarts > 0) facts.push(times(restarts, "restart"))
  if (isRecord(row["lastExit"])) facts.push(`last exit ${reasonAt(row, "lastExit")}`)
  const retry = row["retryInMs"] === undefined ? "" : ` (next try in ${shownDuration(numberAt(row, "retryInMs"))})`
  const status = `${shownStatus(textAt(row, "status"), colors)}${retry}`
  return `${colors.bold(calledName(row))} ${status} ${colors.dim(`(${facts.join(", ")})`)}`
}

/** Its name; of one without, what its supervisor calls it, and its id. */
function calledName(row: Fields): string {
  const { specId } = row
  const name = shownName(row)
  return typeof specId === "string" && name === textAt(row, "id") ? `${specId} ${name}` : name
}

function executionFact(row: Fields): string {
  const execution = shownExecution(row)
  return execution.includes("/") ? `thread ${execution}` : `pid ${execution}`
}

function times(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? "" : "s"}`
}
