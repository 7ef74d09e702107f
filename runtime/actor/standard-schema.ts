// The part of Standard Schema 1 that handlers use (https://standardschema.dev): zod, valibot and arktype all have it.

import type { StandardSchemaV1 } from "@standard-schema/spec"

export type { StandardSchemaV1 }

/** Where in a message something is wrong, as `a.b[3].c`. */
export function pathText(path: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined): string {
  let text = ""
  for (const step of path ?? []) {
    const key = typeof step === "object" ? step.key : step
    if (typeof key === "number") text += `[${String(key)}]`
    else text += text === "" ? String(key) : `.${String(key)}`
  }
  return text
}
