// troupe spawn KIND

import { InvalidArgumentError, Option } from "commander"
import { actorName } from "../ids.js"
import { Client } from "./client.js"
import type { CliCommand } from "./command.js"
import { parseDuration } from "./duration.js"
import { readJson } from "./json-input.js"
import { textAt } from "./reply-fields.js"
import { shownExecution } from "./actor-row.js"
import { startMs, timeoutOption } from "./timeout-option.js"
import { waitingFor } from "./waiting.js"

const SLACK_MS = 2000

interface SpawnFlags {
  readonly name?: string
  readonly placement?: string
  readonly args?: string
  readonly restart?: string
  readonly timeout?: number
  readonly memory?: number
  readonly unresponsive?: number
  readonly onUnresponsive?: string
}

/** The node checks how much it takes at least. */
function parseMemory(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError("expected a whole number of MiB")
}

export const command: CliCommand = {
  declare: (spawn) =>
    spawn
      .argument("<KIND>", 'the kind of actor; "troupe describe" lists them')
      .option("-n, --name <name>", "what it is asked by (default: one is made up)")
      .addOption(
        new Option("-p, --placement <placement>", "where it runs (default: inline)").choices(["inline", "thread", "process"]),
      )
      .option("-a, --args <json>", "what its constructor is given: JSON, - for stdin, @FILE")
      .addOption(
        new Option("-r, --restart <when>", "when it is started again (default: permanent)").choices([
          "permanent",
          "transient",
          "temporary",
        ]),
      )
      .addOption(
        new Option(
          "--memory <mb>",
          "how much its heap may hold, in MiB; threads and processes only (default: Node.js's own limit)",
        ).argParser(parseMemory),
      )
      .addOption(
        new Option(
          "--unresponsive <time>",
          "how long it may give no sign of life; threads and processes only (default: 10s)",
        ).argParser(parseDuration),
      )
      .addOption(
        new Option("--on-unresponsive <what>", "what follows then (default: report)").choices(["report", "restart", "kill"]),
      )
      .addOption(timeoutOption("how long it may take until it is ready", "node.startTimeoutMs in the configuration, 10s")),
  examples: [
    ["troupe spawn counter --name hits", "a counter called hits, inline"],
    ["troupe spawn reflections --name salt --placement process", "one in an operating-system process of its own"],
    [`troupe spawn clock --name slow --args '{"everyMs": 5000}' --restart temporary`, "with arguments, and not restarted"],
  ],
  async run(call) {
    const { name, placement, args, restart, timeout, memory, unresponsive, onUnresponsive } = call.options as SpawnFlags
    const body = {
      kind: actorName(call.args[0]),
      ...(name === undefined ? {} : { name: actorName(name) }),
      ...(placement === undefined ? {} : { placement }),
      ...(args === undefined ? {} : { args: JSON.parse(await readJson(args, call)) as unknown }),
      ...(restart === undefined ? {} : { restart }),
      ...(timeout === undefined ? {} : { startTimeoutMs: timeout }),
      ...(memory === undefined ? {} : { memoryMb: memory }),
      ...(unresponsive === undefined ? {} : { unresponsiveMs: unresponsive }),
      ...(onUnresponsive === undefined ? {} : { onUnresponsive }),
    }
    await using client = await Client.connect(call)
    // So that the node's own words about a late start arrive first.
    const spawned = client.control("spawn", body, (timeout ?? startMs(client.config)) + SLACK_MS)
    const reply = await waitingFor(call.terminal, `starting ${name ?? body.kind}`, spawned)
    call.terminal.show(reply, (started, colors) => {
      return `${colors.bold(textAt(started, "name"))} is running (${textAt(started, "kind")}, ${textAt(started, "placement")}, pid ${shownExecution(started)})`
    })
    return undefined
  },
}
