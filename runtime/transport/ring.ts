// Ring — messages from one thread to one other, through memory that both share. Nothing in here waits.
//
//   i32 written · i32 read · i32 data bell · i32 room bell, 64 bytes each · the records
//   a record: i32 size · i32 number · the bytes · up to a multiple of 8
//
// Positions count bytes since the beginning, modulo 2^32; they are multiples of 8. Who waits for the other side to write or read is
// told by the bells.
// R1  A message is there from the one store of `written` on, which comes after all of its bytes: a writer that is terminated at any
//     instant leaves whole messages only.
// R2  A record stands in one piece. What is left before the end of the memory is passed over by a filler.
// R3  The writer does not touch a record until the reader has freed it.
// R4  The reader takes nothing for granted: size and number of each record are checked.
// R5  Once a ring is closed, in the lowest bit of `written`, nothing more is written, and what was is all that ever will be. So who
//     closes it may read in the place of a reader that is gone, and the writer knows what was not written.

import { BadOptionError, TooLargeError, UndecodableError } from "../errors.js"

const LINE = 64
const LINE_WORDS = LINE / Int32Array.BYTES_PER_ELEMENT
const WRITTEN = 0
const READ = LINE_WORDS
/** Where the reader is waiting for a message, as an index of the memory's words. */
export const DATA_BELL = 2 * LINE_WORDS
/** Where the writer is waiting for room. */
export const ROOM_BELL = 3 * LINE_WORDS
const RECORDS_AT = 4 * LINE
const HEAD = 8
const FILLER = -1
const CLOSED = 1
const LEAST_BYTES = 256
const MOST_BYTES = 2 ** 30

/** Memory for a ring. @throws {BadOptionError} unless `bytes` is a power of two from 256 to 2^30 */
export function makeRing(bytes: number): SharedArrayBuffer {
  if (!(bytes >= LEAST_BYTES && bytes <= MOST_BYTES && Number.isInteger(Math.log2(bytes))))
    throw new BadOptionError("ring bytes", `a power of two from ${String(LEAST_BYTES)} to ${String(MOST_BYTES)}`, bytes)
  return new SharedArrayBuffer(RECORDS_AT + bytes)
}

/** Ends all writing to a ring, for good. A writer that waits for room is not woken by this. */
export function closeRing(memory: SharedArrayBuffer): void {
  Atomics.or(new Int32Array(memory, 0, RECORDS_AT / 4), WRITTEN, CLOSED)
}

/** How many bytes a ring's records take at most. */
function capacityOf(memory: SharedArrayBuffer): number {
  return memory.byteLength - RECORDS_AT
}

/** The largest message of a ring: a quarter, so that a filler and a message fit into a half. */
function largestOf(memory: SharedArrayBuffer): number {
  return capacityOf(memory) / 4 - HEAD
}

export class RingWriter {
  readonly #words: Int32Array
  readonly #records: Int32Array
  readonly #bytes: Uint8Array
  readonly #capacity: number
  /** The largest message it takes. */
  readonly largest: number
  #written: number
  /** As it was when last looked up; the reader may have come further. */
  #read: number
  #number = 0

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory, 0, RECORDS_AT / 4)
    this.#records = new Int32Array(memory, RECORDS_AT)
    this.#bytes = new Uint8Array(memory, RECORDS_AT)
    this.#capacity = capacityOf(memory)
    this.largest = largestOf(memory)
    this.#written = Atomics.load(this.#words, WRITTEN) & ~CLOSED
    this.#read = Atomics.load(this.#words, READ)
  }

  /** How far it has written. */
  get position(): number {
    return this.#written
  }

  get isClosed(): boolean {
    return (Atomics.load(this.#words, WRITTEN) & CLOSED) !== 0
  }

  /** Whether the reader has freed all that was written up to a position. */
  hasPassed(position: number): boolean {
    this.#read = Atomics.load(this.#words, READ)
    return ((this.#read - position) | 0) >= 0
  }

  /** Whether a message of that length can be written now. */
  hasRoomFor(length: number): boolean {
    const size = sizeOf(length)
    const rest = this.#capacity - (this.#written & (this.#capacity - 1))
    const most = this.#capacity - (rest < size ? rest + size : size)
    if ((this.#written - this.#read) >>> 0 <= most) return true
    this.#read = Atomics.load(this.#words, READ)
    return (this.#written - this.#read) >>> 0 <= most
  }

  /** Writes a message; false, having written nothing, when there is no room now or it is closed. @throws {TooLargeError} above `largest` */
  write(message: Uint8Array): boolean {
    const { length } = message
    if (length > this.largest) throw new TooLargeError("a ring's message", length, this.largest)
    if (!this.hasRoomFor(length)) return false
    const size = sizeOf(length)
    let end = this.#written
    let at = end & (this.#capacity - 1)
    const rest = this.#capacity - at
    if (rest < size) {
      this.#records[at >> 2] = FILLER
      end = (end + rest) | 0
      at = 0
    }
    this.#records[at >> 2] = length
    this.#records[(at >> 2) + 1] = this.#number
    this.#bytes.set(message, at + HEAD)
    end = (end + size) | 0
    if (Atomics.compareExchange(this.#words, WRITTEN, this.#written, end) !== this.#written) return false
    this.#number = (this.#number + 1) | 0
    this.#written = end
    return true
  }
}

export class RingReader {
  readonly #words: Int32Array
  readonly #records: Int32Array
  readonly #bytes: Uint8Array
  readonly #capacity: number
  readonly #largest: number
  #written: number
  #read: number
  /** Where the message at hand ends; where the next begins when there is none. */
  #end: number
  #number: number

  /** Reads on where a reader before it was; or behind a message that ended at a position further on. */
  constructor(memory: SharedArrayBuffer, taken?: number) {
    this.#words = new Int32Array(memory, 0, RECORDS_AT / 4)
    this.#records = new Int32Array(memory, RECORDS_AT)
    this.#bytes = new Uint8Array(memory, RECORDS_AT)
    this.#capacity = capacityOf(memory)
    this.#largest = largestOf(memory)
    const read = Atomics.load(this.#words, READ)
    const from = taken !== undefined && ((taken - read) | 0) > 0 ? taken : read
    this.#written = this.#read = this.#end = from
    const at = from & (this.#capacity - 1)
    const first = this.#records[at >> 2] === FILLER ? 0 : at
    this.#number = this.isEmpty ? 0 : (this.#records[(first >> 2) + 1] ?? 0)
  }

  /** Where the message at hand ends. */
  get position(): number {
    return this.#end
  }

  /** How far the writer has written. */
  get written(): number {
    return Atomics.load(this.#words, WRITTEN) & ~CLOSED
  }

  /** Whether it has read all up to a position. */
  hasCome(position: number): boolean {
    return ((this.#end - position) | 0) >= 0
  }

  /** Whether nothing waits to be read. */
  get isEmpty(): boolean {
    return this.written === this.#end
  }

  /** Looks so often at most, until something waits to be read. */
  look(times: number): void {
    for (let n = 0; n < times && this.isEmpty; n++);
  }

  /** Whether at least half of it is free, which is enough for any message. */
  get isHalfFree(): boolean {
    return (this.written - this.#read) >>> 0 <= this.#capacity / 2
  }

  /**
   * The next message, undefined when there is none. It is a window on the ring, good until `free`, which is to be called before the next.
   * @throws {UndecodableError} when what is there is no record: nothing behind it can be read
   */
  next(): Uint8Array | undefined {
    if (this.#end === this.#written) {
      this.#written = this.written
      if (this.#end === this.#written) return undefined
    }
    let at = this.#end & (this.#capacity - 1)
    if (this.#records[at >> 2] === FILLER) {
      this.#end = (this.#end + this.#capacity - at) | 0
      at = 0
    }
    const length = this.#records[at >> 2] ?? FILLER
    const number = this.#records[(at >> 2) + 1]
    const there = (this.#written - this.#end) >>> 0
    if (length < 0 || length > this.#largest || sizeOf(length) > there || there > this.#capacity)
      throw new UndecodableError("ring", `a message of ${String(length)} bytes, and ${String(there)} are there`)
    if (number !== this.#number)
      throw new UndecodableError("ring", `message ${String(number)} where ${String(this.#number)} was due`)
    this.#number = (this.#number + 1) | 0
    this.#end = (this.#end + sizeOf(length)) | 0
    return this.#bytes.subarray(at + HEAD, at + HEAD + length)
  }

  /** The writer may write over the messages that were read. */
  free(): void {
    this.#read = this.#end
    Atomics.store(this.#words, READ, this.#read)
  }
}

function sizeOf(length: number): number {
  return (HEAD + length + 7) & ~7
}
