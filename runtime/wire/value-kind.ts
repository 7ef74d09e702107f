// ValueKind — what sort of object a message holds, and the words for what cannot be sent.

import { types } from "node:util"

/**
 * What sort of object this is, arrays and plain objects apart.
 * An `instance` of a program's own class is its own enumerable fields; a `handle` stands for something that stays where
 * it is: a promise, a generator, a weak collection, a stream's inside, a boxed primitive.
 */
export type ValueKind =
  "date" | "map" | "set" | "error" | "regexp" | "buffer" | "typed-array" | "array-buffer" | "data-view" | "instance" | "handle"

export function kindOf(value: object): ValueKind {
  if (ArrayBuffer.isView(value)) return Buffer.isBuffer(value) ? "buffer" : types.isDataView(value) ? "data-view" : "typed-array"
  if (types.isDate(value)) return "date"
  if (types.isMap(value)) return "map"
  if (types.isSet(value)) return "set"
  if (types.isRegExp(value)) return "regexp"
  if (types.isArrayBuffer(value)) return "array-buffer"
  if (value instanceof Error || types.isNativeError(value)) return "error"
  return Object.prototype.toString.call(value) === "[object Object]" ? "instance" : "handle"
}

/** A value that cannot be sent, in words that fit into a sentence: `a function (onClick)`. */
export function nameOfKind(value: unknown): string {
  switch (typeof value) {
    case "function":
      return "a function"
    case "symbol":
      return "a symbol"
    case "object":
      return value === null ? "null" : `a value of type ${Object.prototype.toString.call(value).slice(8, -1)}`
    default:
      return `a ${typeof value}`
  }
}
