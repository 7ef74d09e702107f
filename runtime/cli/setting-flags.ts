// Every setting is also a flag: bus.port is --bus-port. A few are always known; the others are looked up in the schema when
// the command line has a word that may be one, because loading the schema takes time.

import { resolve } from "node:path"
import { Option, type Command } from "commander"
import type { ConfigOverrides } from "../../config/schema.js"
import { UsageError } from "../errors.js"

const ALWAYS = new Map([
  ["--prefix", ["<name>", "the first token of every subject on the bus"]],
  ["--state-dir", ["<dir>", "where troupe keeps what it must remember"]],
  ["--bus-url", ["<url>", "a nats-server that runs already"]],
] as const)
const MAYBE_SETTING = /^--(?:bus|node|mailbox|ask|shutdown|log|strict)-[a-z-]+(?:=|$)/

/** Adds the flags that stand in the help. */
export function addKnownSettings(program: Command): void {
  for (const [flag, [value, summary]] of ALWAYS) program.addOption(new Option(`${flag} ${value}`, summary))
}

/** Adds a flag for each further setting, if the arguments may hold one. They are not in the help. */
export async function addFurtherSettings(program: Command, argv: readonly string[]): Promise<void> {
  if (!argv.some((word) => MAYBE_SETTING.test(word) && !isAlways(word))) return
  const { fieldsOf } = await import("../../config/field.js")
  const { variableOf } = await import("../../config/environment.js")
  for (const field of fieldsOf()) {
    const variable = variableOf(field)
    const flag = variable === undefined ? undefined : flagOf(variable)
    if (flag === undefined || isAlways(flag)) continue
    program.addOption(new Option(`${flag} <value>`, field.words?.description).hideHelp())
  }
}

/**
 * The settings given as flags, or undefined when there are none. Relative paths start from `cwd`, where they were typed.
 * @throws {UsageError} for a flag with an empty value
 */
export async function readSettings(program: Command, cwd: string): Promise<ConfigOverrides | undefined> {
  const given = new Map<string, string>()
  for (const option of program.options) {
    const value: unknown = program.getOptionValue(option.attributeName())
    if (option.long === undefined || !isSetting(option) || typeof value !== "string") continue
    if (value === "") throw new UsageError(`${option.long}: expected a value, got nothing`, "leave it out, or give one")
    given.set(variableFor(option.long), value)
  }
  if (given.size === 0) return undefined
  const { fieldsOf } = await import("../../config/field.js")
  const { readEnvironment, variableOf } = await import("../../config/environment.js")
  const { A_PATH } = await import("../../config/field-words.js")
  for (const field of fieldsOf()) {
    const variable = variableOf(field)
    const value = variable === undefined ? undefined : given.get(variable)
    if (variable !== undefined && value !== undefined && field.words?.expected === A_PATH)
      given.set(variable, resolve(cwd, value))
  }
  // Text becomes numbers and truth values exactly as it does for variables.
  return readEnvironment(Object.fromEntries(given)).layer.value as ConfigOverrides
}

function isSetting({ long, hidden }: Option): boolean {
  return long !== undefined && (isAlways(long) || (hidden && MAYBE_SETTING.test(long)))
}

function isAlways(word: string): boolean {
  const [flag = ""] = word.split("=")
  return (ALWAYS as ReadonlyMap<string, unknown>).has(flag)
}

function flagOf(variable: string): string {
  return `--${variable.slice("TROUPE_".length).toLowerCase().replaceAll("_", "-")}`
}

function variableFor(flag: string): string {
  return `TROUPE_${flag.slice("--".length).toUpperCase().replaceAll("-", "_")}`
}
