// troupe why NAME

import { Client } from "./client.js"
import type { CliCommand } from "./command.js"
import { isRecord, reasonAt, recordAt, rowsAt, textAt, type Fields } from "./reply-fields.js"
import { oneLine, type Colors } from "./terminal.js"
import { targetOf } from "./target.js"
import { LISTING_MS, timeoutOf, timeoutOption } from "./timeout-option.js"

export const command: CliCommand = {
  declare: (why) => why.argument("<NAME>", "the actor").addOption(timeoutOption("how long to wait for the node", LISTING_MS)),
  examples: [
    ["troupe why reflections", "each of its deaths: cause, how that is known, last message, stack"],
    ["troupe why reflections --json | jq '.deaths[-1].reason'", "the last one's reason"],
  ],
  async run(call) {
    const name = targetOf(call.args[0])
    await using client = await Client.connect(call)
    call.terminal.show(await client.commandActor("why", { name }, timeoutOf(call, LISTING_MS)), renderDeaths)
    return undefined
  },
}

/** One paragraph for each death, and one for an orderly end that was the last. */
export function renderDeaths(reply: Fields, colors: Colors): string {
  const deaths = rowsAt(reply, "deaths").map((death) => renderDeath(death, colors))
  const name = textAt(reply, "name")
  if (isRecord(reply["ended"]))
    return [...deaths, `${name} ended in order at ${timeOf(reply["ended"])}: ${reasonAt(reply["ended"], "reason")}`].join("\n\n")
  if (deaths.length > 0) return deaths.join("\n\n")
  const restarts = reply["restarts"]
  const again =
    typeof restarts === "number" && restarts > 0 ? `; it was started again on request (restarts: ${String(restarts)})` : ""
  return `${name} has not died${again}`
}

function renderDeath(death: Fields, colors: Colors): string {
  const known = textAt(recordAt(death, "reason"), "known")
  const { lastMessage, stack } = death
  const lines = [
    `${timeOf(death)}  incarnation ${textAt(death, "incarnation")}  ${colors.red(reasonAt(death, "reason"))}`,
    `  known by      ${known}`,
  ]
  if (lastMessage !== undefined && lastMessage !== null) lines.push(`  last message  ${shownMessage(lastMessage)}`)
  if (typeof stack === "string") lines.push(...stack.split("\n").map((line) => colors.dim(`    ${oneLine(line.trim())}`)))
  return lines.join("\n")
}

function timeOf(record: Fields): string {
  const { at } = record
  return typeof at === "number" && Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : textAt(record, "at")
}

function shownMessage(message: unknown): string {
  return oneLine(typeof message === "string" ? message : JSON.stringify(message))
}
