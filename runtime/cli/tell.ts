// troupe tell NAME HANDLER [JSON]
// A tell has no answer, not even that there was nobody to hear it. So the node is asked first: is there such an actor, and has its
// kind such a handler?

import { setTimeout as delay } from "node:timers/promises"
import { NoHandlerError, NotDeliveredError, RemoteError, StoppingError } from "../errors.js"
import { actorName, type ActorName } from "../ids.js"
import { actorSubject } from "../wire/subject.js"
import { absence } from "./absence.js"
import type { Call } from "./call.js"
import { Client } from "./client.js"
import type { CliCommand } from "./command.js"
import { readJson } from "./json-input.js"
import { presenceOf } from "./presence.js"
import { rowsAt, textAt, type Fields } from "./reply-fields.js"
import { timeoutOf, timeoutOption } from "./timeout-option.js"
import { waitingFor } from "./waiting.js"

const RETRY_MS = 50

export const command: CliCommand = {
  declare: (tell) =>
    tell
      .argument("<NAME>", "the actor")
      .argument("<HANDLER>", "what to tell it")
      .argument("[JSON]", "the input: JSON, - for stdin, @FILE; none when left out")
      .addOption(timeoutOption("how long to wait until it is ready", "ask.timeoutMs in the configuration, 5s")),
  examples: [
    ["troupe tell counter increment", "prints nothing; the exit code says that it was sent"],
    [`troupe tell greeter greet '{"name": "Ada"}'`, "with input"],
  ],
  async run(call) {
    const [target, handler = "", given] = call.args
    const name = actorName(target)
    const json = given === undefined ? undefined : await readJson(given, call)
    await using client = await Client.connect(call)
    const subject = actorSubject(client.prefix, name, handler)
    const timeoutMs = timeoutOf(call, client.config.ask.timeoutMs)
    const ready = awaitRunning(client, { name, timeoutMs, signal: call.signal })
    const actor = await waitingFor(call.terminal, `waiting for ${name}`, ready)
    await checkHandler(client, { name, kind: textAt(actor, "kind"), handler, timeoutMs })
    client.nats.publish(subject, json === undefined ? undefined : Buffer.from(json))
    await client.nats.flush()
    return undefined
  },
}

/** The actor's row in the node's listing, once it runs. */
async function awaitRunning(
  client: Client,
  { name, timeoutMs, signal }: { name: ActorName; timeoutMs: number; signal: Call["signal"] },
): Promise<Fields> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const actors = rowsAt(await client.control("ps", {}, Math.max(1, deadline - performance.now())), "actors")
    const presence = presenceOf(name, actors)
    if (presence.type === "absent") throw await absence(client, name, presence.near)
    if (presence.type === "leaving") throw new StoppingError(name, presence.status)
    if (presence.status !== "starting" && presence.status !== "restarting") {
      return actors.find((actor) => actor["name"] === name) ?? {}
    }
    const leftMs = deadline - performance.now()
    if (leftMs < 1)
      throw new NotDeliveredError(name, `it is ${presence.status}, and was not ready within ${String(timeoutMs)} ms`)
    await delay(Math.min(RETRY_MS, leftMs), undefined, { signal }).catch(() => undefined)
  }
}

/** @throws {NoHandlerError} when the node knows the kind's handlers and this is none of them */
async function checkHandler(
  client: Client,
  { name, kind, handler, timeoutMs }: { name: ActorName; kind: string; handler: string; timeoutMs: number },
): Promise<void> {
  const reply = await client.control("describe", { kind }, timeoutMs).catch((error: unknown) => {
    // An actor may be of a kind that the node has no module of: one that another program made.
    if (error instanceof RemoteError && error.code === "ERR_NO_KIND") return undefined
    throw error
  })
  const described = rowsAt(reply ?? {}, "kinds").find((row) => row["kind"] === kind)
  if (described === undefined) return
  const handlers = rowsAt(described, "handlers").map((row) => textAt(row, "name"))
  if (!handlers.includes(handler)) throw new NoHandlerError(name, handler, handlers)
}
