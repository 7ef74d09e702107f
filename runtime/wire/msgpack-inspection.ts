// inspectMsgpack — whether bytes are one sound msgpack value, before anything is made from them.
// Owns the grammar that a message may use; decoding belongs to the codec.
// I1  Reads each header once and each payload not at all, allocates nothing, calls nobody.
// I2  What passes is complete, ends where the bytes end, and is within the limits, so that decoding it ends and allocates in proportion.
// I3  msgpackr's own extensions for records, references, sets, errors and string bundles never pass: they redefine tokens, make
//     code, or make cycles.

import { UndecodableError } from "../errors.js"
import type { CodecLimits } from "./codec.js"
import { TAGGED_TYPE } from "./msgpack-tag.js"
import { VIEW_TYPE } from "./msgpack-views.js"

const UNDEFINED_TYPE = 0x00
const TIMESTAMP_TYPE = 0xff
/** Bytes per element by msgpackr's code: Int8 … BigUint64, five unused, ArrayBuffer, DataView. */
const VIEW_ELEMENT_BYTES = [1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 0, 0, 0, 0, 0, 1, 1]
const PROTO = Buffer.from("__proto__")

const FIXED_PAYLOAD_BYTES = new Uint8Array(256)
for (const [token, bytes] of [
  [0xca, 4],
  [0xcb, 8],
  [0xcc, 1],
  [0xcd, 2],
  [0xce, 4],
  [0xcf, 8],
  [0xd0, 1],
  [0xd1, 2],
  [0xd2, 4],
  [0xd3, 8],
] as const) {
  FIXED_PAYLOAD_BYTES[token] = bytes
}

// One stack for all: the scan is synchronous and calls nobody.
let leftAtLevel = new Int32Array(257)
let isMapAtLevel = new Uint8Array(257)

function malformed(why: string, at: number): UndecodableError {
  return new UndecodableError("msgpack", `at byte ${String(at)}: ${why}`)
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number
}

/** A big-endian length of 1, 2 or 4 bytes. */
function lengthAt(bytes: Uint8Array, at: number, width: number): number {
  if (at + width > bytes.length) throw malformed("it ends inside a length", at)
  if (width === 1) return byteAt(bytes, at)
  if (width === 2) return byteAt(bytes, at) * 0x100 + byteAt(bytes, at + 1)
  return byteAt(bytes, at) * 0x1000000 + (byteAt(bytes, at + 1) << 16) + (byteAt(bytes, at + 2) << 8) + byteAt(bytes, at + 3)
}

function isProto(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 9; i++) if (bytes[at + i] !== PROTO[i]) return false
  return true
}

function checkExtension(bytes: Uint8Array, at: number, length: number): void {
  const type = byteAt(bytes, at)
  const sound =
    type === VIEW_TYPE
      ? length > 1 - 1 && isWholeView(bytes, at, length)
      : type === TIMESTAMP_TYPE
        ? length === 1 || length === 4 || length === 8 || length === 12
        : type === UNDEFINED_TYPE && length === 1
  if (!sound) throw malformed(`an extension of type ${String(type)} and ${String(length)} bytes, which no message uses`, at)
}

function isWholeView(bytes: Uint8Array, at: number, length: number): boolean {
  if (length < 1) return false
  const elementBytes = VIEW_ELEMENT_BYTES[byteAt(bytes, at + 1)] ?? 0
  return elementBytes > 0 && (length - 1) % elementBytes === 0
}

/**
 * Refuses bytes that are not exactly one sound value within the limits.
 * @throws {UndecodableError} naming the byte where it goes wrong.
 */
export function inspectMsgpack(bytes: Uint8Array, limits: Pick<CodecLimits, "maxDepth" | "maxItems">): void {
  const { maxDepth, maxItems } = limits
  if (leftAtLevel.length <= maxDepth) {
    leftAtLevel = new Int32Array(maxDepth + 1)
    isMapAtLevel = new Uint8Array(maxDepth + 1)
  }
  const end = bytes.length
  let at = 0
  let depth = 0
  let left = 1
  let inMap = false
  let itemsLeft = maxItems
  for (;;) {
    while (left === 0) {
      if (depth === 0) {
        if (at !== end) throw malformed(`${String(end - at)} bytes follow the value`, at)
        return
      }
      depth--
      left = leftAtLevel[depth] as number
      inMap = isMapAtLevel[depth] === 1
    }
    if (at >= end) throw malformed("it ends inside a value", at)
    if (--itemsLeft < 0) throw malformed(`more than ${String(maxItems)} values`, at)
    const isKey = inMap && (left & 1) === 0
    left--
    const token = byteAt(bytes, at)
    if (token < 0x80 || token >= 0xe0) {
      at++
      continue
    }

    // ── Containers: go one level down ──
    let count = -1
    let isMap = false
    let header = 1
    if (token < 0xa0) {
      isMap = token < 0x90
      count = token & 0x0f
    } else if (token >= 0xdc) {
      isMap = token >= 0xde
      header = token & 1 ? 5 : 3
      count = lengthAt(bytes, at + 1, header - 1)
    }
    if (count >= 0) {
      if (isKey) throw malformed("a map key that is neither text nor a number", at)
      at += header
      if (isMap) count *= 2
      if (count > end - at) throw malformed(`it claims ${String(count)} values, and ${String(end - at)} bytes remain`, at)
      if (depth >= maxDepth) throw malformed(`nested deeper than ${String(maxDepth)} levels`, at)
      leftAtLevel[depth] = left
      isMapAtLevel[depth] = inMap ? 1 : 0
      depth++
      left = count
      inMap = isMap
      continue
    }

    // ── Strings, the only payload that is looked at, and only when it may be a bad key ──
    if (token < 0xc0 || (token >= 0xd9 && token <= 0xdb)) {
      let length = token & 0x1f
      at++
      if (token >= 0xc0) {
        const width = 1 << (token - 0xd9)
        length = lengthAt(bytes, at, width)
        at += width
      }
      if (length > end - at) throw malformed(`a string of ${String(length)} bytes, and ${String(end - at)} remain`, at)
      if (isKey && length === 9 && isProto(bytes, at)) throw malformed('a key named "__proto__"', at)
      at += length
      continue
    }

    const fixed = FIXED_PAYLOAD_BYTES[token] as number
    if (fixed > 0) {
      at += 1 + fixed
      if (at > end) throw malformed("it ends inside a number", at)
      continue
    }
    if (isKey) throw malformed("a map key that is neither text nor a number", at)
    if (token === 0xc0 || token === 0xc2 || token === 0xc3) {
      at++
      continue
    }
    if (token === 0xc1) throw malformed("the byte c1, which msgpack does not use", at)

    // ── Binary and extensions ──
    let length: number
    at++
    if (token >= 0xd4) {
      length = 1 << (token - 0xd4)
    } else {
      const width = 1 << (token - (token < 0xc7 ? 0xc4 : 0xc7))
      length = lengthAt(bytes, at, width)
      at += width
    }
    const extended = token >= 0xc7
    if (length > end - at - (extended ? 1 : 0)) {
      throw malformed(`${String(length)} bytes are claimed, and ${String(end - at)} remain`, at)
    }
    if (extended && byteAt(bytes, at) === TAGGED_TYPE && token === 0xd4) {
      // The content follows as an array of two, which the loop takes as the value itself.
      at += 2
      if (at + 1 >= end || bytes[at] !== 0x92 || byteAt(bytes, at + 1) >= 0x80)
        throw malformed("a tagged value without its tag", at)
      left++
      continue
    }
    if (extended) checkExtension(bytes, at++, length)
    at += length
  }
}
