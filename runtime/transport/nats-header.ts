// What a NATS message says in its headers.

import { Match, type Msg } from "nats"

/** What form the bytes of a message have. */
export const CONTENT_TYPE = "Content-Type"

/** What Content-Type says of msgpack. */
export const MSGPACK = "application/msgpack"

/**
 * A header of a message, however its name is capitalised; undefined when it has none, or none that can be read: nats.js reads them at
 * first use, and throws then.
 */
export function headerOf(message: Msg, name: string): string | undefined {
  try {
    return message.headers?.get(name, Match.IgnoreCase)
  } catch {
    return undefined
  }
}

/** Whether a message says that it is msgpack. Media types are compared without their parameters, in any case (RFC 9110). */
export function isMsgpack(message: Msg): boolean {
  const type = headerOf(message, CONTENT_TYPE)
  return type === MSGPACK || type?.split(";", 1)[0]?.trim().toLowerCase() === MSGPACK
}
