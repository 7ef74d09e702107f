// Frame — a batch of encoded envelopes from one host to another, as the bytes that transports carry.
//
//   u8 magic · u8 version · u32 sender's incarnation · u32 receiver's incarnation
//   f64 number of the last ask · u32 asks at most · u32 tells · u32 messages for the host's own actor
//   u8 n · n bytes sender · u8 m · m bytes receiver · u8 0xdd · u32 count · count envelopes
//
// From the 0xdd on it is one msgpack array, so a receiver decodes a batch in one call. A relay reads the head only, and
// whoever cannot deliver a frame can say by its head alone what has come back.
// F1  A frame is for one incarnation of its receiver: no other one opens it. Only the question which one is there is for any.

import { UndecodableError } from "../errors.js"
import type { HostId } from "../ids.js"
import { MESSAGE_BYTES } from "./codec.js"
import { readName } from "./head-names.js"

const MAGIC = 0xa7
const VERSION = 2
const ARRAY32 = 0xdd
const FROM_AT = 2
const TO_AT = 6
const LAST_AT = 10
const SPAN_AT = 18
const TELLS_AT = 22
const ROOTS_AT = 26
const NAMES_AT = 30

/** In place of the receiver's incarnation: whichever is there. */
export const ANY_INCARNATION = 0

/** The most a frame has: one message of the largest size, and its head. */
export const FRAME_BYTES = MESSAGE_BYTES + 1024

/** What a frame holds, for accounting. */
export interface Cargo {
  /** The number of its last ask; its asks are among this one and the `span - 1` before it. */
  readonly last: number
  readonly span: number
  readonly tells: number
  /** Asks and tells for the actor its host was made for. */
  readonly roots: number
}

export const NO_CARGO: Cargo = { last: 0, span: 0, tells: 0, roots: 0 }

/** The head of a frame, and the msgpack array of envelopes behind it. */
export interface Frame extends Cargo {
  readonly from: HostId
  readonly to: HostId
  readonly fromIncarnation: number
  readonly toIncarnation: number
  readonly body: Uint8Array
}

/** The head of all frames from one host to another; whoever sends one stamps it with the incarnations. */
export class FrameHead {
  readonly #bytes: Uint8Array

  constructor({ from, to }: { readonly from: HostId; readonly to: HostId }) {
    this.#bytes = new Uint8Array(NAMES_AT + 1 + from.length + 1 + to.length + 5)
    this.#bytes[0] = MAGIC
    this.#bytes[1] = VERSION
    const at = writeText(this.#bytes, writeText(this.#bytes, NAMES_AT, from), to)
    this.#bytes[at] = ARRAY32
  }

  /** How many bytes it takes. */
  get length(): number {
    return this.#bytes.length
  }

  /** Writes it to the beginning of a frame of so many envelopes. */
  write(frame: Uint8Array, envelopes: number, cargo: Cargo): void {
    frame.set(this.#bytes)
    writeDouble(frame, LAST_AT, cargo.last)
    writeWord(frame, SPAN_AT, cargo.span)
    writeWord(frame, TELLS_AT, cargo.tells)
    writeWord(frame, ROOTS_AT, cargo.roots)
    writeWord(frame, this.#bytes.length - 4, envelopes)
  }
}

/** Puts encoded envelopes into one frame, in a buffer of its own. Whoever sends it stamps it with the incarnations. */
export function makeFrame(
  ends: { readonly from: HostId; readonly to: HostId },
  envelopes: readonly Uint8Array[],
  cargo: Cargo = NO_CARGO,
): Uint8Array<ArrayBuffer> {
  const head = new FrameHead(ends)
  let size = head.length
  for (const envelope of envelopes) size += envelope.length
  const bytes = new Uint8Array(size)
  head.write(bytes, envelopes.length, cargo)
  let at = head.length
  for (const envelope of envelopes) {
    bytes.set(envelope, at)
    at += envelope.length
  }
  return bytes
}

/** What the head of a frame of ours says, without a check. */
export function readHead(bytes: Uint8Array): Omit<Frame, "body"> {
  const toAt = NAMES_AT + 1 + (bytes[NAMES_AT] ?? 0)
  return {
    from: String.fromCharCode(...bytes.subarray(NAMES_AT + 1, toAt)) as HostId,
    to: String.fromCharCode(...bytes.subarray(toAt + 1, toAt + 1 + (bytes[toAt] ?? 0))) as HostId,
    fromIncarnation: wordAt(bytes, FROM_AT),
    toIncarnation: wordAt(bytes, TO_AT),
    last: doubleAt(bytes, LAST_AT),
    span: wordAt(bytes, SPAN_AT),
    tells: wordAt(bytes, TELLS_AT),
    roots: wordAt(bytes, ROOTS_AT),
  }
}

/** A copy of as much of a frame of ours as `readHead` reads. */
export function copyHead(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const toAt = NAMES_AT + 1 + (bytes[NAMES_AT] ?? 0)
  return new Uint8Array(bytes.subarray(0, toAt + 1 + (bytes[toAt] ?? 0)))
}

/** How many messages for the host's own actor a frame says it holds; without a check, and without an allocation. */
export function rootsIn(bytes: Uint8Array): number {
  return wordAt(bytes, ROOTS_AT)
}

/** Says which incarnation a frame is from, and which one it is for. */
export function stampFrame(frame: Uint8Array<ArrayBuffer>, from: number, to: number): void {
  writeWord(frame, FROM_AT, from)
  writeWord(frame, TO_AT, to)
}

/** Reads a frame. @throws {UndecodableError} when the bytes are none. */
export function readFrame(bytes: Uint8Array): Frame {
  if (bytes.length < NAMES_AT + 9 || bytes[0] !== MAGIC || bytes[1] !== VERSION)
    throw new UndecodableError("frame", "it does not begin as one")
  const from = readName(bytes, NAMES_AT)
  const toAt = NAMES_AT + 1 + from.length
  const to = readName(bytes, toAt)
  const bodyAt = toAt + 1 + to.length
  if (bytes[bodyAt] !== ARRAY32) throw new UndecodableError("frame", "no batch behind the head")
  return {
    from,
    to,
    fromIncarnation: wordAt(bytes, FROM_AT),
    toIncarnation: wordAt(bytes, TO_AT),
    last: doubleAt(bytes, LAST_AT),
    span: wordAt(bytes, SPAN_AT),
    tells: wordAt(bytes, TELLS_AT),
    roots: wordAt(bytes, ROOTS_AT),
    body: bytes.subarray(bodyAt),
  }
}

/** Numbers in heads are written byte by byte, the highest first: a DataView of each frame would cost as much as all of its head. */
const double = new DataView(new ArrayBuffer(8))

function writeWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  )
}

function writeDouble(bytes: Uint8Array, at: number, value: number): void {
  double.setFloat64(0, value)
  writeWord(bytes, at, double.getUint32(0))
  writeWord(bytes, at + 4, double.getUint32(4))
}

function doubleAt(bytes: Uint8Array, at: number): number {
  double.setUint32(0, wordAt(bytes, at))
  double.setUint32(4, wordAt(bytes, at + 4))
  return double.getFloat64(0)
}

function writeText(bytes: Uint8Array, at: number, text: string): number {
  bytes[at++] = text.length
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
  return at + text.length
}
