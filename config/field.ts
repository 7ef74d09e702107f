// Fields — what the schema says about each value of a configuration, read from the schema itself, so that messages,
// variables and documentation cannot drift from what is checked.

import { z } from "zod"
import { FIELD_WORDS } from "./field-words.js"
import type { FieldWords } from "./field-words.js"
import { configSchema } from "./schema.js"

/** A way into a configuration: keys, and indexes in lists. */
export type Path = readonly PropertyKey[]

/** One value of a configuration that has no fields of its own, or is a list. */
export interface Field {
  readonly path: readonly string[]
  readonly schema: z.ZodType
  readonly words: FieldWords | undefined
}

/** A path as people write it: `topology[0].mailbox.capacity`. */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${String(key)}]` : `${text}${text && "."}${String(key)}`),
    "",
  )
}

/** The schema behind what only says that a value may be left out. */
export function unwrapped(schema: unknown): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional || schema instanceof z.ZodDefault) {
    return unwrapped(schema.unwrap())
  }
  return schema as z.ZodType
}

/** The schema at a path, or undefined when there is no such field. */
export function schemaAt(path: Path): z.ZodType | undefined {
  let schema: z.ZodType = configSchema
  for (const key of path) {
    if (schema instanceof z.ZodArray && typeof key === "number") schema = unwrapped(schema.element)
    else if (schema instanceof z.ZodObject && Object.hasOwn(schema.shape, key)) schema = unwrapped(schema.shape[key as string])
    else return undefined
  }
  return schema
}

/** Every field below a schema, in the order of the schema; a list is one field. */
export function fieldsOf(schema: z.ZodType = configSchema, above: readonly string[] = []): Field[] {
  if (!(schema instanceof z.ZodObject)) return [{ path: above, schema, words: FIELD_WORDS.get(schema) }]
  return Object.entries(schema.shape).flatMap(([key, field]) => fieldsOf(unwrapped(field), [...above, key]))
}

/** What a value must be, in words: `integer 0 to 65535`, `"text" or "json"`. */
export function expectedAt(schema: z.ZodType): string {
  const words = FIELD_WORDS.get(schema)
  if (words?.expected !== undefined) return words.expected
  if (schema instanceof z.ZodNumber) return `${range(schema)}${words?.unit === undefined ? "" : `, in ${words.unit}`}`
  if (schema instanceof z.ZodEnum) return schema.options.map((option) => JSON.stringify(option)).join(" or ")
  if (schema instanceof z.ZodBoolean) return "true or false"
  if (schema instanceof z.ZodArray) return "a list"
  return "an object"
}

function range(schema: z.ZodNumber): string {
  const least = schema.minValue ?? -Infinity
  const most = schema.maxValue ?? Infinity
  return most >= Number.MAX_SAFE_INTEGER ? `integer, ${String(least)} or more` : `integer ${String(least)} to ${String(most)}`
}
