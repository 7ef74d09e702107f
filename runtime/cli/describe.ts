// troupe describe [KIND]

import { Client } from "./client.js"
import type { CliCommand } from "./command.js"
import { recordAt, rowsAt, textAt, type Fields } from "./reply-fields.js"
import type { Colors } from "./terminal.js"
import { actorName } from "../ids.js"
import { LISTING_MS, timeoutOf, timeoutOption } from "./timeout-option.js"

export const command: CliCommand = {
  declare: (describe) =>
    describe
      .argument("[KIND]", "the kind to show; all of them when left out")
      .addOption(timeoutOption("how long to wait for the node", LISTING_MS)),
  examples: [
    ["troupe describe", "every kind, and the modules that could not be used"],
    ["troupe describe counter", "its handlers, its mailbox, its file"],
  ],
  async run(call) {
    const [kind] = call.args
    const body = kind === undefined ? {} : { kind: actorName(kind) }
    await using client = await Client.connect(call)
    call.terminal.show(await client.control("describe", body, timeoutOf(call, LISTING_MS)), renderKinds)
    return undefined
  },
}

/** Each kind with its handlers, then the modules that could not be used. */
export function renderKinds(reply: Fields, colors: Colors): string {
  const kinds = rowsAt(reply, "kinds").map((kind) => renderKind(kind, colors))
  const problems = rowsAt(reply, "problems").map((problem) => {
    return `${colors.red("unusable")} ${textAt(problem, "file")}: ${textAt(problem, "message")}`
  })
  const blocks = [...kinds, ...(problems.length === 0 ? [] : [problems.join("\n")])]
  return blocks.length === 0 ? "no kinds; an actor class in actors/ with @actor({ kind }) makes one" : blocks.join("\n\n")
}

function renderKind(kind: Fields, colors: Colors): string {
  const { capacity, overflow } = {
    capacity: textAt(recordAt(kind, "mailbox"), "capacity"),
    overflow: textAt(recordAt(kind, "mailbox"), "overflow"),
  }
  const description = textAt(kind, "description")
  const handlers = rowsAt(kind, "handlers").map((handler) => {
    const notes = [handler["schema"] === true ? "input checked" : "", handler["reentrant"] === true ? "reentrant" : ""]
    const shown = notes.filter((note) => note !== "").join(", ")
    return `${textAt(handler, "name")}${shown === "" ? "" : colors.dim(` (${shown})`)}`
  })
  return [
    `${colors.bold(textAt(kind, "kind"))}${description === "-" ? "" : `  ${description}`}`,
    `  handlers  ${handlers.join(", ") || "none"}`,
    `  mailbox   ${capacity} messages, then ${overflow}`,
    `  module    ${textAt(kind, "module")}`,
  ].join("\n")
}
