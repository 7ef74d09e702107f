// NatsControl — control requests on the bus: `<prefix>._ctl.<command>`, JSON or msgpack, answered like an actor's.

import type { Msg, Subscription } from "nats"
import type { BusConnection } from "../bus/bus-connection.js"
import { NoHandlerError } from "../errors.js"
import type { Prefix } from "../ids.js"
import type { Codec } from "../wire/codec.js"
import { answer, answerError, codecOf } from "./nats-answer.js"

/** Serves one command; what it returns or throws is the answer. */
export type Command = (input: unknown) => unknown

export interface NatsControlParts {
  readonly connection: BusConnection
  readonly prefix: Prefix
  readonly codec: Codec
  readonly commands: ReadonlyMap<string, Command>
  /** Told of what fails and cannot be answered. Must not throw. */
  readonly refused: (subject: string, error: unknown) => void
}

export class NatsControl {
  readonly #parts: NatsControlParts
  readonly #subscription: Subscription

  constructor(parts: NatsControlParts) {
    this.#parts = parts
    this.#subscription = parts.connection.raw.subscribe(`${parts.prefix}._ctl.>`, {
      callback: (_, message) => void this.#take(message),
    })
  }

  close(): void {
    this.#subscription.unsubscribe()
  }

  /** Never rejects. */
  async #take(message: Msg): Promise<void> {
    const { connection, prefix, commands, refused } = this.#parts
    const codec = codecOf(message, this.#parts.codec)
    const how = { codec, maxPayload: connection.maxPayload, refused }
    try {
      const name = message.subject.slice(prefix.length + "._ctl.".length)
      const command = commands.get(name)
      if (command === undefined) throw new NoHandlerError("_ctl", name.slice(0, 64), [...commands.keys()])
      const value = await command(codec.decode(message.data))
      if (message.reply) answer(message, value ?? null, how)
    } catch (error) {
      if (message.reply) answerError(message, error, how)
      else refused(message.subject, error)
    }
  }
}
