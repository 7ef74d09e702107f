// NatsNames — names that are unique on the bus, with nothing but subscriptions.
// A name is held by subscribing to its subject. To claim one is to subscribe and then ask whether anyone else has: the
// connection does not hear itself, and "no responders" is the server's own word that nobody else listens.
// Two that claim at once both subscribed before they asked, so at least one of them hears of the other: never two holders.
// B1  A name is free as soon as its holder's connection is gone: the server itself forgets the subscription.
// B2  Silence is no answer: that a name is taken is said only while the server is there and the connection held.

import type { Msg, Subscription } from "nats"
import type { BusConnection } from "../bus/bus-connection.js"
import { BusUnreachableError, NameTakenError } from "../errors.js"
import type { ActorName, Prefix } from "../ids.js"
import type { Codec } from "../wire/codec.js"
import { nameSubject } from "../wire/subject.js"

/** How long the holder of a name may take to say who it is; that it is held is known without it. */
const WHO_MS = 500
const TRIES = 8
/** How often a holder may leave a question unanswered until it is taken for one that is too busy to answer. */
const SILENT_TRIES = 2

export interface NatsNamesParts {
  readonly connection: BusConnection
  readonly prefix: Prefix
  readonly codec: Codec
  /** Who this program is, for others that want the same name. */
  readonly holder: string
}

interface Hold {
  readonly subscription: Subscription
  answer: Answer
}

interface Answer {
  readonly holder: string
  readonly state: "claiming" | "held"
  readonly entry: unknown
}

export class NatsNames {
  readonly #parts: NatsNamesParts
  readonly #held = new Map<string, Hold>()

  constructor(parts: NatsNamesParts) {
    this.#parts = parts
  }

  /**
   * Holds a name until it is released or the connection ends. `isWanted` is asked whether it still is to be held.
   * @throws {NameTakenError} saying who has it
   * @throws {BusUnreachableError} when nobody can tell whether it is free
   */
  async claim(name: ActorName, entry: unknown, isWanted: () => boolean): Promise<void> {
    for (let attempt = 0; isWanted(); attempt++) {
      const hold = this.#hold(name, entry)
      let other: Answer | "unknown" | undefined
      try {
        other = await this.#ask(name)
      } catch (error) {
        this.#letGo(name, hold)
        throw error
      }
      if (other === undefined && isWanted()) {
        hold.answer = { ...hold.answer, state: "held" }
        return
      }
      this.#letGo(name, hold)
      if (other === undefined) return
      // Both of two that claim at once may step back; chance decides who comes first in the next round. Who is silent may have let go
      // of it just when it was asked.
      if (other === "unknown" ? attempt >= SILENT_TRIES : other.state === "held" || attempt >= TRIES) {
        throw new NameTakenError(
          name,
          other === "unknown" ? "another program on this bus, which does not say who it is" : other.holder,
        )
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * (attempt + 1)))
    }
  }

  release(name: string): void {
    const hold = this.#held.get(name)
    if (hold !== undefined) this.#letGo(name, hold)
  }

  /** What the holder of a name says of it; undefined when nobody holds it. @throws {BusUnreachableError} */
  async lookup(name: ActorName): Promise<unknown> {
    const own = this.#held.get(name)
    if (own !== undefined) return own.answer.entry
    const other = await this.#ask(name)
    return other === undefined || other === "unknown" ? undefined : other.entry
  }

  #letGo(name: string, hold: Hold): void {
    hold.subscription.unsubscribe()
    if (this.#held.get(name) === hold) this.#held.delete(name)
  }

  #hold(name: ActorName, entry: unknown): Hold {
    const { connection, prefix, codec, holder } = this.#parts
    const hold: Hold = {
      subscription: connection.raw.subscribe(nameSubject(prefix, name), {
        callback: (_, message: Msg) => {
          if (message.reply) message.respond(codec.encode(hold.answer))
        },
      }),
      answer: { holder, state: "claiming", entry },
    }
    this.#held.set(name, hold)
    return hold
  }

  async #ask(name: ActorName): Promise<Answer | "unknown" | undefined> {
    const { connection, prefix, codec } = this.#parts
    let held = connection.isConnected
    const stop = connection.onStatus(({ type }) => {
      if (type === "disconnected" || type === "closed") held = false
    })
    try {
      const message = await connection.raw.request(nameSubject(prefix, name), new Uint8Array(0), { timeout: WHO_MS, noMux: true })
      return codec.decode(message.data) as Answer
    } catch (error) {
      const { code } = error as { code?: string }
      if (code === "503") return undefined
      if (code !== "TIMEOUT" || !held) throw new BusUnreachableError(connection.url, error)
      // It may be the server that is silent.
      await connection.flush(WHO_MS)
      return "unknown"
    } finally {
      stop()
    }
  }
}
