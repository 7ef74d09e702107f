// Layer — one source of settings: the file, the environment, the flags. Each is checked by itself, so that every problem
// names where it comes from, and then laid over the ones below it.

import { z } from "zod"
import { schemaAt, unwrapped } from "./field.js"
import type { Path } from "./field.js"
import { problemsOf, valueAt } from "./problem.js"
import type { ConfigProblem } from "./problem.js"
import { configSchema } from "./schema.js"

/** Settings from one source; any part may be missing. */
export interface Layer {
  readonly value: unknown
  /** What people call the source of the setting at this path. */
  readonly sourceOf: (path: Path) => string
}

/** The same schema with every field left to choice; entries of lists stay whole. */
function anyPartOf(schema: z.ZodType): z.ZodType {
  if (!(schema instanceof z.ZodObject)) return schema
  const shape = Object.entries(schema.shape).map(([key, field]) => [key, anyPartOf(unwrapped(field)).optional()] as const)
  return z.strictObject(Object.fromEntries(shape))
}

const layerSchema = anyPartOf(configSchema)

/** Everything wrong with a layer by itself. */
export function checkLayer(layer: Layer): ConfigProblem[] {
  return problemsOf(layerSchema.safeParse(layer.value).error?.issues ?? [], layer)
}

/**
 * Lays settings over settings: sections are merged, everything else is replaced, undefined changes nothing.
 * Only known keys are taken, so a hostile `__proto__` has no way in.
 */
export function overlay(below: unknown, above: unknown, path: Path = []): unknown {
  const schema = schemaAt(path)
  if (above === undefined) return below
  if (!(schema instanceof z.ZodObject) || !isSection(above)) return above
  const merged: Record<string, unknown> = {}
  for (const key of Object.keys(schema.shape)) {
    const value = overlay(valueAt(below, [key]), valueAt(above, [key]), [...path, key])
    if (value !== undefined) merged[key] = value
  }
  return merged
}

function isSection(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
