// ItemCodec — what is put into a queue or a pipe, as bytes. Bytes and text go as they are, all else by structured cloning.

import { deserialize, serialize } from "node:v8"
import { UndecodableError, UnencodableError } from "../errors.js"

const BYTES = 0
const TEXT = 1
const CLONED = 2

/** @throws {UnencodableError} for a function, a symbol, a handle */
export function encodeItem(item: unknown): Uint8Array {
  if (item instanceof Uint8Array && item.constructor === Uint8Array) {
    const bytes = new Uint8Array(item.length + 1)
    bytes[0] = BYTES
    bytes.set(item, 1)
    return bytes
  }
  if (typeof item === "string") {
    const bytes = Buffer.allocUnsafe(Buffer.byteLength(item) + 1)
    bytes[0] = TEXT
    bytes.write(item, 1)
    return bytes
  }
  try {
    return Buffer.concat([Buffer.of(CLONED), serialize(item)])
  } catch (error) {
    throw new UnencodableError("item", "this value", error)
  }
}

/** @throws {UndecodableError} for bytes that are no item */
export function decodeItem(bytes: Uint8Array): unknown {
  const rest = bytes.subarray(1)
  switch (bytes[0]) {
    case BYTES:
      return new Uint8Array(rest)
    case TEXT:
      return Buffer.from(rest.buffer, rest.byteOffset, rest.length).toString()
    case CLONED:
      return deserialize(rest)
    default:
      throw new UndecodableError("item", "it has no known form")
  }
}
