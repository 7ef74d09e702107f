// Pieces — a frame larger than one bus message, cut and put together again (promise M8).
//
//   u8 magic · u8 n · n bytes sender · u32 id · u32 index · u32 count · u32 whole size · the bytes
//
// P1  Pieces of a frame follow one another on their way, so a gap means that some were lost: the frame is given up.

import { TooLargeError, UndecodableError } from "../errors.js"
import type { HostId } from "../ids.js"
import { FRAME_BYTES } from "../wire/frame.js"

const MAGIC = 0xa8
const HEAD = 18
/** Frames under way to one receiver at once. A sender that died in the middle of one leaves it here until others push it out. */
const OPEN_FRAMES = 64

/** Cuts a frame into pieces of at most `room` bytes. */
export function* pieces(frame: Uint8Array, how: { room: number; from: HostId; id: number }): Generator<Uint8Array> {
  const head = HEAD + how.from.length
  const step = how.room - head
  const count = Math.ceil(frame.length / step)
  for (let index = 0; index < count; index++) {
    const part = frame.subarray(index * step, (index + 1) * step)
    const piece = new Uint8Array(head + part.length)
    piece[0] = MAGIC
    piece[1] = how.from.length
    for (let i = 0; i < how.from.length; i++) piece[2 + i] = how.from.charCodeAt(i)
    const view = new DataView(piece.buffer)
    const at = 2 + how.from.length
    view.setUint32(at, how.id)
    view.setUint32(at + 4, index)
    view.setUint32(at + 8, count)
    view.setUint32(at + 12, frame.length)
    piece.set(part, head)
    yield piece
  }
}

interface Open {
  readonly bytes: Uint8Array
  readonly count: number
  next: number
  filled: number
}

export class PieceReader {
  readonly #open = new Map<string, Open>()

  /** Gives a whole frame, at once or when its last piece has come. @throws {UndecodableError} or TooLargeError */
  read(message: Uint8Array): Uint8Array | undefined {
    if (message[0] !== MAGIC) return message
    const n = message[1] ?? 0
    const head = HEAD + n
    if (message.length <= head) throw new UndecodableError("piece", "it is cut short")
    const from = String.fromCharCode(...message.subarray(2, 2 + n))
    const view = new DataView(message.buffer, message.byteOffset + 2 + n, 16)
    const [id, index, count, size] = [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)]
    return this.#add(`${from}#${String(id)}`, { index, count, size, part: message.subarray(head) })
  }

  #add(key: string, piece: { index: number; count: number; size: number; part: Uint8Array }): Uint8Array | undefined {
    const { index, count, size, part } = piece
    // A frame is at most one message and its head; what claims more would only make us reserve memory.
    if (size > FRAME_BYTES) throw new TooLargeError("frame in pieces", size, FRAME_BYTES)
    if (index === 0) this.#begin(key, count, size)
    const open = this.#open.get(key)
    if (open === undefined || open.next !== index || open.filled + part.length > open.bytes.length) {
      this.#open.delete(key)
      throw new UndecodableError("piece", `number ${String(index)} of ${String(count)} does not follow the one before`)
    }
    open.bytes.set(part, open.filled)
    open.filled += part.length
    open.next++
    if (open.next < open.count) return undefined
    this.#open.delete(key)
    if (open.filled !== open.bytes.length) throw new UndecodableError("piece", "the whole is shorter than it said")
    return open.bytes
  }

  #begin(key: string, count: number, size: number): void {
    if (this.#open.size >= OPEN_FRAMES) {
      const oldest = this.#open.keys().next().value
      if (oldest !== undefined) this.#open.delete(oldest)
    }
    this.#open.set(key, { bytes: new Uint8Array(size), count, next: 0, filled: 0 })
  }
}
