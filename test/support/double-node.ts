// A stand-in for the node, as the bus sees it: answers commands and plays actors, each as a test says.

import { headers, type Msg } from "nats"
import type { BusConnection } from "../../runtime/bus/bus-connection.js"

/** Answers a command or an ask: with a value, with an error (`Refusal`), or never (`SILENCE`). */
export type Answerer = (body: unknown, message: Msg) => unknown

/** Never answers. */
export const SILENCE = Symbol("silence")

export class Refusal {
  readonly body: { readonly code: string; readonly message: string }
  constructor(code: string, message: string, data: Record<string, unknown> = {}) {
    this.body = { code, message, ...data }
  }
}

/** Bytes as they are, with or without a content type. */
export class RawAnswer {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export interface Seen {
  readonly subject: string
  readonly body: unknown
  readonly timeoutHeader: string
  readonly replies: boolean
}

export class DoubleNode {
  /** Every message that came, in order. */
  readonly seen: Seen[] = []
  readonly #connection: BusConnection
  readonly #prefix: string

  constructor(connection: BusConnection, prefix = "troupe") {
    this.#connection = connection
    this.#prefix = prefix
  }

  /** Answers commands; one that is not given is unknown. */
  commands(answers: Readonly<Record<string, Answerer>>): () => void {
    return this.#serve("_ctl", answers)
  }

  /** Plays an actor; a handler that is not given is refused as the runtime does. */
  actor(name: string, handlers: Readonly<Record<string, Answerer>>): () => void {
    return this.#serve(name, handlers)
  }

  publish(topic: string, data: string | Uint8Array, contentType?: string): void {
    const head = headers()
    if (contentType !== undefined) head.set("Content-Type", contentType)
    this.#connection.raw.publish(`${this.#prefix}._evt.${topic}`, data, contentType === undefined ? {} : { headers: head })
  }

  /** Settles when the server knows of what was set up. */
  async ready(): Promise<void> {
    await this.#connection.flush()
  }

  #serve(token: string, answers: Readonly<Record<string, Answerer>>): () => void {
    const subscription = this.#connection.raw.subscribe(`${this.#prefix}.${token}.*`, {
      callback: (_, message) => this.#answer(token, message, answers),
    })
    return () => subscription.unsubscribe()
  }

  #answer(token: string, message: Msg, answers: Readonly<Record<string, Answerer>>): void {
    const handler = message.subject.split(".").at(-1) ?? ""
    const body = message.data.length === 0 ? undefined : (JSON.parse(Buffer.from(message.data).toString("utf8")) as unknown)
    this.seen.push({
      subject: message.subject,
      body,
      timeoutHeader: message.headers?.get("Troupe-Timeout-Ms") ?? "",
      replies: message.reply !== undefined && message.reply !== "",
    })
    const refusal = new Refusal(
      "ERR_NO_HANDLER",
      `${token} has no handler '${handler}'; it has: ${Object.keys(answers).join(", ")}`,
    )
    const answer = answers[handler] === undefined ? refusal : answers[handler](body, message)
    if (answer === SILENCE) return
    if (answer instanceof Refusal) {
      const head = headers()
      // A header is one line.
      head.set("Nats-Service-Error", answer.body.message.replaceAll(/\s+/g, " "))
      head.set("Nats-Service-Error-Code", answer.body.code)
      message.respond(Buffer.from(JSON.stringify(answer.body)), { headers: head })
    } else if (answer instanceof RawAnswer) message.respond(Buffer.from(answer.text))
    else message.respond(Buffer.from(JSON.stringify(answer ?? null)))
  }
}

/** One row of `ps`, as the node gives it. */
export function psRow(name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  const books = { sent: 7, handled: 5, failed: 1, expired: 0, dropped: 0, deadLettered: 0, lost: 0, inFlight: 1 }
  return {
    ...{
      name,
      id: `n1abc:${name.length.toString(36)}`,
      kind: "counter",
      placement: "inline",
      status: "running",
      pid: 4711,
      threadId: 0,
    },
    ...{ restarts: 0, restartsLeft: 3, uptimeMs: 61_000, inFlight: 1, books },
    ...more,
  }
}

export const PROGRAM = { name: "node", host: "n1abc", pid: 4711, uptimeMs: 61_000, prefix: "troupe" }
