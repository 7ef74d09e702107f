// Codec — values to bytes and back.

/** Turns values into bytes and bytes into values, for one content type. */
export interface Codec {
  /** The MIME type of the bytes, as the header `Content-Type` carries it. */
  readonly contentType: string

  /**
   * The bytes of a value. They belong to the caller: no later call writes over them.
   * @throws {UnencodableError} with the path of what has no form in bytes.
   * @throws {TooLargeError} when the bytes would exceed `maxBytes`.
   */
  encode(value: unknown): Uint8Array

  /**
   * The value of some bytes, whoever sent them. It shares no memory with them.
   * @throws {UndecodableError} when they are malformed or hostile.
   * @throws {TooLargeError} when they exceed `maxBytes`.
   */
  decode(bytes: Uint8Array): unknown
}

/** What one message may have, its envelope included; what is larger belongs into a file or shared memory (promise M8). */
export const MESSAGE_BYTES = 64 * 1024 * 1024

/** How much one message may be, in both directions. */
export interface CodecLimits {
  /** Bytes of one encoded message. @default 67_108_864 (64 MiB) */
  readonly maxBytes: number
  /** Arrays and objects inside each other. A Map, Set, Error or extension counts as two. @default 256 */
  readonly maxDepth: number
  /** Values in one message, keys included: a byte of msgpack can become an object of 56 bytes of heap. @default 4_000_000 */
  readonly maxItems: number
}

export const DEFAULT_LIMITS: CodecLimits = { maxBytes: MESSAGE_BYTES, maxDepth: 256, maxItems: 4_000_000 }
