// The configuration file as a layer.

import { readFileSync, statSync } from "node:fs"
import { isAbsolute, join, relative, resolve } from "node:path"
import { codeOf } from "../runtime/errors.js"
import { CONFIG_FILE_VARIABLE } from "./environment.js"
import type { Environment } from "./environment.js"
import { findJsonFault } from "./json-fault.js"
import type { Layer } from "./layer.js"
import type { ConfigProblem } from "./problem.js"

/** The file that is read when none is named. */
export const CONFIG_FILE = "troupe.config.json"
const LARGEST_BYTES = 1024 * 1024

interface Place {
  readonly projectDir: string
  /** The file named by a flag. */
  readonly file: string | undefined
  readonly env: Environment
}

/** The settings of the configuration file: the one named by flag, by TROUPE_CONFIG, or the project's own if there is one. */
export function readConfigFile(place: Place): { layer: Layer; problems: ConfigProblem[] } {
  const { path, namedBy } = locate(place)
  const inside = relative(place.projectDir, path)
  const name = inside.startsWith("..") || isAbsolute(inside) ? path : inside
  const layer = (value: unknown): Layer => ({ value, sourceOf: () => name })
  const refuse = (source: string, at: string, message: string): { layer: Layer; problems: ConfigProblem[] } => ({
    layer: layer({}),
    problems: [{ source, path: at, message }],
  })

  let text: string
  try {
    const stat = statSync(path)
    if (!stat.isFile()) return refuse(namedBy ?? name, path, "expected a file, got something else")
    if (stat.size > LARGEST_BYTES) {
      return refuse(namedBy ?? name, path, `expected ${String(LARGEST_BYTES)} bytes at most, got ${String(stat.size)}`)
    }
    text = readFileSync(path, "utf8").replace(/^\uFEFF/, "")
  } catch (error) {
    const code = codeOf(error)
    if (code === "ENOENT" && namedBy === undefined) return { layer: layer({}), problems: [] }
    const why = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code ?? "unknown error"})`
    return refuse(namedBy ?? name, path, why)
  }
  const fault = findJsonFault(text)
  if (fault !== undefined) {
    return refuse(name, `line ${String(fault.line)}, column ${String(fault.column)}`, `malformed JSON: ${fault.message}`)
  }
  return { layer: layer(JSON.parse(text)), problems: [] }
}

function locate({ projectDir, file, env }: Place): { path: string; namedBy?: string } {
  if (file !== undefined) return { path: resolve(projectDir, file), namedBy: "--config" }
  const named = env[CONFIG_FILE_VARIABLE]
  if (named) return { path: resolve(projectDir, named), namedBy: CONFIG_FILE_VARIABLE }
  return { path: join(projectDir, CONFIG_FILE) }
}
