// QuickReader — batches of envelopes with small plain messages, read from msgpack without a copy, and without a check beforehand.
// What it does not know it leaves to the codec, the whole batch: it gives what the codec would give, or nothing.
// Q1  Nothing is taken for granted: every length is held against the bytes that remain, so what passes is sound and complete. The bytes may
//     be a window on memory that another thread writes.
// Q2  Texts that come again and again, keys and names of handlers, are made once.

import type { Envelope } from "./envelope.js"
import { UINT8, VIEW_TYPE } from "./msgpack-views.js"

/** What is larger holds what this one does not know, or pays for the codec. */
const BATCH_BYTES = 64 * 1024
const DEPTH = 9
const ARRAY32 = 0xdd
const HEAD_BYTES = 5
const SHORT_TEXT = 8
/** More bytes of a view than these are sooner copied by the codec. */
const VIEW_BYTES = 4096
/** The longest text that is remembered. */
const KNOWN_LENGTH = 32
/** A power of two. */
const PLACES = 256
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

interface Known {
  readonly bytes: Uint8Array
  readonly text: string
}

const known = new Array<Known | undefined>(PLACES).fill(undefined)
const double = new Float64Array(1)
const doubleBytes = new Uint8Array(double.buffer)
const desk = Buffer.allocUnsafeSlow(0xff)

let bytes = new Uint8Array(0)
let at = 0
let end = 0
/** Whether something was met that is the codec's to read. */
let isOver = false

/** The envelopes of a batch; undefined when it is the codec's to read. */
export function unpackQuick(batch: Uint8Array): Envelope[] | undefined {
  if (batch.length > BATCH_BYTES || batch.length < HEAD_BYTES || batch[0] !== ARRAY32 || !LITTLE_ENDIAN) return undefined
  bytes = batch as Uint8Array<ArrayBuffer>
  at = 1
  end = batch.length
  isOver = false
  const count = integer(4)
  if (count > end - at) return undefined
  const envelopes: Envelope[] = []
  for (let i = 0; i < count; i++) {
    const envelope = readEnvelope()
    if (envelope === undefined) return undefined
    envelopes.push(envelope)
  }
  return at === end ? envelopes : undefined
}

function readEnvelope(): Envelope | undefined {
  const form = next()
  const type = next()
  if (form === 0x96 && type === 1) {
    const [to, id, handler, deadline] = [readNumber(), readNumber(), readName(), readNumber()]
    const input = readValue(0)
    return isOver ? undefined : { type: "ask", to, id, handler, deadline, input }
  }
  if (form === 0x95 && type === 0) {
    const [to, handler, deadline] = [readNumber(), readName(), readNumber()]
    const input = readValue(0)
    return isOver ? undefined : { type: "tell", to, handler, deadline, input }
  }
  if (form === 0x93 && type === 2) {
    const id = readNumber()
    const value = readValue(0)
    return isOver ? undefined : { type: "answered", id, value }
  }
  if (form === 0x92 && type === 4) {
    const id = readNumber()
    return isOver ? undefined : { type: "cancel", id }
  }
  return undefined
}

function readValue(depth: number): unknown {
  const token = next()
  if (token < 0x80) return token
  if (token < 0x90) return readRecord(token & 0x0f, depth + 1)
  if (token < 0xa0) return readList(token & 0x0f, depth + 1)
  if (token < 0xc0) return readText(token & 0x1f)
  switch (token) {
    case 0xc0:
      return null
    case 0xc2:
      return false
    case 0xc3:
      return true
    case 0xc7:
      return readBytes(next())
    case 0xc8:
      return readBytes(integer(2))
    case 0xd4:
      return next() === 0 && next() === 0 ? undefined : over()
    case 0xd9:
      return readText(next())
    case 0xdc:
      return readList(integer(2), depth + 1)
    case 0xde:
      return readRecord(integer(2), depth + 1)
    default:
      return numberOf(token)
  }
}

function readList(count: number, depth: number): unknown {
  if (count > end - at || depth > DEPTH) return over()
  const values: unknown[] = []
  for (let i = 0; i < count; i++) {
    values.push(readValue(depth))
    if (isOver) break
  }
  return values
}

function readRecord(count: number, depth: number): unknown {
  if (2 * count > end - at || depth > DEPTH) return over()
  const record: Record<string, unknown> = {}
  for (let i = 0; i < count; i++) {
    const key = readName()
    if (key === "__proto__") return over()
    record[key] = readValue(depth)
    if (isOver) break
  }
  return record
}

/** A Uint8Array, in memory of its own. */
function readBytes(content: number): unknown {
  if (next() !== VIEW_TYPE || next() !== UINT8) return over()
  const length = content - 1
  if (length < 0 || length > VIEW_BYTES || length > end - at) return over()
  at += length
  return new Uint8Array(bytes.subarray(at - length, at))
}

function readNumber(): number {
  const token = next()
  return token < 0x80 ? token : numberOf(token)
}

function numberOf(token: number): number {
  switch (token) {
    case 0xcb:
      return readDouble()
    case 0xcc:
      return next()
    case 0xcd:
      return integer(2)
    case 0xce:
      return integer(4)
    case 0xd0:
      return (next() << 24) >> 24
    case 0xd1:
      return (integer(2) << 16) >> 16
    case 0xd2:
      return integer(4) | 0
    default:
      return token >= 0xe0 ? token - 0x100 : over()
  }
}

function readDouble(): number {
  if (end - at < 8) return over()
  for (let i = 7; i >= 0; i--) doubleBytes[i] = bytes[at++] as number
  return double[0] as number
}

/** A text that is likely to have come before. */
function readName(): string {
  const token = next()
  const length = token === 0xd9 ? next() : token >= 0xa0 && token < 0xc0 ? token & 0x1f : -1
  if (length < 0 || length > end - at) {
    over()
    return ""
  }
  if (length === 0 || length > KNOWN_LENGTH) return readText(length)
  const first = bytes[at] as number
  const last = bytes[at + length - 1] as number
  const place = (first + 31 * last + 7 * length) & (PLACES - 1)
  const found = known[place]
  if (found?.bytes.length === length && isNext(found.bytes)) {
    at += length
    return found.text
  }
  const start = at
  const text = readText(length)
  // From the text: the bytes may have changed since they were read.
  if (at > start) known[place] = { bytes: Uint8Array.from(text, (letter) => letter.charCodeAt(0)), text }
  return text
}

function isNext(expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (expected[i] !== bytes[at + i]) return false
  return true
}

function readText(length: number): string {
  if (length > end - at) {
    over()
    return ""
  }
  let text = ""
  let all = 0
  for (let i = 0; i < length; i++) {
    const code = bytes[at + i] as number
    all |= code
    if (length <= SHORT_TEXT) text += String.fromCharCode(code)
    else desk[i] = code
  }
  at += length
  if (all > 0x7f) over()
  return length <= SHORT_TEXT ? text : desk.toString("latin1", 0, length)
}

function integer(width: number): number {
  let value = 0
  for (let i = 0; i < width; i++) value = value * 256 + next()
  return value
}

function next(): number {
  return at < end ? (bytes[at++] as number) : over()
}

function over(): number {
  isOver = true
  return 0
}
