// What stop, drain and kill have in common: the node climbs down the death ladder and says which rung worked.

import type { Call } from "./call.js"
import { Client } from "./client.js"
import type { ClientConfig } from "./client-config.js"
import type { CliCommand, Example } from "./command.js"
import { shownDuration } from "./duration.js"
import { numberAt, reasonAt, textAt, type Fields } from "./reply-fields.js"
import type { Colors } from "./terminal.js"
import { targetOf } from "./target.js"
import { timeoutOption } from "./timeout-option.js"
import { waitingFor } from "./waiting.js"

/** The rungs on which an end may begin. */
export type FirstRung = "drain" | "stop" | "kill"

const RUNGS = ["drainMs", "stopMs", "cancelMs", "killMs"] as const
const BEGIN = { drain: 0, stop: 1, kill: 3 } as const
/** For the node to tell, and for its processes to be verified gone. */
const SLACK_MS = 2000

/** How long an end may take when every rung takes all its time, in milliseconds. */
export function ladderMs(first: FirstRung, shutdown: ClientConfig["shutdown"], firstRungMs?: number): number {
  const [begin = "killMs", ...below] = RUNGS.slice(BEGIN[first])
  return below.reduce((sum, rung) => sum + shutdown[rung], firstRungMs ?? shutdown[begin]) + SLACK_MS
}

/** A command that ends the actor of a name. */
export function endingCommand(first: FirstRung, examples: readonly Example[]): CliCommand {
  return {
    declare: (command) =>
      command
        .argument("<NAME>", "the actor")
        .addOption(timeoutOption(`how long ${WHAT[first]} before harder means are used`, "shutdown in the configuration")),
    examples,
    run: (call) => end(first, call),
  }
}

const WHAT = {
  drain: "it may take for its messages",
  stop: "it may take for its message and onStop",
  kill: "its host may take",
}

async function end(first: FirstRung, call: Call): Promise<undefined> {
  const name = targetOf(call.args[0])
  const timeoutMs = call.options["timeout"] as number | undefined
  await using client = await Client.connect(call)
  const body = { name, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
  const ended = client.commandActor(first, body, ladderMs(first, client.config.shutdown, timeoutMs))
  call.terminal.show(await waitingFor(call.terminal, `${first}: ${name}`, ended), renderEnd)
  return undefined
}

/** `counter ended by stop after 12ms: shutdown`. */
export function renderEnd(reply: Fields, colors: Colors): string {
  const took = shownDuration(numberAt(reply, "tookMs"))
  return `${colors.bold(textAt(reply, "name"))} ended by ${textAt(reply, "rung")} after ${took}: ${reasonAt(reply, "reason")}`
}
