// NatsEvents — topics on the bus. JSON for people where JSON says all of it, msgpack where it does not.

import { headers, type Msg, type Subscription } from "nats"
import type { BusConnection } from "../bus/bus-connection.js"
import type { Prefix } from "../ids.js"
import type { Codec } from "../wire/codec.js"
import { isJsonSafe, JsonCodec } from "../wire/json-codec.js"

/** Told of each event from the bus. */
export type EventReceiver = (topic: string, data: unknown) => void

export interface NatsEventsParts {
  readonly connection: BusConnection
  readonly prefix: Prefix
  readonly codec: Codec
  readonly garbage: (error: unknown) => void
}

export class NatsEvents {
  readonly #parts: NatsEventsParts
  readonly #json = new JsonCodec()

  constructor(parts: NatsEventsParts) {
    this.#parts = parts
  }

  /** Publishes on the bus; events while it is away are lost, as an event nobody hears. @throws {UnencodableError} */
  publish(topic: string, data: unknown): void {
    const { connection, codec } = this.#parts
    const json = isJsonSafe(data)
    const bytes = json ? this.#json.encode(data) : codec.encode(data)
    if (!connection.isConnected) return
    if (json) connection.raw.publish(this.#base(topic) + topic, bytes)
    else {
      const head = headers()
      head.set("Content-Type", codec.contentType)
      connection.raw.publish(this.#base(topic) + topic, bytes, { headers: head })
    }
  }

  /** Listens to topics that fit a pattern. Returns a function that ends it. */
  subscribe(pattern: string, receive: EventReceiver): () => void {
    const base = this.#base(pattern)
    const subscription: Subscription = this.#parts.connection.raw.subscribe(base + pattern, {
      callback: (_, message) => this.#receive(message, base, receive),
    })
    return () => subscription.unsubscribe()
  }

  /** What hosts tell each other has a subject of its own, which people who listen to all events do not see. */
  #base(topic: string): string {
    return topic.startsWith("_") ? `_${this.#parts.prefix}.evt.` : `${this.#parts.prefix}._evt.`
  }

  #receive(message: Msg, base: string, receive: EventReceiver): void {
    try {
      const codec = message.headers?.get("Content-Type") === this.#parts.codec.contentType ? this.#parts.codec : this.#json
      receive(message.subject.slice(base.length), codec.decode(message.data))
    } catch (error) {
      this.#parts.garbage(error)
    }
  }
}
