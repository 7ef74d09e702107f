// JsonCodec — values as JSON, for people and for programs that know nothing of us.
// What JSON lacks becomes its nearest likeness, and does not come back as what it was: between hosts we speak msgpack.

import { TooLargeError, UndecodableError, UnencodableError } from "../errors.js"
import { DEFAULT_LIMITS, type Codec, type CodecLimits } from "./codec.js"
import { findJsonFault, jsonDepth, namesProto } from "./json-text.js"
import { LikenessWalk } from "./likeness-walk.js"

const UTF8 = new TextDecoder("utf-8", { fatal: true })

/**
 * Values as JSON in UTF-8.
 *
 * As JSON has it: text, finite numbers, booleans, null, arrays, plain objects. Likenesses: undefined is left out of an object and is
 * `null` elsewhere; NaN and ±Infinity `null`, −0 `0`; a bigint its digits as text; a Date its ISO text, an invalid one `null`; a Map an
 * object when all its keys are strings, else an array of pairs; a Set an array; a typed array an array; Buffer, ArrayBuffer and
 * DataView text in base64; a RegExp its text; an Error `{ name, message, code, data, cause, errors }`; any other object what its `toJSON`
 * gives, or its own enumerable fields. Refused with the path: functions, symbols, promises and the like, cycles, a key `__proto__` or
 * with a lone surrogate.
 *
 * No bytes at all decode to undefined: a request without payload is a message without input.
 */
export class JsonCodec implements Codec {
  readonly contentType = "application/json"
  readonly #limits: CodecLimits
  readonly #walk: JsonWalk

  constructor(limits: Partial<CodecLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
    this.#walk = new JsonWalk(this.#limits)
  }

  encode(value: unknown): Uint8Array {
    const walked = this.#walk.run(value)
    let text: string
    try {
      text = walked === undefined ? "null" : JSON.stringify(walked)
    } catch (thrown) {
      throw new UnencodableError("", "a value that changes while it is read", thrown)
    }
    const bytes = Buffer.from(text)
    this.#checkSize(bytes.length)
    return bytes
  }

  decode(bytes: Uint8Array): unknown {
    if (bytes.length === 0) return undefined
    this.#checkSize(bytes.length)
    const { maxDepth } = this.#limits
    if (bytes.length > maxDepth && jsonDepth(bytes, maxDepth) > maxDepth) {
      throw new UndecodableError("JSON", `nested deeper than ${String(maxDepth)} levels`)
    }
    let text: string
    try {
      text = UTF8.decode(bytes)
    } catch (thrown) {
      throw new UndecodableError("JSON", "it is not valid UTF-8", thrown)
    }
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (thrown) {
      throw new UndecodableError("JSON", faultOf(text), thrown)
    }
    if (namesProto(text, value)) throw new UndecodableError("JSON", 'a key named "__proto__"')
    return value
  }

  #checkSize(length: number): void {
    if (length > this.#limits.maxBytes) throw new TooLargeError("the message", length, this.#limits.maxBytes)
  }
}

function faultOf(text: string): string {
  const fault = findJsonFault(text)
  if (fault === undefined) return "it cannot be read"
  const { at, expected } = fault
  if (at >= text.length) return `it ends after ${String(at)} characters; expected ${expected}`
  const from = Math.max(0, at - 12)
  const excerpt = JSON.stringify(text.slice(from, at + 12).toWellFormed())
  return `at character ${String(at)}: expected ${expected}, got ${JSON.stringify(text[at])} (near ${excerpt})`
}

class JsonWalk extends LikenessWalk {
  protected override oddString(text: string): unknown {
    return text // JSON.stringify escapes a lone surrogate
  }

  protected override oddNumber(value: number): unknown {
    return value === 0 ? 0 : null
  }

  protected override bigint(value: bigint): unknown {
    const digits = value.toString()
    this.weigh(digits.length)
    return digits
  }

  protected override date(value: Date): unknown {
    return Number.isNaN(Number(value)) ? null : value.toISOString()
  }

  protected override bytes(bytes: Buffer): unknown {
    return bytes.toString("base64")
  }

  protected override view(view: NodeJS.TypedArray, depth: number): unknown {
    return this.numbers(view, depth)
  }
}

const SAFE_DEPTH = 64

/**
 * Whether a value comes back from JSON exactly as it was: text, finite numbers but −0, booleans, null, and dense arrays and plain
 * objects of them, at most 64 deep. Never throws; for what cannot be read the answer is no.
 */
export function isJsonSafe(value: unknown): boolean {
  try {
    return isSafe(value, { left: 1_000_000 }, 0)
  } catch {
    return false
  }
}

function isSafe(value: unknown, budget: { left: number }, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true
    case "number":
      return value === 0 ? 1 / value > 0 : value - value === 0
    case "object": {
      if (value === null) return true
      if (depth >= SAFE_DEPTH || --budget.left < 0) return false
      const proto: unknown = Object.getPrototypeOf(value)
      if (Array.isArray(value)) {
        if (proto !== Array.prototype) return false
        for (const item of value as unknown[]) if (!isSafe(item, budget, depth + 1)) return false
        return true
      }
      if (proto !== Object.prototype) return false
      for (const key in value) {
        if (key === "__proto__" || !isSafe((value as Record<string, unknown>)[key], budget, depth + 1)) return false
      }
      return true
    }
    default:
      return false
  }
}
