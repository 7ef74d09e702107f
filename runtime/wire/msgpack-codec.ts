// MsgpackCodec — values in msgpack, between hosts and for programs that ask for it.
// Owns its Packr and the limits. What msgpack lacks is msgpack-substitution's, what may come in is msgpack-inspection's.
// K1  A value goes to msgpackr only after the walk has passed it, bytes only after the scan has, `decodeTrusted` apart.
// K2  Bytes handed out by `encode` are never written again; those of `pack` are, by the next encoding, unless they are given away.
// K3  Nothing but errors of errors.ts leaves it, whatever the input.

import { BadOptionError, TooLargeError, TroupeError, UndecodableError, UnencodableError } from "../errors.js"
import { DEFAULT_LIMITS, type Codec, type CodecLimits } from "./codec.js"
import { takeLarge } from "./large-memory.js"
import { inspectMsgpack } from "./msgpack-inspection.js"
import { Packr, RESERVE_START_SPACE, RESET_BUFFER_MODE, REUSE_BUFFER_MODE, useNativeFor } from "./msgpackr.js"
import { MsgpackWalk, untag, type MsgpackExtension } from "./msgpack-substitution.js"
import { readingTags, type TagReader } from "./msgpack-tag.js"

/** msgpackr's own memory, as it is given with REUSE_BUFFER_MODE. */
type PackedBuffer = Buffer<ArrayBuffer> & { readonly start: number; readonly end: number }

/** How a {@link MsgpackCodec} is made: {@link CodecLimits} and the classes it carries beyond the built-in ones. */
export interface MsgpackOptions extends Partial<CodecLimits> {
  /** @default none */
  readonly extensions?: readonly MsgpackExtension[]
}

/** The bytes of a value where they were written, in between `start` and `end`. */
export interface Packed {
  readonly memory: Uint8Array<ArrayBuffer>
  readonly start: number
  readonly end: number
  /** Whether the memory belongs to the caller. If not, it is good until the next encoding of any codec. */
  readonly isGiven: boolean
}

/** How many bytes before `start` in memory that is given away are the caller's to write. */
export const PACKED_ROOM = 0xff

/** How msgpackr is asked to give its own memory, with room before the message, and to write the next one over it. */
const IN_PLACE = REUSE_BUFFER_MODE | RESET_BUFFER_MODE | RESERVE_START_SPACE | PACKED_ROOM
/** msgpackr wants some room beyond a message. */
const SLACK_BYTES = 4096

/** msgpackr writes many messages into one block of memory. After one larger than this it starts a small block again, lest
 *  every later message keep a large one alive. */
const LARGE_MESSAGE_BYTES = 32 * 1024
const BLOCK_BYTES = 8 * 1024
/** V8 copies to and from shared memory word by word where both sides stand alike in their words; byte by byte, seven times as slow, where not. */
const WORD = 8
/** Where messages are laid to be read: small ones, and those in shared memory. msgpackr copies it before anything else may be read. */
const LARGE_DESK_BYTES = 288 * 1024
let desks = makeDesks(4 * 1024)
/** How much deeper decoding goes than encoding: messages are encoded one by one and decoded as a batch of envelopes. */
const BATCH_DEPTH = 8
/** And how much larger: a batch of one message of the largest size has a head. */
const BATCH_HEAD_BYTES = 16

/**
 * Values in msgpack (promise M8).
 *
 * Carried as they are: strings (lone surrogates too), numbers with NaN, ±Infinity and −0, bigints of any size, booleans, null,
 * undefined, arrays, plain objects, Map, Set, Date (invalid too), RegExp (`lastIndex` starts at 0), every typed array, DataView,
 * ArrayBuffer, Buffer, Error with name, message, code, data and cause (see error-codec), and the classes given as extensions.
 * Changed: an object of any other class arrives as a plain object of its own enumerable fields, one without prototype gets
 * `Object.prototype`, an array's hole arrives as undefined, a view of shared memory as a copy, what occurs twice as two equal values.
 * Not carried: keys that are symbols, properties that are not enumerable, further properties of arrays.
 * Refused with the path: functions, symbols, promises, weak collections, generators, boxed primitives and whatever else stands for
 * something that stays where it is; cycles; a key named `__proto__` or with a lone surrogate.
 *
 * From other programs: binary arrives as Buffer, a 64-bit integer as number when it is a safe one and as bigint otherwise, a
 * number as a key as text, invalid UTF-8 with U+FFFD.
 */
export class MsgpackCodec implements Codec {
  readonly contentType = "application/msgpack"
  readonly #limits: CodecLimits
  readonly #inspected: Pick<CodecLimits, "maxDepth" | "maxItems">
  readonly #packr: Packr
  readonly #walk: MsgpackWalk
  readonly #tags: TagReader
  /** Whether the message at hand is written into memory of its own. */
  #isLarge = false

  /** @throws {BadOptionError} when two extensions have one type, or one has a type outside 16–127. */
  constructor({ extensions = [], ...limits }: MsgpackOptions = {}) {
    checkTypes(extensions)
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
    this.#inspected = { maxDepth: this.#limits.maxDepth + BATCH_DEPTH, maxItems: this.#limits.maxItems }
    this.#walk = new MsgpackWalk(this.#limits, extensions)
    this.#tags = (tag, content) => untag(tag, content, extensions)
    const options = {
      useRecords: false,
      mapsAsObjects: true,
      moreTypes: true,
      variableMapSize: true,
      useToJSON: false,
      copyBuffers: true,
      int64AsType: "auto" as "bigint", // missing from msgpackr's types
      writeFunction: () => {
        throw new Error("a function")
      },
    }
    this.#packr = new Packr(options)
  }

  encode(value: unknown): Uint8Array {
    const bytes = this.#pack(value, 0)
    this.#packed(bytes.length)
    return bytes
  }

  /**
   * Like {@link encode}, without a copy or a view: for bytes that are copied at once. Memory that is large is given away instead,
   * as it would not be used again. So many bytes before the value a word of that memory begins, for a head.
   */
  pack(value: unknown, head = 0): Packed {
    const memory = this.#pack(value, IN_PLACE, head) as PackedBuffer
    const start = memory.start + PACKED_ROOM
    const { end } = memory
    const length = end - start
    this.#packed(length)
    return { memory, start, end, isGiven: this.#isLarge && length > memory.length / 2 }
  }

  decode(bytes: Uint8Array): unknown {
    this.#checkSize(bytes.length - BATCH_HEAD_BYTES)
    inspectMsgpack(bytes, this.#inspected)
    return this.#unpack(bytes)
  }

  /**
   * Like {@link decode} without the scan beforehand: for bytes that a codec of ours has written. Others end in an error or in some
   * value, but may cost memory out of proportion first, and a key `__proto__` arrives as `__proto_`.
   */
  decodeTrusted(bytes: Uint8Array): unknown {
    this.#checkSize(bytes.length - BATCH_HEAD_BYTES)
    return this.#unpack(bytes)
  }

  #pack(value: unknown, mode: number, head = 0): Buffer {
    const walked = this.#walk.run(value)
    const { weight } = this.#walk
    let bytes: Buffer
    // msgpackr itself would take four times as much, and copy what it had written.
    this.#isLarge = weight > LARGE_MESSAGE_BYTES
    if (this.#isLarge) {
      const memory = takeLarge(PACKED_ROOM + weight + (weight >> 3) + SLACK_BYTES)
      this.#packr.useBuffer(memory.subarray((head + WORD - (PACKED_ROOM % WORD)) % WORD))
    }
    try {
      bytes = this.#packr.pack(walked, mode)
    } catch (thrown) {
      this.#startBlock()
      // Only a getter or a proxy that shows another value at the second reading comes here.
      throw new UnencodableError("", "a value that changes while it is read", thrown)
    }
    return bytes
  }

  #packed(length: number): void {
    if (length > LARGE_MESSAGE_BYTES) this.#startBlock()
    this.#checkSize(length)
  }

  #startBlock(): void {
    this.#packr.useBuffer(Buffer.allocUnsafeSlow(BLOCK_BYTES))
  }

  #unpack(bytes: Uint8Array): unknown {
    try {
      return readingTags(this.#tags, () => this.#read(bytes))
    } catch (thrown) {
      if (thrown instanceof TroupeError) throw thrown
      throw new UndecodableError("msgpack", thrown instanceof Error ? thrown.message : String(thrown), thrown)
    }
  }

  /** msgpackr leaves a DataView on the Buffer it reads, which costs more than reading: small messages are read from one that has it. */
  #read(bytes: Uint8Array): unknown {
    useNativeFor(bytes.length)
    if (bytes.length > desks.length) {
      if (bytes.length > LARGE_DESK_BYTES || !(bytes.buffer instanceof SharedArrayBuffer))
        return this.#packr.unpack(unshared(bytes))
      desks = makeDesks(LARGE_DESK_BYTES)
    }
    const desk = desks.at[bytes.byteOffset % WORD] as Buffer
    desk.set(bytes)
    return this.#packr.unpack(desk, bytes.length)
  }

  #checkSize(length: number): void {
    if (length > this.#limits.maxBytes) throw new TooLargeError("the message", length, this.#limits.maxBytes)
  }
}

interface Desks {
  readonly length: number
  /** The same memory from its first byte on, from its second, and so on through a word. */
  readonly at: readonly Buffer[]
}

function makeDesks(length: number): Desks {
  const { buffer } = Buffer.allocUnsafeSlow(length + WORD)
  return { length, at: Array.from({ length: WORD }, (_, lead) => Buffer.from(buffer, lead, length)) }
}

/** The bytes as a Buffer, copied when they stand in shared memory: msgpackr's native part would crash on that. */
function unshared(bytes: Uint8Array): Buffer {
  const { buffer, byteOffset, length } = bytes
  return buffer instanceof SharedArrayBuffer ? Buffer.from(bytes) : Buffer.from(buffer, byteOffset, length)
}

function checkTypes(extensions: readonly MsgpackExtension[]): void {
  const seen = new Set<number>()
  for (const { type } of extensions) {
    if (!Number.isInteger(type) || type < 16 || type > 127 || seen.has(type)) {
      throw new BadOptionError("extensions", "types from 16 to 127, each once", type)
    }
    seen.add(type)
  }
}
