// DataCopy — a copy of an error's data that can be encoded for certain.
// D1  What a message cannot carry is replaced by words, never refused.
// D2  The copy is bounded in depth, parts and bytes, whatever the original is.

import { kindOf, nameOfKind } from "./value-kind.js"

interface DataCopyOptions {
  readonly keeps: ((part: object) => boolean) | undefined
  /** An error that can be encoded, in place of one inside the data. */
  readonly error: (inner: Error) => Error
}

const MAX_DEPTH = 16
const MAX_PARTS = 10_000
const MAX_BYTES = 256 * 1024
const MAX_TEXT = 16 * 1024

export class DataCopy {
  readonly #options: DataCopyOptions
  readonly #above = new Set<object>()
  #partsLeft = MAX_PARTS
  #bytesLeft = MAX_BYTES

  constructor(options: DataCopyOptions) {
    this.#options = options
  }

  of(value: unknown): unknown {
    switch (typeof value) {
      case "string":
        return this.#text(value)
      case "function":
      case "symbol":
        return `[${nameOfKind(value)}]`
      case "object":
        return value === null ? null : this.#object(value)
      default:
        return value
    }
  }

  /** Whether that many parts may still be copied. */
  spend(parts: number): boolean {
    this.#partsLeft -= parts
    return this.#partsLeft >= 0
  }

  #text(text: string): string {
    const room = Math.min(MAX_TEXT, this.#bytesLeft)
    this.#bytesLeft -= Math.min(room, text.length)
    return text.length <= room ? text : `${text.slice(0, room)}… (${String(text.length)} characters)`
  }

  #object(value: object): unknown {
    if (this.#above.has(value)) return "[a reference back]"
    if (this.#above.size >= MAX_DEPTH) return "[nested too deep]"
    this.#above.add(value)
    try {
      return this.#copied(value)
    } catch {
      return "[a value that throws when it is read]"
    } finally {
      this.#above.delete(value)
    }
  }

  #copied(value: object): unknown {
    if (this.#options.keeps?.(value) === true) return value
    if (Array.isArray(value)) return this.#list(value)
    const proto: unknown = Object.getPrototypeOf(value)
    const kind = proto === Object.prototype || proto === null ? "instance" : kindOf(value)
    switch (kind) {
      case "instance":
        return this.#record(value)
      case "map": {
        const map = value as Map<unknown, unknown>
        if (!this.spend(map.size)) return `[a Map of ${String(map.size)} entries]`
        return new Map(Array.from(map, ([key, item]) => [this.of(key), this.of(item)]))
      }
      case "set": {
        const set = value as Set<unknown>
        if (!this.spend(set.size)) return `[a Set of ${String(set.size)} items]`
        return new Set(Array.from(set, (item) => this.of(item)))
      }
      case "error":
        return value instanceof Error && this.spend(1) && this.#above.size < MAX_DEPTH ? this.#options.error(value) : "[an error]"
      case "date":
      case "regexp":
        return value
      case "buffer":
      case "typed-array":
      case "data-view":
      case "array-buffer":
        return this.#bytes(value as ArrayBufferView | ArrayBuffer)
      case "handle":
        return `[${nameOfKind(value)}]`
    }
  }

  #bytes(value: ArrayBufferView | ArrayBuffer): unknown {
    if (value.byteLength > this.#bytesLeft) return `[${String(value.byteLength)} bytes]`
    this.#bytesLeft -= value.byteLength
    return value
  }

  #list(values: readonly unknown[]): unknown[] {
    const copies: unknown[] = []
    for (const value of values) {
      if (!this.spend(1)) {
        copies.push(`[${String(values.length - copies.length)} more]`)
        break
      }
      copies.push(this.of(value))
    }
    return copies
  }

  #record(value: object): Record<string, unknown> {
    const copy: Record<string, unknown> = {}
    for (const key of Object.keys(value)) {
      if (key === "__proto__") continue
      if (!this.spend(1) || key.length > this.#bytesLeft) break
      this.#bytesLeft -= key.length
      copy[key.toWellFormed()] = this.of(readField(value, key))
    }
    return copy
  }
}

function readField(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key]
  } catch {
    return "[a value that throws when it is read]"
  }
}
