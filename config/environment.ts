// The environment as a layer. The names of the variables follow from the schema: bus.tls.caFile is TROUPE_BUS_TLS_CA_FILE.

import { z } from "zod"
import { fieldsOf, pathText } from "./field.js"
import type { Field } from "./field.js"
import type { Layer } from "./layer.js"
import { nearest } from "./nearest.js"
import type { ConfigProblem } from "./problem.js"

const BOOLEANS = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
])

/** Environment variables as Node.js gives them; an empty one counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Names the configuration file; not a setting itself. */
export const CONFIG_FILE_VARIABLE = "TROUPE_CONFIG"
/** Names the nats-server program for other tools too; `bus.serverBin` goes before it. */
export const SERVER_BIN_VARIABLE = "NATS_SERVER_BIN"

const PREFIX = "TROUPE_"
/** Variables that begin so are no settings: what troupe tells its own processes, and what its tests use. */
const RESERVED_PREFIXES = ["TROUPE_INTERNAL_", "TROUPE_TEST_"]

/** The variable that sets the field at a path, or undefined when the environment cannot set it. */
export function variableOf(field: Field): string | undefined {
  if (field.schema instanceof z.ZodArray) return undefined
  return PREFIX + field.path.map((key) => key.replaceAll(/(?=[A-Z])/g, "_").toUpperCase()).join("_")
}

/** The settings found in the environment, and the variables that are none. */
export function readEnvironment(env: Environment): { layer: Layer; problems: ConfigProblem[] } {
  const fields = new Map(fieldsOf().flatMap((field) => pair(variableOf(field), field)))
  const sources = new Map<string, string>()
  const value: Record<string, unknown> = {}
  const problems: ConfigProblem[] = []
  for (const [variable, text] of Object.entries(env)) {
    if (text === undefined || text === "" || !isOurs(variable)) continue
    const field = fields.get(variable)
    if (field === undefined) {
      problems.push({ source: "environment", path: variable, message: unknownVariable(variable, [...fields.keys()]) })
    } else {
      sources.set(pathText(field.path), variable)
      put(value, field.path, read(field, text))
    }
  }
  return { layer: { value, sourceOf: (path) => sources.get(pathText(path)) ?? "environment" }, problems }
}

/** The settings that come from variables which are not only ours. */
export function readForeignVariables(env: Environment): Layer {
  const serverBin = env[SERVER_BIN_VARIABLE]
  return { value: serverBin ? { bus: { serverBin } } : {}, sourceOf: () => SERVER_BIN_VARIABLE }
}

function isOurs(variable: string): boolean {
  if (!variable.startsWith(PREFIX) || variable === CONFIG_FILE_VARIABLE) return false
  return !RESERVED_PREFIXES.some((reserved) => variable.startsWith(reserved))
}

function unknownVariable(variable: string, known: readonly string[]): string {
  const list = fieldsOf().find(
    (field) => field.schema instanceof z.ZodArray && variable === PREFIX + pathText(field.path).toUpperCase(),
  )
  if (list !== undefined) return `a list cannot be set by a variable; set "${pathText(list.path)}" in the configuration file`
  return `unknown variable; did you mean ${nearest(variable, [...known, CONFIG_FILE_VARIABLE]) ?? "another"}?`
}

/** What cannot be read stays text, for the schema to refuse. */
function read(field: Field, text: string): unknown {
  if (field.schema instanceof z.ZodNumber) return /^-?\d+$/.test(text) ? Number(text) : text
  if (field.schema instanceof z.ZodBoolean) return BOOLEANS.get(text) ?? text
  return text
}

function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = "", ...rest] = path
  if (rest.length === 0) target[key] = value
  else put((target[key] ??= {}) as Record<string, unknown>, rest, value)
}

function pair<K, V>(key: K | undefined, value: V): [K, V][] {
  return key === undefined ? [] : [[key, value]]
}
