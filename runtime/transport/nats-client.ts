// NatsClient — requests, publications and subscriptions for a program that is no host: the command line, a test, a probe.
// Owns what a reply means. Connecting and reconnecting belong to bus/.
// C1  request() always settles within its time, whatever becomes of the bus, and never rejects for what the other side does.
// C2  A receiver that throws ends nothing: nats.js would stop reading for good.

import { headers as natsHeaders, type Msg, type MsgHdrs } from "nats"
import type { BusConnection } from "../bus/bus-connection.js"
import { BadOptionError, codeOf, TooLargeError } from "../errors.js"
import { CONTENT_TYPE, headerOf, isMsgpack, MSGPACK } from "./nats-header.js"

/** What became of a request. */
export type NatsReply =
  | { readonly type: "answered"; readonly body: Uint8Array; readonly contentType: string }
  /** An error reply: the headers of a NATS micro service's error, and what its body says. */
  | { readonly type: "refused"; readonly code: string; readonly message: string; readonly data: Record<string, unknown> }
  /** Nobody is subscribed to the subject. */
  | { readonly type: "no-responders" }
  | { readonly type: "timed-out" }
  /** The connection broke while the reply was awaited. */
  | { readonly type: "bus-lost" }
  | { readonly type: "cancelled" }

export interface NatsRequest {
  /** How long to wait for the reply, in milliseconds. */
  readonly timeoutMs: number
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
}

/** A message that came by subscription. */
export interface NatsMessage {
  readonly subject: string
  readonly body: Uint8Array
  /** Empty when it does not say. */
  readonly contentType: string
}

const NO_BYTES = new Uint8Array()

export class NatsClient {
  readonly connection: BusConnection

  constructor(connection: BusConnection) {
    this.connection = connection
  }

  /**
   * Asks, and waits for the one reply.
   * @param body default no bytes
   * @throws {TooLargeError} when the body is larger than the bus carries
   * @throws {BadOptionError} when the subject is none
   */
  async request(subject: string, body: Uint8Array = NO_BYTES, options: NatsRequest): Promise<NatsReply> {
    const { timeoutMs, signal } = options
    if (signal?.aborted === true) return { type: "cancelled" }
    const leaving = new AbortController()
    const interrupted = new Promise<NatsReply>((resolve) => {
      signal?.addEventListener("abort", () => resolve({ type: "cancelled" }), { signal: leaving.signal })
      const stop = this.connection.onStatus(({ type }) => {
        if (type === "disconnected" || type === "closed") resolve({ type: "bus-lost" })
      })
      leaving.signal.addEventListener("abort", stop)
    })
    try {
      const { raw } = this.connection
      const reply = raw.request(subject, body, { timeout: timeoutMs, ...messageHeaders(options.headers) }).then(readReply)
      reply.catch(() => undefined)
      return await Promise.race([reply, interrupted])
    } catch (error) {
      return this.#outcomeOf(error, { subject, size: body.length })
    } finally {
      leaving.abort()
    }
  }

  /**
   * Publishes; flush() says when the server has it.
   * @throws {TooLargeError} when the body is larger than the bus carries
   * @throws {BadOptionError} when the subject is none
   */
  publish(subject: string, body: Uint8Array = NO_BYTES, headers?: Readonly<Record<string, string>>): void {
    try {
      this.connection.raw.publish(subject, body, messageHeaders(headers))
    } catch (error) {
      throw this.#refusalOf(error, { subject, size: body.length })
    }
  }

  /** Listens to a subject, which may hold wildcards. @returns a function that ends it */
  subscribe(subject: string, receive: (message: NatsMessage) => void): () => void {
    const subscription = this.connection.raw.subscribe(subject, {
      callback: (error, message) => {
        if (error !== null) return
        try {
          receive({ subject: message.subject, body: message.data, contentType: contentTypeOf(message) })
        } catch (thrown) {
          queueMicrotask(() => {
            throw thrown
          })
        }
      },
    })
    return () => subscription.unsubscribe()
  }

  /** Settles when the server has everything sent before. @throws {BusUnreachableError} */
  async flush(timeoutMs?: number): Promise<void> {
    await this.connection.flush(timeoutMs)
  }

  async close(): Promise<void> {
    await this.connection.close()
  }

  #outcomeOf(error: unknown, sent: { subject: string; size: number }): NatsReply {
    switch (codeOf(error)) {
      case "503":
        return { type: "no-responders" }
      case "TIMEOUT":
        return { type: "timed-out" }
      case "CONNECTION_CLOSED":
      case "CONNECTION_DRAINING":
      case "DISCONNECT":
        return { type: "bus-lost" }
      default:
        throw this.#refusalOf(error, sent)
    }
  }

  #refusalOf(error: unknown, { subject, size }: { subject: string; size: number }): unknown {
    switch (codeOf(error)) {
      case "MAX_PAYLOAD_EXCEEDED":
        return new TooLargeError(subject, size, this.connection.maxPayload)
      case "BAD_SUBJECT":
        return new BadOptionError("subject", "a NATS subject without wildcards", subject)
      default:
        return error
    }
  }
}

function messageHeaders(fields: Readonly<Record<string, string>> | undefined): { headers?: MsgHdrs } {
  if (fields === undefined) return {}
  const headers = natsHeaders()
  for (const [name, value] of Object.entries(fields)) headers.set(name, value)
  return { headers }
}

function readReply(reply: Msg): NatsReply {
  const { data } = reply
  const code = headerOf(reply, "Nats-Service-Error-Code") ?? ""
  const summary = headerOf(reply, "Nats-Service-Error") ?? ""
  if (code === "" && summary === "") return { type: "answered", body: data, contentType: contentTypeOf(reply) }
  const { code: bodyCode, message, ...rest } = readFields(data)
  return {
    type: "refused",
    code: typeof bodyCode === "string" && bodyCode !== "" ? bodyCode : code === "" ? "ERR_UNKNOWN" : code,
    message: typeof message === "string" && message !== "" ? message : summary,
    data: rest,
  }
}

/** What a message says of its form; msgpack in one spelling. */
function contentTypeOf(message: Msg): string {
  return isMsgpack(message) ? MSGPACK : (headerOf(message, CONTENT_TYPE) ?? "")
}

/** The fields of a body that should be a JSON object; none when it is not. */
function readFields(body: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString("utf8"))
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
