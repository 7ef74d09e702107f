// What a NATS message says in its headers.

import type { Msg } from "nats"

/** What form the bytes of a message have. */
export const CONTENT_TYPE = "Content-Type"

/** A header of a message; undefined when it has none, or none that can be read: nats.js reads them at first use, and throws then. */
export function headerOf(message: Msg, name: string): string | undefined {
  try {
    return message.headers?.get(name)
  } catch {
    return undefined
  }
}
