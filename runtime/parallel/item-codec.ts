// ItemCodec — what is put into a queue or a pipe, as bytes. Bytes and text go as they are, all else by structured cloning.

import { types } from "node:util"
import { deserialize, serialize } from "node:v8"
import { UndecodableError, UnencodableError } from "../errors.js"

/** Up to so many bytes are copied one by one, as a call that copies takes longer. */
const SMALL = 128

const BYTES = 0
const TEXT = 1
const CLONED = 2

/** What is cloned though it is of a class of its own. */
const IS_DATA = [types.isAnyArrayBuffer, types.isDate, types.isNativeError, types.isRegExp, types.isBoxedPrimitive] as const

/** How deep in an item it is looked for what structured cloning would make an empty object of. */
const LOOKED = 3

/** @throws {UnencodableError} for a function, a symbol, a handle, as the ref of an actor or a queue is one */
export function encodeItem(item: unknown): Uint8Array {
  if (item instanceof Uint8Array && item.constructor === Uint8Array) {
    // Of Node.js's pool, as memory of its own costs more than all the rest of a put.
    const bytes = Buffer.allocUnsafe(item.length + 1)
    bytes[0] = BYTES
    if (item.length > SMALL) bytes.set(item, 1)
    else for (let n = 0; n < item.length; n++) bytes[n + 1] = item[n] as number
    return bytes
  }
  // UTF-8 has no form for a surrogate that stands alone.
  if (typeof item === "string" && item.isWellFormed()) {
    const bytes = Buffer.allocUnsafe(Buffer.byteLength(item) + 1)
    bytes[0] = TEXT
    bytes.write(item, 1)
    return bytes
  }
  let handle: string | undefined
  try {
    handle = typeof item === "object" && item !== null ? handleIn(item, LOOKED) : undefined
    if (handle === undefined) return Buffer.concat([Buffer.of(CLONED), serialize(item)])
  } catch (error) {
    throw new UnencodableError("item", "this value", error)
  }
  throw new UnencodableError("item", handle)
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

/** The class of something in it that stands for what stays where it is: such a class names itself by `Symbol.toStringTag`. */
function handleIn(value: object, depth: number): string | undefined {
  if (Array.isArray(value)) return depth > 0 ? handleAmong(value, depth - 1) : undefined
  if (types.isMap(value)) return depth > 0 ? handleAmong(value.entries(), depth - 1) : undefined
  if (types.isSet(value)) return depth > 0 ? handleAmong(value, depth - 1) : undefined
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  if (tag === "Object") return depth > 0 ? handleAmong(Object.values(value), depth - 1) : undefined
  return ArrayBuffer.isView(value) || IS_DATA.some((is) => is(value)) ? undefined : `a value of type ${tag}`
}

function handleAmong(values: Iterable<unknown>, depth: number): string | undefined {
  for (const value of values) {
    const found = typeof value === "object" && value !== null ? handleIn(value, depth) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

/** All but the first byte, in memory of its own. */
function copyOf(bytes: Uint8Array): Uint8Array {
  const length = bytes.length - 1
  const copy = new Uint8Array(length)
  if (length > SMALL) copy.set(bytes.subarray(1))
  else for (let n = 0; n < length; n++) copy[n] = bytes[n + 1] as number
  return copy
}
