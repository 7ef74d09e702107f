// QuickWriter — envelopes of small plain messages, written as msgpack without a look ahead and without a call per value.
// Owns the memory they are written to. What it does not know it leaves to the codec, whose form it writes: no reader can tell them apart.
// Q1  It writes only what arrives as it is: numbers, short ASCII text, booleans, null, undefined, few bytes in a Uint8Array, and arrays and plain objects of them.
// Q2  What it gives is good until the next is written. A message that encodes another while it is read, by a getter, is left alone.

import type { Envelope } from "./envelope.js"
import type { Packed } from "./msgpack-codec.js"
import { UINT8, VIEW_TYPE } from "./msgpack-views.js"

const MEMORY_BYTES = 4096
/** The longest text that is looked at character by character. */
const TEXT_LENGTH = 128
const SHORT_TEXT = 31
const FEW_ITEMS = 15
const DEPTH = 8
/** Up to here bytes are copied one by one. */
const FEW_BYTES = 32
/** The most that a number takes. */
const NUMBER_BYTES = 9

const memory = new Uint8Array(MEMORY_BYTES)
const view = new DataView(memory.buffer)
const packed: { memory: typeof memory; start: number; end: number; isGiven: false } = { memory, start: 0, end: 0, isGiven: false }
let at = 0
let isWriting = false

/** The bytes of an envelope; undefined when it is the codec's to encode, whose limits are wider and whose errors say what is wrong. */
export function packQuick(envelope: Envelope): Packed | undefined {
  if (isWriting) return undefined
  isWriting = true
  at = 0
  try {
    if (!writeEnvelope(envelope)) return undefined
  } catch {
    // A getter or a proxy threw; the codec will meet it as well.
    return undefined
  } finally {
    isWriting = false
  }
  packed.end = at
  return packed
}

function writeEnvelope(envelope: Envelope): boolean {
  switch (envelope.type) {
    case "ask":
      memory[at++] = 0x96
      memory[at++] = 1
      writeNumber(envelope.to)
      writeNumber(envelope.id)
      if (!writeText(envelope.handler)) return false
      writeNumber(envelope.deadline)
      return writeValue(envelope.input, 0)
    case "tell":
      memory[at++] = 0x95
      memory[at++] = 0
      writeNumber(envelope.to)
      if (!writeText(envelope.handler)) return false
      writeNumber(envelope.deadline)
      return writeValue(envelope.input, 0)
    case "answered":
      memory[at++] = 0x93
      memory[at++] = 2
      writeNumber(envelope.id)
      return writeValue(envelope.value, 0)
    case "cancel":
      memory[at++] = 0x92
      memory[at++] = 4
      writeNumber(envelope.id)
      return true
    case "failed":
    case "refused":
      return false
  }
}

function writeValue(value: unknown, depth: number): boolean {
  if (at > MEMORY_BYTES - NUMBER_BYTES) return false
  switch (typeof value) {
    case "number":
      // −0, NaN and the infinities have forms of their own.
      if ((value === 0 && 1 / value < 0) || value - value !== 0) return false
      writeNumber(value)
      return true
    case "string":
      return writeText(value)
    case "boolean":
      memory[at++] = value ? 0xc3 : 0xc2
      return true
    case "undefined":
      memory[at++] = 0xd4
      memory[at++] = 0
      memory[at++] = 0
      return true
    case "object":
      if (value === null) {
        memory[at++] = 0xc0
        return true
      }
      if (depth >= DEPTH) return false
      if (Array.isArray(value)) return writeList(value, depth + 1)
      return writeObject(value, depth)
    default:
      return false
  }
}

function writeObject(value: object, depth: number): boolean {
  const proto: unknown = Object.getPrototypeOf(value)
  if (proto === Object.prototype) return writeRecord(value as Record<string, unknown>, depth + 1)
  return proto === Uint8Array.prototype && writeBytes(value as Uint8Array)
}

function writeBytes(value: Uint8Array): boolean {
  const { length } = value
  if (at + length > MEMORY_BYTES - NUMBER_BYTES) return false
  const content = length + 1
  if (content > 0xff) {
    memory[at++] = 0xc8
    memory[at++] = content >> 8
  } else memory[at++] = 0xc7
  memory[at++] = content
  memory[at++] = VIEW_TYPE
  memory[at++] = UINT8
  if (length > FEW_BYTES) memory.set(value, at)
  else for (let i = 0; i < length; i++) memory[at + i] = value[i] as number
  at += length
  return true
}

function writeList(values: readonly unknown[], depth: number): boolean {
  const { length } = values
  if (length > FEW_ITEMS) {
    if (length > 0xffff) return false
    memory[at++] = 0xdc
    memory[at++] = length >> 8
    memory[at++] = length
  } else memory[at++] = 0x90 | length
  for (let index = 0; index < length; index++) if (!writeValue(values[index], depth)) return false
  return true
}

function writeRecord(record: Record<string, unknown>, depth: number): boolean {
  const headAt = at++
  let count = 0
  for (const key in record) {
    if (++count > FEW_ITEMS || key === "__proto__" || !writeText(key) || !writeValue(record[key], depth)) return false
  }
  memory[headAt] = 0x80 | count
  return true
}

function writeText(text: string): boolean {
  const { length } = text
  if (length > TEXT_LENGTH || at + length > MEMORY_BYTES - NUMBER_BYTES) return false
  if (length <= SHORT_TEXT) memory[at++] = 0xa0 | length
  else {
    memory[at++] = 0xd9
    memory[at++] = length
  }
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return false
    memory[at++] = code
  }
  return true
}

function writeNumber(value: number): void {
  if ((value | 0) === value && value >= -32) {
    if (value < 0x80) memory[at++] = value
    else if (value < 0x100) {
      memory[at++] = 0xcc
      memory[at++] = value
    } else if (value < 0x10000) {
      memory[at++] = 0xcd
      memory[at++] = value >> 8
      memory[at++] = value
    } else {
      memory[at++] = 0xce
      view.setInt32(at, value)
      at += 4
    }
  } else if ((value | 0) === value) {
    memory[at++] = 0xd2
    view.setInt32(at, value)
    at += 4
  } else {
    memory[at++] = 0xcb
    view.setFloat64(at, value)
    at += 8
  }
}
