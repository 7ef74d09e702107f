// troupe __complete names | kinds | handlers NAME | examples
// For the completion scripts: one word a line, and silence whatever goes wrong, because nobody wants errors while typing.

import { Argument } from "commander"
import type { Call } from "./call.js"
import { Client } from "./client.js"
import type { CliCommand } from "./command.js"
import { openExamples } from "./example-door.js"
import { rowsAt, textAt } from "./reply-fields.js"

const PATIENCE_MS = 1000

export const command: CliCommand = {
  declare: (complete) =>
    complete
      .addArgument(new Argument("<WHAT>", "what to list").choices(["names", "kinds", "handlers", "examples"]))
      .argument("[NAME]", "whose handlers"),
  examples: [["troupe __complete names", "the names of all actors"]],
  async run(call) {
    try {
      const words = await wordsFor(call)
      if (words.length > 0) call.terminal.print(words.join("\n"))
    } catch {
      // Nothing to offer.
    }
    return undefined
  },
}

async function wordsFor(call: Call): Promise<readonly string[]> {
  const [what, name] = call.args
  if (what === "examples") return (await openExamples()).EXAMPLES.map((example) => example.name)
  await using client = await Client.connect(call)
  if (what === "kinds") return textsOf(await client.control("describe", {}, PATIENCE_MS), "kinds", "kind")
  const listing = await client.control("ps", {}, PATIENCE_MS)
  if (what === "names") return textsOf(listing, "actors", "name")
  const actor = rowsAt(listing, "actors").find((row) => row["name"] === name)
  if (actor === undefined) return []
  const described = await client.control("describe", { kind: textAt(actor, "kind") }, PATIENCE_MS)
  return rowsAt(described, "kinds").flatMap((kind) => textsOf(kind, "handlers", "name"))
}

function textsOf(reply: Readonly<Record<string, unknown>>, list: string, key: string): readonly string[] {
  return rowsAt(reply, list)
    .map((row) => textAt(row, key))
    .filter((text) => text !== "-")
}
