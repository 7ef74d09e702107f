// NatsEvents — topics on the bus. What the data of an event says is events/'s.

import { headers, type Msg, type Subscription } from "nats"
import type { BusConnection } from "../bus/bus-connection.js"
import type { Prefix } from "../ids.js"
import type { EventData } from "../wire/event-data.js"
import { CONTENT_TYPE, isMsgpack, MSGPACK } from "./nats-header.js"

/** Told of each event from the bus. Must not throw. */
export type EventReceiver = (topic: string, data: EventData) => void

export interface NatsEventsParts {
  readonly connection: BusConnection
  readonly prefix: Prefix
  readonly garbage: (error: unknown) => void
}

/** Room for the headers of an event in msgpack: a server counts them as payload. */
const HEAD_BYTES = 128

/** How large the data of an event may be on a bus that takes messages of that size. */
export function maxEventBytes(maxPayload: number): number {
  return Math.max(0, maxPayload - HEAD_BYTES)
}

export class NatsEvents {
  readonly #parts: NatsEventsParts

  constructor(parts: NatsEventsParts) {
    this.#parts = parts
  }

  /** The most bytes that the data of an event may have. */
  get maxBytes(): number {
    return maxEventBytes(this.#parts.connection.maxPayload)
  }

  /** Publishes on the bus; events while it is away are lost, as an event nobody hears. */
  publish(topic: string, { form, bytes }: EventData): void {
    const { connection } = this.#parts
    if (!connection.isConnected || connection.raw.isClosed()) return
    if (form === "json") connection.raw.publish(this.#base(topic) + topic, bytes)
    else {
      const head = headers()
      head.set(CONTENT_TYPE, MSGPACK)
      connection.raw.publish(this.#base(topic) + topic, bytes, { headers: head })
    }
  }

  /** Listens to topics that fit a pattern. Returns a function that ends it. */
  subscribe(pattern: string, receive: EventReceiver): () => void {
    const base = this.#base(pattern)
    const { raw } = this.#parts.connection
    // A host that leaves hears no more.
    if (raw.isClosed() || raw.isDraining()) return () => undefined
    const subscription: Subscription = raw.subscribe(base + pattern, {
      callback: (_, message) => this.#receive(message, base, receive),
    })
    return () => subscription.unsubscribe()
  }

  /** What hosts tell each other has a subject of its own, which people who listen to all events do not see. */
  #base(topic: string): string {
    return topic.startsWith("_") ? `_${this.#parts.prefix}.evt.` : `${this.#parts.prefix}._evt.`
  }

  // nats.js ends its reader when a callback throws, so none may.
  #receive(message: Msg, base: string, receive: EventReceiver): void {
    try {
      const form = isMsgpack(message) ? "msgpack" : "json"
      receive(message.subject.slice(base.length), { form, bytes: message.data })
    } catch (error) {
      this.#parts.garbage(error)
    }
  }
}
