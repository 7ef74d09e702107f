// FrameBuilder — one frame after another, from encoded envelopes.
// Owns the memory that envelopes are gathered in. When a frame leaves is the outbox's business.
// B1  A frame that was given away is never written again.
// B2  Small frames share blocks of memory: memory of their own would cost each more than all else that is done with it.

import type { HostId } from "../ids.js"
import { type Cargo, FrameHead } from "../wire/frame.js"
import { giveFrame, LARGE_BYTES, takeLarge } from "../wire/large-memory.js"
import type { Packed } from "../wire/msgpack-codec.js"

const FIRST_BYTES = 1024
/** A frame larger than this leaves in the memory it was gathered in. */
const KEPT_BYTES = 32 * 1024
/** A batch and its head. */
const BATCH_BYTES = 257 * 1024
/** Up to here the bytes of an envelope are copied one by one. */
const FEW_BYTES = 64
const BLOCK_BYTES = 16 * 1024
/** The largest frame that shares a block. */
const SHARING_BYTES = 2 * 1024

/** Frames begin with a word: to and from shared memory they are copied in words then. */
const WORD = 8

let block = new Uint8Array(BLOCK_BYTES)
let blockEnd = 0

export class FrameBuilder {
  readonly #head: FrameHead
  #bytes = new Uint8Array(FIRST_BYTES)
  #gathered = this.#bytes
  #end: number
  #count = 0

  constructor(ends: { readonly from: HostId; readonly to: HostId }) {
    this.#head = new FrameHead(ends)
    this.#end = this.#head.length
  }

  /** How many bytes stand before the first envelope. */
  get head(): number {
    return this.#head.length
  }

  /** How many envelopes were added. */
  get count(): number {
    return this.#count
  }

  /** The bytes of the envelopes that were added. */
  get size(): number {
    return this.#end - this.#head.length
  }

  /** Adds an envelope, by a copy of its bytes. */
  add({ memory, start, end }: Packed): void {
    const length = end - start
    if (this.#end + length > this.#bytes.length) this.#grow(this.#end + length)
    if (length > FEW_BYTES) this.#bytes.set(memory.subarray(start, end), this.#end)
    else for (let i = 0; i < length; i++) this.#bytes[this.#end + i] = memory[start + i] as number
    this.#end += length
    this.#count++
  }

  /** The frame of all that was added; the next one begins. */
  take(cargo: Cargo): Uint8Array<ArrayBuffer> {
    this.#head.write(this.#bytes, this.#count, cargo)
    // Who asks one thing after the other makes frames of one length.
    if (this.#gathered.length !== this.#end || this.#gathered.buffer !== this.#bytes.buffer)
      this.#gathered = this.#bytes.subarray(0, this.#end)
    const gathered = this.#gathered
    let frame = gathered
    if (gathered.length > KEPT_BYTES) this.#bytes = this.#gathered = new Uint8Array(FIRST_BYTES)
    else {
      frame = memoryFor(gathered.length)
      frame.set(gathered)
    }
    this.#end = this.#head.length
    this.#count = 0
    return frame
  }

  /** A frame of one envelope in the memory that was given with it; undefined when its head finds no room there. */
  takeAround({ memory, start, end }: Packed, cargo: Cargo): Uint8Array<ArrayBuffer> | undefined {
    if (start < this.#head.length) return undefined
    const frame = memory.subarray(start - this.#head.length, end)
    this.#head.write(frame, 1, cargo)
    return frame
  }

  #grow(least: number): void {
    const bytes = memoryOf(Math.max(least, Math.min(2 * this.#bytes.length, BATCH_BYTES)))
    bytes.set(this.#bytes.subarray(0, this.#end))
    giveFrame(this.#bytes)
    this.#bytes = bytes
  }
}

function memoryFor(size: number): Uint8Array<ArrayBuffer> {
  if (size > SHARING_BYTES) return memoryOf(size)
  if (blockEnd + size > BLOCK_BYTES) {
    block = new Uint8Array(BLOCK_BYTES)
    blockEnd = 0
  }
  const memory = block.subarray(blockEnd, blockEnd + size)
  blockEnd = (blockEnd + size + WORD - 1) & -WORD
  return memory
}

function memoryOf(size: number): Uint8Array<ArrayBuffer> {
  return size < LARGE_BYTES ? Buffer.allocUnsafeSlow(size) : takeLarge(size)
}
