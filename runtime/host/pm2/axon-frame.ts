// The frames on a pm2 daemon's sockets: one byte (version 1, number of parts), then each part after its length (32 bits,
// big-endian). A part is "s:" and text, "j:" and JSON, or bare bytes.

import { Pm2Error } from "../../errors.js"

const VERSION = 1
// A listing carries each app's whole environment: some 10 kB an app.
const LARGEST_FRAME_BYTES = 64 * 1024 * 1024

/** A part that holds text. */
export function textPart(text: string): Buffer {
  return Buffer.from(`s:${text}`)
}

/** A part that holds JSON. */
export function jsonPart(value: unknown): Buffer {
  return Buffer.from(`j:${JSON.stringify(value)}`)
}

/** The text of a text part, or undefined for another. */
export function textOf(part: Buffer | undefined): string | undefined {
  return part !== undefined && part[0] === 0x73 && part[1] === 0x3a ? part.toString("utf8", 2) : undefined
}

/** The value of a JSON part, or undefined for another or for malformed JSON. */
export function jsonOf(part: Buffer | undefined): unknown {
  if (part === undefined || part[0] !== 0x6a || part[1] !== 0x3a) return undefined
  try {
    return JSON.parse(part.toString("utf8", 2)) as unknown
  } catch {
    return undefined
  }
}

/** One frame of up to 15 parts. */
export function encodeFrame(parts: readonly Buffer[]): Buffer {
  const pieces: Buffer[] = [Buffer.from([(VERSION << 4) | parts.length])]
  for (const part of parts) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(part.length)
    pieces.push(length, part)
  }
  return Buffer.concat(pieces)
}

/** Cuts a byte stream into frames. */
export class FrameReader {
  #chunks: Buffer[] = []
  #held = 0
  #needed = 1

  /**
   * The frames that this chunk completes, each as its parts.
   * @throws {Pm2Error} when the bytes are no frames of version 1, or a frame is larger than 64 MB.
   */
  push(chunk: Buffer): Buffer[][] {
    this.#chunks.push(chunk)
    this.#held += chunk.length
    if (this.#held < this.#needed) return []
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    const frames: Buffer[][] = []
    for (;;) {
      const cut = cutFrame(rest)
      if (cut.type === "short") {
        this.#needed = cut.needed
        break
      }
      frames.push(cut.parts)
      rest = rest.subarray(cut.end)
    }
    this.#chunks = rest.length === 0 ? [] : [rest]
    this.#held = rest.length
    return frames
  }
}

type Cut = { type: "whole"; parts: Buffer[]; end: number } | { type: "short"; needed: number }

function cutFrame(bytes: Buffer): Cut {
  const head = bytes[0]
  if (head === undefined) return { type: "short", needed: 1 }
  if (head >> 4 !== VERSION) throw new Pm2Error(`expected a frame of version ${String(VERSION)}, got ${String(head >> 4)}`)
  const parts: Buffer[] = []
  let at = 1
  for (let left = head & 0xf; left > 0; left--) {
    if (bytes.length < at + 4) return { type: "short", needed: at + 4 }
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > LARGEST_FRAME_BYTES) throw new Pm2Error(`a frame of ${String(end)} bytes or more is too large`)
    if (bytes.length < end) return { type: "short", needed: end }
    parts.push(bytes.subarray(at + 4, end))
    at = end
  }
  return { type: "whole", parts, end: at }
}
