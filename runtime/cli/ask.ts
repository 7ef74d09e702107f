// troupe ask NAME HANDLER [JSON]

import { setTimeout as delay } from "node:timers/promises"
import {
  NodeUnreachableError,
  NotDeliveredError,
  RemoteError,
  StoppingError,
  TimedOutError,
  UndecodableError,
} from "../errors.js"
import { actorName, type ActorName } from "../ids.js"
import { actorSubject, controlSubject } from "../wire/subject.js"
import { absence } from "./absence.js"
import type { Call } from "./call.js"
import { Client } from "./client.js"
import type { CliCommand } from "./command.js"
import { readJson } from "./json-input.js"
import { presenceOf, type Presence } from "./presence.js"
import { rowsAt } from "./reply-fields.js"
import { withoutControls } from "./terminal.js"
import { timeoutOf, timeoutOption } from "./timeout-option.js"
import { waitingFor } from "./waiting.js"

/** Between two looks at an actor that is starting. */
const RETRY_MS = 50
/** How long the node may take to say who is there. */
const LISTING_MS = 2000

export const command: CliCommand = {
  declare: (ask) =>
    ask
      .argument("<NAME>", "the actor")
      .argument("<HANDLER>", "what to ask it")
      .argument("[JSON]", "the input: JSON, - for stdin, @FILE; none when left out")
      .addOption(timeoutOption("how long to wait for the answer", "ask.timeoutMs in the configuration, 5s")),
  examples: [
    ["troupe ask counter increment", "without input"],
    [`troupe ask greeter greet '{"name": "Ada"}'`, "with input; the answer is JSON on stdout"],
    ["troupe ask word-count count - < question.json", "with input from a file, by stdin; @question.json does the same"],
    ["troupe ask reflections merged @job.json --timeout 2m", "with two minutes for the answer"],
  ],
  async run(call) {
    const [target, handler = "", given] = call.args
    const name = actorName(target)
    const json = given === undefined ? undefined : await readJson(given, call)
    await using client = await Client.connect(call)
    const timeoutMs = timeoutOf(call, client.config.ask.timeoutMs)
    const asked = ask(client, { name, handler, json, timeoutMs, signal: call.signal })
    call.terminal.print(withoutControls(await waitingFor(call.terminal, `waiting for ${name}.${handler}`, asked)))
    return undefined
  },
}

interface Asking {
  readonly name: ActorName
  readonly handler: string
  readonly json: string | undefined
  readonly timeoutMs: number
  readonly signal: Call["signal"]
}

/** The answer as JSON text, exactly as it came. */
async function ask(client: Client, { name, handler, json, timeoutMs, signal }: Asking): Promise<string> {
  const subject = actorSubject(client.prefix, name, handler)
  const deadline = performance.now() + timeoutMs
  let last: Presence | undefined
  for (;;) {
    const leftMs = deadline - performance.now()
    if (leftMs < 1 && last?.type === "coming")
      throw new NotDeliveredError(name, `it is ${last.status}, and was not ready within ${String(timeoutMs)} ms`)
    const reply = await client.request(subject, { json, timeoutMs: Math.max(1, leftMs) })
    switch (reply.type) {
      case "answered":
        return answerText(reply.body, `${name}.${handler}`)
      case "refused":
        throw new RemoteError("actor", reply)
      case "timed-out":
        throw new TimedOutError(`${name}.${handler}`, timeoutMs)
      case "no-responders":
        last = await awaitable(client, name)
        await delay(Math.min(RETRY_MS, Math.max(0, deadline - performance.now())), undefined, { signal }).catch(() => undefined)
    }
  }
}

/**
 * Returns when it makes sense to try an actor again that nobody listens for.
 * @throws {NodeUnreachableError} {@link NoActorError} {@link StoppingError} when it makes none
 */
export async function awaitable(client: Client, name: ActorName): Promise<Presence> {
  const reply = await client.request(controlSubject(client.prefix, "ps"), { json: "{}", timeoutMs: LISTING_MS })
  if (reply.type !== "answered") {
    throw new NodeUnreachableError(client.prefix, reply.type === "refused" ? new RemoteError("node", reply) : undefined)
  }
  const presence = presenceOf(name, rowsAt(recordOf(reply.body), "actors"))
  switch (presence.type) {
    case "coming":
      return presence
    case "leaving":
      throw new StoppingError(name, presence.status)
    case "absent":
      throw await absence(client, name, presence.near)
  }
}

function recordOf(body: Uint8Array): Record<string, unknown> {
  try {
    return (JSON.parse(Buffer.from(body).toString("utf8")) ?? {}) as Record<string, unknown>
  } catch {
    return {}
  }
}

// The text itself is passed on, so that a number beyond what JavaScript holds stays what it was.
function answerText(body: Uint8Array, what: string): string {
  if (body.length === 0) return "null"
  const text = Buffer.from(body).toString("utf8").trim()
  try {
    const value: unknown = JSON.parse(text)
    return /[\r\n]/.test(text) ? JSON.stringify(value) : text
  } catch (cause) {
    const { message } = new UndecodableError("JSON", `${what} answered with something else`, cause)
    throw new RemoteError("actor", { code: "ERR_UNDECODABLE", message, data: {} })
  }
}
