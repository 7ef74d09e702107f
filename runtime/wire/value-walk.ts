// ValueWalk — one pass over a value before it is encoded.
// Finds what has no form in bytes, and puts substitutes in place of what the format lacks. What becomes bytes is the codec's part.
// V1  The value is never changed: whatever holds a substitute is copied, everything else is returned as it is.
// V2  A path is built only while a refusal unwinds, so that a sound value pays nothing for it.
// V3  The pass ends: depth, items and bytes are bounded, which also ends cycles and values that share parts many times over.

import { TooLargeError, TroupeError, UnencodableError } from "../errors.js"
import type { CodecLimits } from "./codec.js"
import { nameOfKind } from "./value-kind.js"

declare global {
  interface String {
    /** Whether no surrogate stands alone (ECMAScript 2024; Node.js 20 has it, its type library does not). */
    isWellFormed(): boolean
    /** The text with U+FFFD in place of lone surrogates (ECMAScript 2024). */
    toWellFormed(): string
  }
}

/** How the parts of something that was spread into an array are named in a path. */
export interface Spread {
  readonly owner: object
  segment(index: number): string
}

export abstract class ValueWalk {
  /** What a step returns instead of a value when something in it was refused. */
  protected static readonly refused: unique symbol = Symbol("refused")
  readonly #limits: CodecLimits
  #items = 0
  #bytes = 0
  /** The bytes that the value walked last takes at least. */
  weight = 0
  #refusal: { readonly what: string; readonly cause?: unknown; readonly deep?: true } = { what: "" }
  #trail: { readonly owner: object; readonly segment: string }[] = []

  constructor(limits: CodecLimits) {
    this.#limits = limits
  }

  /**
   * The value with its substitutes.
   * @throws {UnencodableError} with the path of what was refused.
   * @throws {TooLargeError} when it certainly exceeds `maxBytes`.
   */
  run(value: unknown): unknown {
    const outerItems = this.#items
    const outerBytes = this.#bytes
    this.#items = 1
    this.#bytes = 0
    let walked: unknown
    try {
      walked = this.walk(value, 0)
    } catch (thrown) {
      this.#trail = []
      throw thrown instanceof TroupeError ? thrown : new UnencodableError("", "a value that throws when it is read", thrown)
    } finally {
      this.weight = this.#bytes
      this.#items = outerItems
      this.#bytes = outerBytes
    }
    if (walked === ValueWalk.refused) throw this.#complaint()
    return walked
  }

  /** A string in which a surrogate stands alone. */
  protected abstract oddString(text: string): unknown
  /** NaN, an infinity, or −0. */
  protected abstract oddNumber(value: number): unknown
  protected abstract bigint(value: bigint): unknown
  /** An object that is neither an array nor a plain object. */
  protected abstract special(value: object, depth: number): unknown

  protected walk(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
        this.weigh(value.length)
        return value.isWellFormed() ? value : this.oddString(value)
      case "number":
        return (value === 0 && 1 / value < 0) || value - value !== 0 ? this.oddNumber(value) : value
      case "boolean":
      case "undefined":
        return value
      case "bigint":
        return this.bigint(value)
      case "object": {
        if (value === null) return null
        if (Array.isArray(value)) return this.list(value, depth)
        const proto: unknown = Object.getPrototypeOf(value)
        if (proto === Object.prototype || proto === null) return this.#record(value as Record<string, unknown>, depth)
        return this.special(value, depth)
      }
      default:
        return this.refuse(nameOfKind(value))
    }
  }

  protected list(values: readonly unknown[], depth: number, spread?: Spread): unknown {
    if (depth >= this.#limits.maxDepth) return this.#tooDeep(spread?.owner ?? values)
    this.#count(values.length)
    let copy: unknown[] | undefined
    for (let index = 0; index < values.length; index++) {
      const before = values[index]
      const after = this.walk(before, depth + 1)
      if (after === before || Object.is(after, before)) continue
      if (after === ValueWalk.refused) {
        return spread === undefined
          ? this.#unwind(values, `[${String(index)}]`)
          : this.#unwind(spread.owner, spread.segment(index))
      }
      copy ??= Array.from(values)
      copy[index] = after
    }
    return copy ?? values
  }

  /** The own enumerable fields of an object of a class, as a plain object. */
  protected fields(value: object, depth: number): unknown {
    return this.#record({ ...value }, depth, value)
  }

  /** The walk of what an object became; the object itself stands in the trail, so that a cycle through it is seen. */
  protected inside(value: unknown, depth: number, owner: object): unknown {
    const walked = this.walk(value, depth)
    return walked === ValueWalk.refused ? this.#unwind(owner, "") : walked
  }

  protected refuse(what: string, cause?: unknown): typeof ValueWalk.refused {
    this.#refusal = cause === undefined ? { what } : { what, cause }
    return ValueWalk.refused
  }

  /** Adds to the bytes that the message takes at least. */
  protected weigh(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#limits.maxBytes) throw new TooLargeError("the message", this.#bytes, this.#limits.maxBytes)
  }

  #record(record: Record<string, unknown>, depth: number, owner: object = record): unknown {
    if (depth >= this.#limits.maxDepth) return this.#tooDeep(owner)
    let copy: Record<string, unknown> | undefined
    let items = 0
    for (const key in record) {
      items += 2
      if (key === "__proto__" || !key.isWellFormed()) return this.#badKey(owner, key)
      const before = record[key]
      const after = this.walk(before, depth + 1)
      if (after === before || Object.is(after, before)) continue
      if (after === ValueWalk.refused) return this.#unwind(owner, segmentOf(key))
      copy ??= { ...record }
      copy[key] = after
    }
    this.#count(items)
    return copy ?? record
  }

  #count(items: number): void {
    this.#items += items
    if (this.#items <= this.#limits.maxItems) return
    if (this.#items > this.#limits.maxBytes) throw new TooLargeError("the message", this.#items, this.#limits.maxBytes)
    throw new UnencodableError("", `a message of more than ${String(this.#limits.maxItems)} values`)
  }

  #badKey(owner: object, key: string): typeof ValueWalk.refused {
    this.#refusal = { what: key === "__proto__" ? 'a key named "__proto__"' : "a key with a lone surrogate" }
    return this.#unwind(owner, segmentOf(key))
  }

  #tooDeep(owner: object): typeof ValueWalk.refused {
    this.#trail.push({ owner, segment: "" })
    this.#refusal = { what: `a value nested deeper than ${String(this.#limits.maxDepth)} levels`, deep: true }
    return ValueWalk.refused
  }

  #unwind(owner: object, segment: string): typeof ValueWalk.refused {
    this.#trail.push({ owner, segment })
    return ValueWalk.refused
  }

  #complaint(): UnencodableError {
    const trail = this.#trail.reverse()
    const { what, cause, deep } = this.#refusal
    this.#trail = []
    this.#refusal = { what: "" }
    const firstSeen = new Map<object, number>()
    for (const [index, step] of trail.entries()) {
      const first = firstSeen.get(step.owner)
      if (deep && first !== undefined) {
        return new UnencodableError(
          pathOf(trail.slice(0, index)),
          `a reference back to ${pathOf(trail.slice(0, first)) || "the message itself"}`,
        )
      }
      firstSeen.set(step.owner, index)
    }
    return new UnencodableError(pathOf(trail), what, cause)
  }
}

function segmentOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function pathOf(trail: readonly { readonly segment: string }[]): string {
  const path = trail.map((step) => step.segment).join("")
  const shown = path.length > 300 ? `${path.slice(0, 140)}…${path.slice(-140)}` : path
  return shown.startsWith(".") ? shown.slice(1) : shown
}
