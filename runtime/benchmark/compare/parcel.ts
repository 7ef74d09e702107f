// Parcel — a payload on its way, and the receipt that proves its arrival.
// P1  No two handovers with the same parcel have the same receipt, so that an old arrival is never taken for a new one.
// P2  A parcel is under way once at a time; who wants several in flight makes several.

import { crc32 } from "node:zlib"
import { Packr } from "msgpackr"

/** How far the other side reads: both ends and a byte of every cache line, so that all of it has come to it, or every byte. */
export type Check = "lines" | "whole"

/** What is handed over: bytes of a size, or a value of the user's own. */
export type Payload = { readonly type: "bytes"; readonly bytes: number } | { readonly type: "value"; readonly value: unknown }

/** What the other side is given, whatever carries it. */
export interface Load {
  readonly sequence: number
  readonly check: Check
  readonly body: unknown
}

/** The least payload of bytes: two stamps. */
export const LEAST_BYTES = 8
/** Of a cache line, on the machines there are. */
const LINE_BYTES = 64

const packr = new Packr({ useRecords: false, moreTypes: true })

/** A value as the bytes that shared memory holds. */
export function packed(value: unknown): Uint8Array {
  return packr.pack(value)
}

export function unpacked(bytes: Uint8Array): unknown {
  return packr.unpack(bytes)
}

/** What the other side answers: proof that it has all of it before it. */
export function receiptOf({ sequence, check, body }: Load): number {
  if (!(body instanceof Uint8Array)) return check === "lines" ? mixed(sequence, 1) : crc32(packed(body), sequence)
  return check === "whole" ? crc32(body, sequence) : linesReceipt(body, lineSum(body))
}

function linesReceipt(body: Uint8Array, sum: number): number {
  return mixed(mixed(wordAt(body, 0), wordAt(body, body.length - 4)) ^ sum, body.length)
}

/** Of a byte of every cache line between the two stamps. */
function lineSum(body: Uint8Array): number {
  let sum = 0
  for (let at = LINE_BYTES; at < body.length - 4; at += LINE_BYTES) sum = (sum + (body[at] as number)) | 0
  return sum
}

export class Parcel implements Load {
  /** Replaced by carriers that give the memory away and get it back. */
  body: unknown
  sequence = 0
  check: Check = "lines"
  /** Never changes: whoever hands it over need not read it again to know the receipt. */
  readonly #sum: number

  constructor(payload: Payload, seed = 0) {
    this.body = payload.type === "bytes" ? noise(payload.bytes, seed) : payload.value
    this.#sum = this.body instanceof Uint8Array ? lineSum(this.body) : 0
  }

  /** Makes it the next one. @returns the receipt to expect */
  stamp(sequence: number, check: Check): number {
    this.sequence = sequence
    this.check = check
    if (this.body instanceof Uint8Array) {
      putWord(this.body, 0, sequence)
      putWord(this.body, this.body.length - 4, ~sequence)
      if (check === "lines") return linesReceipt(this.body, this.#sum)
    }
    return receiptOf(this)
  }
}

/** @throws {Error} when something else arrived than was sent. */
export function mustBe(receipt: number, expected: number): void {
  if (receipt !== expected)
    throw new Error(`what arrived is not what was sent: receipt ${String(receipt)}, expected ${String(expected)}`)
}

const TILE = 65_536

/** Bytes that are no two alike for long. */
function noise(length: number, seed: number): Uint8Array {
  if (length < LEAST_BYTES) throw new RangeError(`a payload has ${String(LEAST_BYTES)} bytes or more, not ${String(length)}`)
  const bytes = new Uint8Array(length)
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1
  for (let i = 0; i < Math.min(length, TILE); i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[i] = state
  }
  for (let at = TILE; at < length; at += TILE) bytes.copyWithin(at, 0, Math.min(TILE, length - at))
  return bytes
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0
}

function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word
  bytes[at + 1] = word >>> 8
  bytes[at + 2] = word >>> 16
  bytes[at + 3] = word >>> 24
}

function mixed(a: number, b: number): number {
  return (Math.imul(a ^ (a >>> 15), 0x2c1b3c6d) ^ Math.imul(b + 0x297a2d39, 0x85ebca6b)) >>> 0
}
