// The configuration, described from its schema and defaults: for `--help`, and for the table in docs/config.md.

import { z } from "zod"
import { DEFAULTS } from "./defaults.js"
import { variableOf } from "./environment.js"
import { expectedAt, fieldsOf, pathText } from "./field.js"
import type { Field } from "./field.js"
import { valueAt } from "./problem.js"
import { bootActorSchema } from "./schema.js"

/** What there is to know about one setting. */
export interface SettingDescription {
  /** Where it stands in the configuration file: `bus.port`. */
  readonly path: string
  /** The variable that sets it, or undefined when none can. */
  readonly env: string | undefined
  /** What a value must be, unit included. */
  readonly type: string
  /** The default as JSON, or in words where it depends; undefined when there is none. */
  readonly default: string | undefined
  readonly description: string
}

const DEFAULTS_IN_WORDS: Readonly<Record<string, string>> = {
  strictMessages: "true under test (NODE_ENV=test or VITEST), else false",
  topology: "the list in config/topology.ts",
}

/** Every setting, in the order of the schema; those of one boot actor come last, as `topology[].kind`. */
export function describeConfig(): SettingDescription[] {
  const settings = fieldsOf().map((field) => describe(field, variableOf(field), defaultOf(field)))
  return [...settings, ...describeBootActor()]
}

/** The settings as a Markdown table, its columns padded as prettier pads them. */
export function renderConfigTable(settings: readonly SettingDescription[] = describeConfig()): string {
  const rows = settings.map(({ path, env, type, default: byDefault, description }) => [
    code(path),
    env === undefined ? "–" : code(env),
    type,
    byDefault ?? "–",
    description,
  ])
  const table = [["Setting", "Variable", "Value", "Default", "What for"], ...rows]
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  const lines = table.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`)
  lines.splice(1, 0, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`)
  return lines.join("\n")
}

/** A document with its table, between the markers `<!-- settings -->` and `<!-- end of settings -->`, brought up to date. */
export function withConfigTable(document: string): string {
  return document.replace(
    /<!-- settings -->[^]*?<!-- end of settings -->/,
    () => `<!-- settings -->\n\n${renderConfigTable()}\n\n<!-- end of settings -->`,
  )
}

function describe(field: Field, env: string | undefined, byDefault: string | undefined): SettingDescription {
  const description = field.words?.description ?? ""
  return { path: pathText(field.path), env, type: expectedAt(field.schema), default: byDefault, description }
}

function defaultOf({ path }: Field): string | undefined {
  const value = valueAt(DEFAULTS, path)
  return value === undefined ? DEFAULTS_IN_WORDS[pathText(path)] : JSON.stringify(value)
}

function describeBootActor(): SettingDescription[] {
  return fieldsOf(bootActorSchema).map((field) => {
    const schema = bootActorSchema.shape[field.path[0] as keyof typeof bootActorSchema.shape]
    const byDefault = schema instanceof z.ZodDefault ? JSON.stringify(schema.parse(undefined)) : undefined
    return { ...describe(field, undefined, byDefault), path: `topology[].${pathText(field.path)}` }
  })
}

function code(text: string): string {
  return `\`${text}\``
}
