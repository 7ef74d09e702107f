// What is wrong with one layer of a configuration, one problem per field, in words.

import type { z } from "zod"
import { shown } from "../runtime/errors.js"
import { expectedAt, fieldsOf, pathText, schemaAt } from "./field.js"
import type { Path } from "./field.js"
import { FIELD_WORDS } from "./field-words.js"
import { isSlip, nearest } from "./nearest.js"

/** One thing wrong with a configuration, and which file, variable or flag it comes from. */
export interface ConfigProblem {
  readonly source: string
  readonly path: string
  readonly message: string
}

/** What a layer is to be told about an issue, at most once per field. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  layer: { value: unknown; sourceOf: (path: Path) => string },
): ConfigProblem[] {
  const problems = new Map<string, ConfigProblem>()
  const add = (path: Path, message: string): void => {
    const text = pathText(path)
    if (!problems.has(text)) problems.set(text, { source: layer.sourceOf(path), path: text, message })
  }
  for (const issue of issues) {
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) add([...issue.path, key], unknownKey(key, issue.path))
    } else {
      add(issue.path, mismatch(issue.path, valueAt(layer.value, issue.path)))
    }
  }
  return [...problems.values()]
}

/** What is at a path of any value, or undefined. */
export function valueAt(value: unknown, path: Path): unknown {
  let current = value
  for (const key of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return undefined
    current = (current as Record<PropertyKey, unknown>)[key]
  }
  return current
}

function mismatch(path: Path, got: unknown): string {
  const schema = schemaAt(path)
  const expected = schema === undefined ? "something else" : expectedAt(schema)
  if (got === undefined) return `expected ${expected}, got nothing`
  const hidden = schema !== undefined && FIELD_WORDS.get(schema)?.value === "hidden"
  // A whole object could hold a password, so it is named by its kind alone.
  return `expected ${expected}, got ${hidden || typeof got === "object" ? kindOf(got) : shown(got)}`
}

function kindOf(value: unknown): string {
  if (value === null) return "null"
  if (Array.isArray(value)) return "a list"
  if (typeof value === "object") return "an object"
  if (value === "") return "empty text"
  return typeof value === "string" ? "other text (not shown)" : `a ${typeof value} (not shown)`
}

function unknownKey(key: string, above: Path): string {
  const schema = schemaAt(above)
  const siblings = Object.keys((schema as Partial<z.ZodObject> | undefined)?.shape ?? {})
  const sibling = nearest(key, siblings)
  if (sibling !== undefined && isSlip(key, sibling)) return `unknown key; did you mean "${pathText([...above, sibling])}"?`
  const elsewhere = fieldsOf().find((field) => field.path.at(-1)?.toLowerCase() === key.toLowerCase())
  if (elsewhere !== undefined) return `unknown key; did you mean "${pathText(elsewhere.path)}"?`
  return `unknown key; did you mean one of ${siblings.map((known) => `"${pathText([...above, known])}"`).join(", ")}?`
}
