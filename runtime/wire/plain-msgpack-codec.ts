// PlainMsgpackCodec — msgpack for clients that know the format and nothing of us: no extension but the standard timestamp.
// What msgpack lacks becomes its nearest likeness, as in JSON. What such clients send is read as any msgpack is.

import { Packr } from "./msgpackr.js"
import { TooLargeError, UnencodableError } from "../errors.js"
import { DEFAULT_LIMITS, type Codec, type CodecLimits } from "./codec.js"
import { LikenessWalk } from "./likeness-walk.js"
import { bigintForm } from "./msgpack-substitution.js"

/**
 * Values in msgpack as its specification has it.
 *
 * As msgpack has it: text, numbers, bigints of 64 bits, booleans, nil, arrays, maps, binary for Buffer, ArrayBuffer, DataView and
 * Uint8Array, Date as the timestamp extension. Likenesses: undefined is nil, −0 is 0, a lone surrogate U+FFFD, a Map a map when all its
 * keys are strings, else an array of pairs; a Set and any other typed array an array; a RegExp its text; an Error
 * `{ name, message, code, data, cause, errors }`; any other object what its `toJSON` gives, or its own enumerable fields. A bigint
 * of more than 64 bits has none and goes as it does between hosts, in extension 84. Refused is what JSON refuses.
 *
 * No bytes at all decode to undefined: a request without payload is a message without input.
 */
export class PlainMsgpackCodec implements Codec {
  readonly contentType = "application/msgpack"
  readonly #reading: Codec
  readonly #limits: CodecLimits
  readonly #walk: PlainWalk
  readonly #packr = new Packr({
    useRecords: false,
    variableMapSize: true,
    encodeUndefinedAsNil: true,
    moreTypes: false,
    useToJSON: false,
    int64AsType: "auto" as "bigint", // missing from msgpackr's types
  })

  constructor(reading: Codec, limits: Partial<CodecLimits> = {}) {
    this.#reading = reading
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
    this.#walk = new PlainWalk(this.#limits)
  }

  encode(value: unknown): Uint8Array {
    const walked = this.#walk.run(value)
    let bytes: Uint8Array
    try {
      bytes = this.#packr.pack(walked)
    } catch (thrown) {
      throw new UnencodableError("", "a value that changes while it is read", thrown)
    }
    if (bytes.length > this.#limits.maxBytes) throw new TooLargeError("the message", bytes.length, this.#limits.maxBytes)
    return bytes
  }

  decode(bytes: Uint8Array): unknown {
    return bytes.length === 0 ? undefined : this.#reading.decode(bytes)
  }
}

class PlainWalk extends LikenessWalk {
  protected override oddString(text: string): unknown {
    return text.toWellFormed()
  }

  protected override oddNumber(value: number): unknown {
    return value === 0 ? 0 : value
  }

  protected override bigint(value: bigint): unknown {
    return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : bigintForm(value)
  }

  protected override date(value: Date): unknown {
    return Number.isNaN(Number(value)) ? null : new Date(Number(value))
  }

  protected override bytes(bytes: Buffer): unknown {
    return bytes
  }

  protected override view(view: NodeJS.TypedArray, depth: number): unknown {
    if (view instanceof Uint8Array) return this.weighed(Buffer.from(view.buffer, view.byteOffset, view.byteLength))
    return this.numbers(view, depth)
  }
}
