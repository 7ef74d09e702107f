// NatsPresence — whether another process is on the bus, by the server's own word.
// To look is to publish an empty message to its host's subject: when nobody is subscribed the server says so at once, before it
// answers the ping that follows. The other side need not answer, so one that is busy is not taken for one that is gone.

import { createInbox, type Msg, type Subscription } from "nats"
import type { BusConnection } from "../bus/bus-connection.js"
import type { HostId, Prefix } from "../ids.js"
import { hostSubject } from "../wire/subject.js"

/** `unknown` while the bus is away, or has just come back: the others may be on their way as well. */
export type Presence = "there" | "gone" | "unknown"

const FLUSH_MS = 2000
/** Longer than others wait between two attempts to reconnect. */
const RETURN_MS = 5000

export interface NatsPresenceParts {
  readonly connection: BusConnection
  readonly prefix: Prefix
  readonly now?: () => number
}

export class NatsPresence {
  readonly #parts: NatsPresenceParts
  readonly #now: () => number
  readonly #inbox = createInbox()
  readonly #refused = new Set<string>()
  #subscription: Subscription | undefined
  #returnedAt = -Infinity
  #next = 1

  constructor(parts: NatsPresenceParts) {
    this.#parts = parts
    this.#now = parts.now ?? (() => performance.now())
    parts.connection.onStatus(({ type }) => {
      if (type === "connected") this.#returnedAt = this.#now()
    })
  }

  /** Looks whether somebody serves a process's host. Never rejects. */
  async look(host: HostId): Promise<Presence> {
    const { connection, prefix } = this.#parts
    const reply = `${this.#inbox}.${String(this.#next++)}`
    try {
      if (!this.#isSettled()) return "unknown"
      this.#subscription ??= connection.raw.subscribe(`${this.#inbox}.*`, { callback: (_, message) => this.#answered(message) })
      connection.raw.publish(hostSubject(prefix, host), new Uint8Array(0), { reply })
      await connection.flush(FLUSH_MS)
      if (!this.#isSettled()) return "unknown"
      return this.#refused.has(reply) ? "gone" : "there"
    } catch {
      return "unknown"
    } finally {
      this.#refused.delete(reply)
    }
  }

  #isSettled(): boolean {
    return this.#parts.connection.isConnected && this.#now() - this.#returnedAt >= RETURN_MS
  }

  // nats.js ends its reader when a callback throws, so none may; reading headers may throw.
  #answered(message: Msg): void {
    try {
      if (message.headers?.code === 503) this.#refused.add(message.subject)
    } catch {
      // Whatever it is, it is not the server's word.
    }
  }
}
