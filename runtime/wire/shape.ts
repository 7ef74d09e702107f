// Shape — what a value from elsewhere must look like. Reading it gives a copy of what was asked for, typed, or a Misfit.
// A schema library would do it too, but takes longer to load than a thread takes to start (docs/decisions.md).

import { shown } from "../errors.js"

/** Reads a value that stands at `path`. @throws {Misfit} */
export type Shape<T> = (value: unknown, path: string) => T

/** What a shape reads. */
export type Shaped<S> = S extends Shape<infer T> ? T : never

/** A value is not what it must be. */
export class Misfit extends Error {
  readonly path: string

  constructor(path: string, message: string) {
    super(message)
    this.path = path
  }

  static of(path: string, expected: string, got: unknown): Misfit {
    return new Misfit(path, `expected ${expected}, got ${shown(got)}`)
  }
}

/** Whatever it is. */
export const anything: Shape<unknown> = (value) => value

/** No input at all. */
export const nothing: Shape<undefined> = (value, path) => {
  if (value === undefined || value === null) return undefined
  throw Misfit.of(path, "nothing", value)
}

export const text: Shape<string> = (value, path) => {
  if (typeof value === "string") return value
  throw Misfit.of(path, "text", value)
}

/** Any number but NaN. */
export const number: Shape<number> = (value, path) => {
  if (typeof value === "number" && !Number.isNaN(value)) return value
  throw Misfit.of(path, "a number", value)
}

export const flag: Shape<boolean> = (value, path) => {
  if (typeof value === "boolean") return value
  throw Misfit.of(path, "true or false", value)
}

export const bytes: Shape<Uint8Array> = (value, path) => {
  if (value instanceof Uint8Array) return value
  throw Misfit.of(path, "bytes", value)
}

/** One of some words. */
export function oneOf<const W extends string>(...words: readonly W[]): Shape<W> {
  return (value, path) => {
    const word = words.find((one) => one === value)
    if (word !== undefined) return word
    throw Misfit.of(path, words.join(" | "), value)
  }
}

/** What a function makes of it that throws for what it does not take, as those of ids.ts do. */
export function made<T>(make: (value: unknown) => T): Shape<T> {
  return (value, path) => {
    try {
      return make(value)
    } catch (error) {
      throw new Misfit(path, error instanceof Error ? error.message : String(error))
    }
  }
}

/** What may be missing. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : shape(value, path))
}

export function listOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw Misfit.of(path, "a list", value)
    return value.map((item: unknown, index) => shape(item, `${path}[${String(index)}]`))
  }
}

/** An object of any keys whose values are alike. */
export function mapOf<T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value, path) => {
    const read = Object.entries(objectAt(value, path)).map(([key, one]) => [key, shape(one, `${path}.${key}`)] as const)
    return Object.fromEntries(read)
  }
}

type Fields = Readonly<Record<string, Shape<unknown>>>
type Record_<F extends Fields> = { readonly [K in keyof F]: Shaped<F[K]> }

/** An object with these fields. Others that it has are left out. */
export function record<F extends Fields>(fields: F): Shape<Record_<F>> {
  const entries = Object.entries(fields)
  return (value, path) => {
    const given = objectAt(value, path)
    const read: Record<string, unknown> = {}
    for (const [key, shape] of entries) {
      const field = shape(Object.hasOwn(given, key) ? given[key] : undefined, path === "" ? key : `${path}.${key}`)
      if (field !== undefined) read[key] = field
    }
    return read as Record_<F>
  }
}

type Variants = Readonly<Record<string, Fields>>
type Tagged<V extends Variants> = { [K in keyof V]: { readonly type: K } & Record_<V[K]> }[keyof V]

/** One of several kinds of object, which its `type` tells apart. */
export function tagged<V extends Variants>(variants: V): Shape<Tagged<V>> {
  const type = oneOf(...Object.keys(variants))
  const shapes = new Map(Object.entries(variants).map(([tag, fields]) => [tag, record({ type, ...fields })]))
  return (value, path) => {
    const tag = type(objectAt(value, path)["type"], path === "" ? "type" : `${path}.type`)
    return shapes.get(tag)?.(value, path) as Tagged<V>
  }
}

function objectAt(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw Misfit.of(path, "an object", value)
}
