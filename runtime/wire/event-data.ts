// EventData — the data of an event in bytes, made once by its publisher and carried as it is from host to host.
// JSON where JSON says all of it, for people who listen; msgpack where it does not.

import { TooLargeError } from "../errors.js"
import type { Codec } from "./codec.js"
import { isJsonSafe, JsonCodec } from "./json-codec.js"

export interface EventData {
  readonly form: "json" | "msgpack"
  readonly bytes: Uint8Array
}

export class EventCodec {
  readonly #msgpack: Codec
  readonly #json = new JsonCodec()

  constructor(msgpack: Codec) {
    this.#msgpack = msgpack
  }

  /** @throws {UnencodableError} or TooLargeError, when it takes more than `maxBytes` */
  encode(topic: string, data: unknown, maxBytes: number): EventData {
    const form = isJsonSafe(data) ? "json" : "msgpack"
    const bytes = this.#codec(form).encode(data)
    if (bytes.length > maxBytes) throw new TooLargeError(`the event ${topic}`, bytes.length, maxBytes)
    return { form, bytes }
  }

  /** @throws {UndecodableError} or TooLargeError */
  decode({ form, bytes }: EventData): unknown {
    return this.#codec(form).decode(bytes)
  }

  #codec(form: EventData["form"]): Codec {
    return form === "json" ? this.#json : this.#msgpack
  }
}
