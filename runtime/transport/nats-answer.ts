// What a NATS client sends and gets: JSON, or msgpack when the header Content-Type says so; errors in the micro-service form.

import { headers, type Msg, type MsgHdrs } from "nats"
import { codeOf, TooLargeError } from "../errors.js"
import type { Codec } from "../wire/codec.js"
import { encodeError } from "../wire/error-codec.js"
import { JsonCodec } from "../wire/json-codec.js"
import { CONTENT_TYPE, headerOf, isMsgpack } from "./nats-header.js"

/** How long the client will wait, in milliseconds, so that the deadline travels with the message (promise M3). */
export const TIMEOUT_HEADER = "Troupe-Timeout-Ms"

const json = new JsonCodec()

/** The codec of a client's message. */
export function codecOf(message: Msg, msgpack: Codec): Codec {
  return isMsgpack(message) ? msgpack : json
}

/** The client's own deadline in milliseconds, if it sent a sensible one. */
export function timeoutOf(message: Msg): number | undefined {
  const text = headerOf(message, TIMEOUT_HEADER)
  const ms = text === undefined || text === "" ? Number.NaN : Number(text)
  return ms > 0 && ms <= 86_400_000 ? ms : undefined
}

/** How a client is answered. */
export interface Answering {
  readonly codec: Codec
  readonly maxPayload: number
  /** Told of what could not be answered, as when the connection is closed meanwhile. Must not throw. */
  readonly refused: (subject: string, error: unknown) => void
}

/** Answers in the client's own form; what cannot be encoded or is too large is answered as an error. Never throws. */
export function answer(message: Msg, value: unknown, how: Answering): "answered" | "failed" {
  try {
    const bytes = how.codec.encode(value)
    if (bytes.length > how.maxPayload) throw new TooLargeError("the answer", bytes.length, how.maxPayload)
    if (how.codec === json) message.respond(bytes)
    else {
      const head = headers()
      head.set(CONTENT_TYPE, how.codec.contentType)
      message.respond(bytes, { headers: head })
    }
    return "answered"
  } catch (error) {
    answerError(message, error, how)
    return "failed"
  }
}

/** Answers with an error: its code and message in the headers, `{ code, message, …data }` as the body. Never throws. */
export function answerError(message: Msg, error: unknown, how: Answering): void {
  try {
    const { bytes, head } = errorReply(error, how)
    message.respond(bytes, { headers: head })
  } catch (unsent) {
    how.refused(message.subject, unsent)
  }
}

function errorReply(error: unknown, how: Answering): { bytes: Uint8Array; head: MsgHdrs } {
  const wire = encodeError(error)
  const code = codeOf(error) ?? String(wire.code ?? "ERR_ACTOR")
  const head = headers()
  head.set("Nats-Service-Error", oneLine(wire.message))
  head.set("Nats-Service-Error-Code", oneLine(code))
  head.set(CONTENT_TYPE, how.codec.contentType)
  const data = typeof wire.data === "object" && wire.data !== null ? wire.data : {}
  const cause = wire.cause === undefined ? {} : { cause: wire.cause }
  const body = { ...data, ...cause, name: wire.name, code, message: wire.message }
  let bytes: Uint8Array
  try {
    bytes = how.codec.encode(body)
    if (bytes.length > how.maxPayload - 4096) bytes = how.codec.encode({ code, message: oneLine(wire.message) })
  } catch {
    bytes = how.codec.encode({ code, message: oneLine(wire.message) })
  }
  return { bytes, head }
}

/** Header values are one line; NATS refuses others. */
function oneLine(text: string): string {
  const line = text.replace(/[^\x20-\x7e]+/g, " ").slice(0, 500)
  return line.trim() || "error"
}
