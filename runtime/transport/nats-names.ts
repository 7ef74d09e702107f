// NatsNames — names that are unique on the bus, with nothing but subscriptions.
// A name is held by subscribing to its subject. To claim one is to subscribe and then ask whether anyone else has: the
// connection does not hear itself, and "no responders" is the server's own word that nobody else listens.
// Two that claim at once both subscribed before they asked, so at least one of them hears of the other: never two holders.
// B1  A name is free as soon as its holder's connection is gone: the server itself forgets the subscription.

import type { Msg, Subscription } from "nats"
import type { BusConnection } from "../bus/bus-connection.js"
import { BusUnreachableError, NameTakenError } from "../errors.js"
import type { ActorName, Prefix } from "../ids.js"
import type { Codec } from "../wire/codec.js"
import { nameSubject } from "../wire/subject.js"

/** How long the holder of a name may take to say who it is; that it is held is known without it. */
const WHO_MS = 500
const TRIES = 8

export interface NatsNamesParts {
  readonly connection: BusConnection
  readonly prefix: Prefix
  readonly codec: Codec
  /** Who this program is, for others that want the same name. */
  readonly holder: string
}

interface Answer {
  readonly holder: string
  readonly state: "claiming" | "held"
  readonly entry: unknown
}

export class NatsNames {
  readonly #parts: NatsNamesParts
  readonly #held = new Map<string, { subscription: Subscription; answer: Answer }>()

  constructor(parts: NatsNamesParts) {
    this.#parts = parts
  }

  /** Holds a name until it is released or the connection ends. @throws {NameTakenError} saying who has it */
  async claim(name: ActorName, entry: unknown): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const held = this.#hold(name, entry)
      const other = await this.#ask(name)
      if (other === undefined) {
        held.answer = { ...held.answer, state: "held" }
        return
      }
      this.release(name)
      // Both of two that claim at once may step back; chance decides who comes first in the next round.
      if (other === "unknown" || other.state === "held" || attempt >= TRIES) {
        throw new NameTakenError(
          name,
          other === "unknown" ? "another program on this bus, which does not say who it is" : other.holder,
        )
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * (attempt + 1)))
    }
  }

  release(name: string): void {
    this.#held.get(name)?.subscription.unsubscribe()
    this.#held.delete(name)
  }

  /** What the holder of a name says of it; undefined when nobody holds it. */
  async lookup(name: ActorName): Promise<unknown> {
    const own = this.#held.get(name)
    if (own !== undefined) return own.answer.entry
    const other = await this.#ask(name)
    return other === undefined || other === "unknown" ? undefined : other.entry
  }

  #hold(name: ActorName, entry: unknown): { subscription: Subscription; answer: Answer } {
    const { connection, prefix, codec, holder } = this.#parts
    const held = {
      subscription: connection.raw.subscribe(nameSubject(prefix, name), {
        callback: (_, message: Msg) => {
          if (message.reply) message.respond(codec.encode(held.answer))
        },
      }),
      answer: { holder, state: "claiming", entry } as Answer,
    }
    this.#held.set(name, held)
    return held
  }

  async #ask(name: ActorName): Promise<Answer | "unknown" | undefined> {
    const { connection, prefix, codec } = this.#parts
    try {
      const message = await connection.raw.request(nameSubject(prefix, name), new Uint8Array(0), { timeout: WHO_MS, noMux: true })
      return codec.decode(message.data) as Answer
    } catch (error) {
      const { code } = error as { code?: string }
      if (code === "503") return undefined
      if (code === "TIMEOUT") return "unknown"
      throw new BusUnreachableError(connection.url, error)
    }
  }
}
