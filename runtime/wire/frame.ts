// Frame — a batch of encoded envelopes from one host to another, as the bytes that transports carry.
//
//   u8 magic · u8 version · u8 n · n bytes sender · u8 m · m bytes receiver · u8 0xdd · u32 count · count envelopes
//
// From the 0xdd on it is one msgpack array, so a receiver decodes a batch in one call, and a relay reads the head only.

import { TooLargeError, UndecodableError } from "../errors.js"
import { type HostId, hostId } from "../ids.js"

const MAGIC = 0xa7
const VERSION = 1
const ARRAY32 = 0xdd

/** The head of a frame, and the msgpack array of envelopes behind it. */
export interface Frame {
  readonly from: HostId
  readonly to: HostId
  readonly body: Uint8Array
}

/** Puts encoded envelopes into one frame, in a buffer of its own. */
export function makeFrame(from: HostId, to: HostId, envelopes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let size = 2 + 1 + from.length + 1 + to.length + 5
  for (const envelope of envelopes) size += envelope.length
  if (size > 0x7fff_ffff) throw new TooLargeError("frame", size, 0x7fff_ffff)
  const bytes = new Uint8Array(size)
  bytes[0] = MAGIC
  bytes[1] = VERSION
  let at = writeText(bytes, 2, from)
  at = writeText(bytes, at, to)
  bytes[at++] = ARRAY32
  new DataView(bytes.buffer).setUint32(at, envelopes.length)
  at += 4
  for (const envelope of envelopes) {
    bytes.set(envelope, at)
    at += envelope.length
  }
  return bytes
}

/** Reads the head. @throws {UndecodableError} when the bytes are no frame. */
export function readFrame(bytes: Uint8Array): Frame {
  if (bytes.length < 10 || bytes[0] !== MAGIC || bytes[1] !== VERSION)
    throw new UndecodableError("frame", "it does not begin as one")
  const sender = readText(bytes, 2)
  const receiver = readText(bytes, sender.end)
  if (bytes[receiver.end] !== ARRAY32) throw new UndecodableError("frame", "no batch behind the head")
  return { from: sender.id, to: receiver.id, body: bytes.subarray(receiver.end) }
}

function writeText(bytes: Uint8Array, at: number, text: string): number {
  bytes[at++] = text.length
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
  return at + text.length
}

function readText(bytes: Uint8Array, at: number): { id: HostId; end: number } {
  const length = bytes[at] ?? 0
  const end = at + 1 + length
  if (length === 0 || end > bytes.length) throw new UndecodableError("frame", "the head is cut short")
  let text = ""
  for (let i = at + 1; i < end; i++) text += String.fromCharCode(bytes[i] ?? 0)
  try {
    return { id: hostId(text), end }
  } catch (error) {
    throw new UndecodableError("frame", "a host id in the head is malformed", error)
  }
}
