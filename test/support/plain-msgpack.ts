// A reader of msgpack as its specification has it, and of nothing else: what a client sees that knows nothing of us.

/** An extension that the specification does not define. */
export interface Extension {
  readonly type: number
  readonly bytes: Uint8Array
}

/** Reads one value; text, numbers and bigints, booleans, null, Buffer, arrays, Maps and Dates. @throws {Error} for bytes that are none */
export function readPlainMsgpack(bytes: Uint8Array): unknown {
  const reader = new Reader(Buffer.from(bytes))
  const value = reader.value()
  if (!reader.isAtEnd) throw new Error("bytes follow the value")
  return value
}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  value(): unknown {
    const token = this.#uint(1)
    if (token < 0x80) return token
    if (token < 0x90) return this.#map(token & 15)
    if (token < 0xa0) return this.#list(token & 15)
    if (token < 0xc0) return this.#take(token & 31).toString()
    if (token >= 0xe0) return token - 256
    switch (token) {
      case 0xc0:
        return null
      case 0xc2:
      case 0xc3:
        return token === 0xc3
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#take(this.#uint(1 << (token - 0xc4)))
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#uint(1 << (token - 0xc7)))
      case 0xca:
        return this.#take(4).readFloatBE()
      case 0xcb:
        return this.#take(8).readDoubleBE()
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#uint(1 << (token - 0xcc))
      case 0xcf:
        return this.#take(8).readBigUInt64BE()
      case 0xd0:
      case 0xd1:
      case 0xd2: {
        const width = 1 << (token - 0xd0)
        return this.#take(width).readIntBE(0, width)
      }
      case 0xd3:
        return this.#take(8).readBigInt64BE()
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#take(this.#uint(1 << (token - 0xd9))).toString()
      case 0xdc:
      case 0xdd:
        return this.#list(this.#uint(token === 0xdc ? 2 : 4))
      case 0xde:
      case 0xdf:
        return this.#map(this.#uint(token === 0xde ? 2 : 4))
      default:
        if (token >= 0xd4 && token <= 0xd8) return this.#extension(1 << (token - 0xd4))
        throw new Error(`the byte ${token.toString(16)}`)
    }
  }

  #extension(length: number): Date | Extension {
    const type = this.#take(1).readInt8()
    const bytes = this.#take(length)
    if (type !== -1) return { type, bytes }
    if (length === 4) return new Date(bytes.readUInt32BE() * 1000)
    if (length === 8) {
      const packed = bytes.readBigUInt64BE()
      return new Date(Number(packed & 0x3_ffff_ffffn) * 1000 + Number(packed >> 34n) / 1e6)
    }
    return new Date(Number(bytes.readBigInt64BE(4)) * 1000 + bytes.readUInt32BE() / 1e6)
  }

  #list(length: number): unknown[] {
    return Array.from({ length }, () => this.value())
  }

  #map(length: number): Map<unknown, unknown> {
    return new Map(Array.from({ length }, () => [this.value(), this.value()] as const))
  }

  #uint(width: number): number {
    return this.#take(width).readUIntBE(0, width)
  }

  #take(length: number): Buffer {
    const part = this.#bytes.subarray(this.#at, this.#at + length)
    if (part.length < length) throw new Error("it ends inside a value")
    this.#at += length
    return part
  }
}
