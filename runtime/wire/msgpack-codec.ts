// MsgpackCodec — values in msgpack, between hosts and for programs that ask for it.
// Owns its Packr and the limits. What msgpack lacks is msgpack-substitution's, what may come in is msgpack-inspection's.
// K1  A value goes to msgpackr only after the walk has passed it, bytes only after the scan has, `decodeTrusted` apart.
// K2  Bytes handed out by `encode` are never written again; those of `encodeTransient` are, by the next encoding.
// K3  Nothing but errors of errors.ts leaves it, whatever the input.

import { BadOptionError, TooLargeError, TroupeError, UndecodableError, UnencodableError } from "../errors.js"
import { DEFAULT_LIMITS, type Codec, type CodecLimits } from "./codec.js"
import { inspectMsgpack } from "./msgpack-inspection.js"
import { Packr, RESET_BUFFER_MODE, useNativeFor } from "./msgpackr.js"
import { MsgpackWalk, untag, type MsgpackExtension } from "./msgpack-substitution.js"
import { readingTags, type TagReader } from "./msgpack-tag.js"

/** How a {@link MsgpackCodec} is made: {@link CodecLimits} and the classes it carries beyond the built-in ones. */
export interface MsgpackOptions extends Partial<CodecLimits> {
  /** @default none */
  readonly extensions?: readonly MsgpackExtension[]
}

/** msgpackr writes many messages into one block of memory. After one larger than this it starts a small block again, lest
 *  every later message keep a large one alive. */
const LARGE_MESSAGE_BYTES = 32 * 1024
const BLOCK_BYTES = 8 * 1024
/** Where small messages are laid to be read. msgpackr copies it before anything else may be read meanwhile. */
const DESK = Buffer.allocUnsafeSlow(4 * 1024)
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
    return this.#pack(value, 0)
  }

  /**
   * Like {@link encode}, in memory that the next encoding of any codec writes over: for bytes that are copied or handed on at once.
   */
  encodeTransient(value: unknown): Uint8Array {
    return this.#pack(value, RESET_BUFFER_MODE)
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

  #pack(value: unknown, mode: number): Uint8Array {
    const walked = this.#walk.run(value)
    let bytes: Uint8Array
    try {
      bytes = this.#packr.pack(walked, mode)
    } catch (thrown) {
      // Only a getter or a proxy that shows another value at the second reading comes here.
      throw new UnencodableError("", "a value that changes while it is read", thrown)
    }
    if (bytes.length > LARGE_MESSAGE_BYTES) this.#packr.useBuffer(Buffer.allocUnsafeSlow(BLOCK_BYTES))
    this.#checkSize(bytes.length)
    return bytes
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
    if (bytes.length > DESK.length) return this.#packr.unpack(unshared(bytes))
    DESK.set(bytes)
    return this.#packr.unpack(DESK, bytes.length)
  }

  #checkSize(length: number): void {
    if (length > this.#limits.maxBytes) throw new TooLargeError("the message", length, this.#limits.maxBytes)
  }
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
