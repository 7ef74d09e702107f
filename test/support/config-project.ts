// A project directory of its own for each test, and what a refused configuration says.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { CONFIG_FILE } from "../../config/config-file.js"
import { loadConfig } from "../../config/load.js"
import type { LoadOptions } from "../../config/load.js"
import type { ConfigProblem } from "../../config/problem.js"
import { BadConfigError } from "../../runtime/errors.js"

/** A directory that is gone when the test ends, with a configuration file if one is given. */
export function project(file?: unknown): string {
  const dir = mkdtempSync(join(tmpdir(), "troupe-config-"))
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true })
  })
  if (file !== undefined) writeFileSync(join(dir, CONFIG_FILE), typeof file === "string" ? file : JSON.stringify(file))
  return dir
}

/** What is wrong with a configuration; each problem with its source. */
export function problemsWith(options: Partial<LoadOptions> & { readonly config?: unknown }): ConfigProblem[] {
  const { config, ...rest } = options
  try {
    loadConfig({ projectDir: rest.projectDir ?? project(config), env: {}, ...rest })
  } catch (error) {
    if (!(error instanceof BadConfigError)) throw error
    const { source, problems } = error.data as { source: string; problems: Partial<ConfigProblem>[] }
    return problems.map((problem) => ({ source, path: "", message: "", ...problem }))
  }
  return []
}

/** The same, each problem as one line. */
export function linesWith(options: Parameters<typeof problemsWith>[0]): string[] {
  return problemsWith(options).map(({ source, path, message }) => `${source}: ${path}: ${message}`)
}
