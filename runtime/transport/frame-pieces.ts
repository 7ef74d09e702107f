// Pieces — a frame larger than one bus message, cut and put together again (promise M8).
//
//   u8 magic · u8 n · n bytes sender · u32 id · u32 index · u32 count · u32 whole size · the bytes
//
// P1  Pieces of a frame follow one another on their way, and a sender cuts one frame after the other. So a gap means that some were
//     lost, and a new frame that the rest of the one before will not come: it is given up.
// P2  What a piece says of the whole is only a claim: memory is taken for what has come, twice as much at most, and not for more
//     than a bound over all senders, nor for longer than a while after the last piece.

import { TooLargeError, UndecodableError } from "../errors.js"
import type { HostId } from "../ids.js"
import { FRAME_BYTES } from "../wire/frame.js"

const MAGIC = 0xa8
const HEAD = 18
/** Frames under way to one receiver at once, from as many senders. */
const OPEN_FRAMES = 64
/** What all frames under way may hold together: four of the largest. */
const HELD_BYTES = 4 * FRAME_BYTES
/** How long the next piece of a frame may take. */
const PATIENCE_MS = 30_000
const LATE_MS = 1000
/** Room taken for a frame at first, when its first piece is smaller. */
const FIRST_BYTES = 64 * 1024

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

/** A frame under way. */
class Open {
  readonly id: number
  readonly count: number
  readonly size: number
  /** When its last piece came. */
  lastAt: number
  next = 0
  filled = 0
  #bytes: Uint8Array

  constructor(piece: Piece, now: number) {
    this.id = piece.id
    this.count = piece.count
    this.size = piece.size
    this.lastAt = now
    this.#bytes = new Uint8Array(Math.min(piece.size, Math.max(FIRST_BYTES, piece.part.length)))
  }

  /** The memory it takes. */
  get held(): number {
    return this.#bytes.length
  }

  /** Whether a piece is the next of this frame. */
  fits({ id, index, count, size, part }: Piece): boolean {
    return (
      id === this.id &&
      index === this.next &&
      count === this.count &&
      size === this.size &&
      this.filled + part.length <= this.size
    )
  }

  add({ part }: Piece, now: number): void {
    const end = this.filled + part.length
    if (end > this.#bytes.length) {
      const bytes = new Uint8Array(Math.min(this.size, Math.max(end, 2 * this.#bytes.length)))
      bytes.set(this.#bytes.subarray(0, this.filled))
      this.#bytes = bytes
    }
    this.#bytes.set(part, this.filled)
    this.filled = end
    this.next++
    this.lastAt = now
  }

  /** The whole frame. @throws {UndecodableError} when it is shorter than it said */
  get whole(): Uint8Array {
    if (this.filled !== this.size) throw new UndecodableError("piece", "the whole is shorter than it said")
    return this.#bytes
  }
}

interface Piece {
  readonly id: number
  readonly index: number
  readonly count: number
  readonly size: number
  readonly part: Uint8Array
}

export class PieceReader {
  /** By sender, the one that has waited longest for its next piece first. */
  readonly #open = new Map<string, Open>()
  readonly #now: () => number
  readonly #heldBytes: number
  #held = 0
  #timer: NodeJS.Timeout | undefined

  /** `heldBytes` bounds what all frames under way may hold. */
  constructor({ now = () => performance.now(), heldBytes = HELD_BYTES }: { now?: () => number; heldBytes?: number } = {}) {
    this.#now = now
    this.#heldBytes = heldBytes
  }

  /** The memory that frames under way take, in bytes. */
  get held(): number {
    return this.#held
  }

  /** Gives a whole frame, at once or when its last piece has come. @throws {UndecodableError} or TooLargeError */
  read(message: Uint8Array): Uint8Array | undefined {
    if (message[0] !== MAGIC) return message
    const n = message[1] ?? 0
    const head = HEAD + n
    if (message.length <= head) throw new UndecodableError("piece", "it is cut short")
    const from = String.fromCharCode(...message.subarray(2, 2 + n))
    const view = new DataView(message.buffer, message.byteOffset + 2 + n, 16)
    const [id, index, count, size] = [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)]
    // A frame is at most a batch and a message.
    if (size > FRAME_BYTES) throw new TooLargeError("frame in pieces", size, FRAME_BYTES)
    return this.#add(from, { id, index, count, size, part: message.subarray(head) })
  }

  /** Gives up the frames whose next piece is overdue. */
  expire(): void {
    const since = this.#now() - PATIENCE_MS
    for (const [from, { lastAt }] of this.#open) if (lastAt <= since) this.#drop(from)
  }

  #add(from: string, piece: Piece): Uint8Array | undefined {
    const now = this.#now()
    if (piece.index === 0) {
      this.#drop(from)
      const begun = new Open(piece, now)
      this.#open.set(from, begun)
      this.#held += begun.held
    }
    const open = this.#open.get(from)
    if (open?.fits(piece) !== true) {
      if (open !== undefined && open.id === piece.id) this.#drop(from)
      throw new UndecodableError(
        "piece",
        `number ${String(piece.index)} of ${String(piece.count)} does not follow the one before`,
      )
    }
    this.#held -= open.held
    open.add(piece, now)
    this.#held += open.held
    this.#open.delete(from)
    if (open.next >= open.count) {
      this.#held -= open.held
      return open.whole
    }
    this.#open.set(from, open)
    this.#makeRoom(from)
    this.#watchTime()
    return undefined
  }

  /** Gives up what has waited longest until the rest is within the bounds. */
  #makeRoom(except: string): void {
    for (const from of this.#open.keys()) {
      if (this.#open.size <= OPEN_FRAMES && this.#held <= this.#heldBytes) return
      if (from !== except) this.#drop(from)
    }
  }

  #drop(from: string): void {
    this.#held -= this.#open.get(from)?.held ?? 0
    this.#open.delete(from)
  }

  #watchTime(): void {
    if (this.#timer !== undefined || this.#open.size === 0) return
    const due = this.#now() + PATIENCE_MS
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      // When this loop itself was held up, what is overdue may be about to be read.
      if (this.#now() - due < LATE_MS) this.expire()
      this.#watchTime()
    }, PATIENCE_MS)
    this.#timer.unref()
  }
}
