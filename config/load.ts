// Loading a configuration: defaults, then the file, then the environment, then flags; each layer goes before the ones
// before it. Nothing is read but the one file.

import { resolve } from "node:path"
import { BadConfigError } from "../runtime/errors.js"
import { parseBusUrl } from "./bus-url.js"
import { readConfigFile } from "./config-file.js"
import { crossCheck } from "./cross-check.js"
import { DEFAULTS, strictByDefault } from "./defaults.js"
import { readEnvironment, readForeignVariables } from "./environment.js"
import type { Environment } from "./environment.js"
import { fieldsOf } from "./field.js"
import type { Path } from "./field.js"
import { A_PATH } from "./field-words.js"
import { checkLayer, overlay } from "./layer.js"
import type { Layer } from "./layer.js"
import { valueAt } from "./problem.js"
import type { ConfigProblem } from "./problem.js"
import { configSchema } from "./schema.js"
import type { Config, ConfigOverrides, TopologyEntry } from "./schema.js"
import { topology as bootTopology } from "./topology.js"

/** Where a configuration comes from. */
export interface LoadOptions {
  /** The directory that relative paths start from, whoever wrote them. */
  readonly projectDir: string
  /** The configuration file, when a flag names it. @default TROUPE_CONFIG, else troupe.config.json in the project directory */
  readonly file?: string | undefined
  /** The environment to read. */
  readonly env: Environment
  /** What goes before all else. @default nothing */
  readonly flags?: ConfigOverrides | undefined
  /** The boot actors when no other layer lists any. @default those of config/topology.ts */
  readonly topology?: readonly TopologyEntry[] | undefined
}

/**
 * The configuration of a project: defaults filled in, paths absolute, credentials taken out of `bus.url`.
 * @throws {BadConfigError} naming every unknown key, wrong type and impossible value, and where each comes from.
 */
export function loadConfig({ projectDir, file, env, flags, topology = bootTopology }: LoadOptions): Config {
  const dir = resolve(projectDir)
  const fromFile = readConfigFile({ projectDir: dir, file, env })
  const fromEnv = readEnvironment(env)
  const fromFlags: Layer = { value: flags ?? {}, sourceOf: flagOf }
  const lists = valueAt(fromFlags.value, ["topology"]) ?? valueAt(fromFile.layer.value, ["topology"])
  const layers: Layer[] = [
    { value: { ...DEFAULTS, strictMessages: strictByDefault(env) }, sourceOf: () => "defaults" },
    { value: lists === undefined ? { topology } : {}, sourceOf: () => "config/topology.ts" },
    readForeignVariables(env),
    fromFile.layer,
    fromEnv.layer,
    fromFlags,
  ]

  const value = layers.reduce<unknown>((below, layer) => overlay(below, layer.value), {})
  const sourceOf = (path: Path): string =>
    layers.findLast((layer) => valueAt(layer.value, path) !== undefined)?.sourceOf(path) ?? "defaults"
  const problems = [...fromFile.problems, ...fromEnv.problems, ...layers.flatMap(checkLayer)]
  // A value that is wrong by itself is not also held against its neighbours.
  const wrong = new Set(problems.map(({ path }) => path))
  refuse([...problems, ...crossCheck({ value, sourceOf }, dir).filter(({ path }) => !wrong.has(path))])
  return configSchema.parse(withoutCredentialsInUrl(withAbsolutePaths(value, dir)))
}

function refuse(problems: readonly ConfigProblem[]): void {
  const [first, ...others] = problems
  if (first === undefined) return
  const sameSource = others.every(({ source }) => source === first.source)
  if (sameSource)
    throw new BadConfigError(
      first.source,
      problems.map(({ path, message }) => ({ path, message })),
    )
  throw new BadConfigError("configuration", problems)
}

/** A flag as the command line spells it: bus.maxPayloadBytes is --bus-max-payload-bytes. */
function flagOf(path: Path): string {
  return path.length === 0
    ? "flags"
    : `--${path
        .map((key) =>
          String(key)
            .replaceAll(/(?=[A-Z])/g, "-")
            .toLowerCase(),
        )
        .join("-")}`
}

function withAbsolutePaths(value: unknown, projectDir: string): unknown {
  const paths = fieldsOf().filter(({ words }) => words?.expected === A_PATH)
  return paths.reduce((config, { path }) => {
    const relative = valueAt(config, path)
    return typeof relative === "string" ? overlay(config, nested(path, resolve(projectDir, relative))) : config
  }, value)
}

/** So that the URL may be logged. */
function withoutCredentialsInUrl(value: unknown): unknown {
  const url = valueAt(value, ["bus", "url"])
  return typeof url === "string" ? overlay(value, { bus: parseBusUrl(url) }) : value
}

function nested(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner, key) => ({ [key]: inner }), value)
}
