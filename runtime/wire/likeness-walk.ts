// LikenessWalk — values on their way to programs that know nothing of us: what a format lacks becomes its nearest likeness.
// What all formats lack is here; numbers, dates and bytes are each format's own.

import { encodeError, type WireError, type WireThrown } from "./error-codec.js"
import { kindOf, nameOfKind } from "./value-kind.js"
import { ValueWalk } from "./value-walk.js"

export abstract class LikenessWalk extends ValueWalk {
  protected abstract date(value: Date): unknown
  protected abstract bytes(bytes: Buffer): unknown
  protected abstract view(view: NodeJS.TypedArray, depth: number): unknown

  protected override special(value: object, depth: number): unknown {
    const kind = kindOf(value)
    switch (kind) {
      case "date":
        return this.date(value as Date)
      case "map":
        return this.#map(value as Map<unknown, unknown>, depth)
      case "set":
        return this.list([...(value as Set<unknown>)], depth, { owner: value, segment: (index) => `.values()[${String(index)}]` })
      case "error":
        return this.inside(shownError(encodeError(value)), depth, value)
      case "regexp":
        return (value as RegExp).toString()
      case "buffer":
      case "data-view": {
        const { buffer, byteOffset, byteLength } = value as DataView
        return this.weighed(Buffer.from(buffer, byteOffset, byteLength))
      }
      case "array-buffer":
        return this.weighed(Buffer.from(value as ArrayBuffer))
      case "typed-array":
        return this.view(value as NodeJS.TypedArray, depth)
      case "instance":
      case "handle": {
        const toJson = (value as { toJSON?: unknown }).toJSON
        if (typeof toJson === "function") return this.inside(toJson.call(value), depth + 1, value)
        return kind === "instance" ? this.fields(value, depth) : this.refuse(nameOfKind(value))
      }
    }
  }

  /** A typed array as a list of its numbers. */
  protected numbers(view: NodeJS.TypedArray, depth: number): unknown {
    return this.list(Array.from<unknown>(view as Iterable<unknown> as unknown[]), depth, {
      owner: view,
      segment: (index) => `[${String(index)}]`,
    })
  }

  protected weighed(bytes: Buffer): unknown {
    this.weigh(bytes.length)
    return this.bytes(bytes)
  }

  #map(map: Map<unknown, unknown>, depth: number): unknown {
    const segment = (index: number): string => `.entries()[${String(index)}]`
    const entries = [...map]
    if (entries.some(([key]) => typeof key !== "string" || key === "__proto__"))
      return this.list(entries, depth, { owner: map, segment })
    return this.inside(Object.fromEntries(entries), depth, map)
  }
}

function shownError(error: WireError): Record<string, unknown> {
  const { cause, errors, ...rest } = error
  return {
    ...rest,
    ...(cause === undefined ? {} : { cause: shownThrown(cause) }),
    ...(errors === undefined ? {} : { errors: errors.map(shownThrown) }),
  }
}

function shownThrown(thrown: WireThrown): unknown {
  return thrown.type === "error" ? shownError(thrown.error) : thrown.value
}
