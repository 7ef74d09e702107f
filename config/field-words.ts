// What people are told about a field, beside what its schema checks.

import { z } from "zod"

/** The words that belong to one field of the configuration. */
export interface FieldWords {
  /** One sentence: what the field is for. */
  readonly description: string
  /** What a value must be, where the schema itself cannot say it well: `a name`, `a path`. */
  readonly expected?: string
  /** The unit of a number. */
  readonly unit?: "ms" | "bytes" | "messages" | "MiB"
  /** `hidden`: the value never appears in a message. */
  readonly value?: "hidden"
}

/** The words of every field, by its schema. */
export const FIELD_WORDS = z.registry<FieldWords>()

/** What is expected of a field that names a file or folder; such a path may be relative to the project directory. */
export const A_PATH = "a path"
