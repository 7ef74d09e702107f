// ItemCodec — what is put into a queue or a pipe, as bytes. Bytes and text go as they are, all else by structured cloning.

import { deserialize, serialize } from "node:v8"
import { UndecodableError, UnencodableError } from "../errors.js"

/** Up to so many bytes are copied one by one, as a call that copies takes longer. */
const SMALL = 128

const BYTES = 0
const TEXT = 1
const CLONED = 2

/** @throws {UnencodableError} for a function, a symbol, a handle */
export function encodeItem(item: unknown): Uint8Array {
  if (item instanceof Uint8Array && item.constructor === Uint8Array) {
    // Of Node.js's pool, as memory of its own costs more than all the rest of a put.
    const bytes = Buffer.allocUnsafe(item.length + 1)
    bytes[0] = BYTES
    if (item.length > SMALL) bytes.set(item, 1)
    else for (let n = 0; n < item.length; n++) bytes[n + 1] = item[n] as number
    return bytes
  }
  // A half of a pair of surrogates has no bytes as text.
  if (typeof item === "string" && isWellFormed(item)) {
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

function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}

/** @throws {UndecodableError} for bytes that are no item */
export function decodeItem(bytes: Uint8Array): unknown {
  switch (bytes[0]) {
    case BYTES:
      return copyOf(bytes)
    case TEXT:
      return Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.length - 1).toString()
    case CLONED:
      // It hands out views of what it is given.
      return deserialize(copyOf(bytes))
    default:
      throw new UndecodableError("item", "it has no known form")
  }
}

/** All but the first byte, in memory of its own. */
function copyOf(bytes: Uint8Array): Uint8Array {
  const length = bytes.length - 1
  const copy = new Uint8Array(length)
  if (length > SMALL) copy.set(bytes.subarray(1))
  else for (let n = 0; n < length; n++) copy[n] = bytes[n + 1] as number
  return copy
}
