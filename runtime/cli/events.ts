// troupe events [TOPIC]

import { InvalidArgumentError } from "commander"
import { BusUnreachableError, UndecodableError } from "../errors.js"
import type { NatsMessage } from "../transport/nats-client.js"
import type { Codec } from "../wire/codec.js"
import { eventSubjects, topicPattern } from "../wire/subject.js"
import type { Call } from "./call.js"
import { Client } from "./client.js"
import type { CliCommand } from "./command.js"
import { failureLine, failureOf } from "./failure.js"
import { withoutControls, type Terminal } from "./terminal.js"

/** How long the bus may be away, for a restart of it, before listening on makes no sense. */
const LONGEST_OUTAGE_MS = 10_000
const MSGPACK = "application/msgpack"

export const command: CliCommand = {
  declare: (events) =>
    events
      .argument("[TOPIC]", "the topic; * stands for one word of it, > for the rest (default: all)")
      .option("-c, --count <n>", "end after that many", parseCount),
  examples: [
    ["troupe events", "every event, one line of JSON each, until Ctrl-C"],
    ["troupe events 'actor.>'", "who started, crashed, was restarted, stopped"],
    ["troupe events clock.tick --count 3", "three ticks, then it ends"],
    ["troupe events | jq 'select(.topic | endswith(\".crashed\"))'", "crashes alone"],
  ],
  async run(call) {
    const pattern = topicPattern(call.args[0] ?? ">")
    await using client = await Client.connect(call)
    const base = eventSubjects(client.prefix, topicPattern(">")).slice(0, -1)
    const codecs = await loadCodecs()
    await listen(call, { client, subject: base + pattern, render: (message) => eventLine(message, base, codecs) })
    return undefined
  },
}

function parseCount(text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && Number.isSafeInteger(count)) return count
  throw new InvalidArgumentError("expected a whole number, 1 or more")
}

interface Listening {
  readonly client: Client
  readonly subject: string
  readonly render: (message: NatsMessage) => string
}

/** Prints until enough came, or until interrupted: that is how listening ends, not a failure. */
async function listen({ options, terminal, signal }: Call, { client, subject, render }: Listening): Promise<void> {
  let left = (options["count"] as number | undefined) ?? Infinity
  const { promise: done, resolve: end, reject: fail } = withResolvers()
  signal.addEventListener("abort", () => end())
  if (signal.aborted) return
  const unsubscribe = client.nats.subscribe(subject, (message) => {
    if (left <= 0) return
    try {
      terminal.print(render(message))
      left -= 1
    } catch (error) {
      terminal.complain(failureLine(failureOf(error), terminal.errorColors))
    }
    if (left <= 0) end()
  })
  const unwatch = watchBus(client, terminal, fail)
  try {
    await client.nats.flush()
    terminal.remark(`listening to ${subject}; Ctrl-C ends it`)
    await done
  } finally {
    unwatch()
    unsubscribe()
  }
}

/** Tells of an outage, and gives up when it lasts. */
function watchBus({ nats }: Client, terminal: Terminal, giveUp: (error: Error) => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const unwatch = nats.connection.onStatus(({ type }) => {
    if (type === "disconnected") {
      terminal.remark("the bus is away; what is published meanwhile is not seen")
      timer ??= setTimeout(() => {
        giveUp(new BusUnreachableError(nats.connection.url, new Error(`away for ${String(LONGEST_OUTAGE_MS / 1000)} seconds`)))
      }, LONGEST_OUTAGE_MS)
    } else if (type === "connected") {
      terminal.remark("the bus is back")
      clearTimeout(timer)
      timer = undefined
    }
  })
  return () => {
    clearTimeout(timer)
    unwatch()
  }
}

interface Codecs {
  readonly json: Codec
  readonly msgpack: Codec
}

async function loadCodecs(): Promise<Codecs> {
  const [{ JsonCodec }, { MsgpackCodec }] = await Promise.all([
    import("../wire/json-codec.js"),
    import("../wire/msgpack-codec.js"),
  ])
  return { json: new JsonCodec(), msgpack: new MsgpackCodec() }
}

/** `{"at":…,"topic":…,"data":…}`. @throws {UndecodableError} when the event's bytes are not what they are said to be */
function eventLine({ subject, body, contentType }: NatsMessage, base: string, { json, msgpack }: Codecs): string {
  const topic = subject.slice(base.length)
  const at = new Date().toISOString()
  try {
    const data = contentType === MSGPACK ? msgpack.decode(body) : json.decode(body)
    return withoutControls(Buffer.from(json.encode({ at, topic, data: data ?? null })).toString("utf8"))
  } catch (cause) {
    throw new UndecodableError(contentType === MSGPACK ? "msgpack" : "JSON", `the event ${topic} cannot be shown`, cause)
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve = (): void => undefined
  let reject = (_: Error): void => undefined
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  // It may be refused before anybody awaits it.
  promise.catch(() => undefined)
  return { promise, resolve, reject }
}
