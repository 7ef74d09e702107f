// Checks the import directions of .dependency-cruiser.js, and that the check looked at every source file:
// dependency-cruiser reports success when it could read none (say, with a TypeScript it does not know).
// Usage: node .ci/layers.js [ROOT] [--warnings]

import { readdirSync } from "node:fs"
import { join, posix, relative, sep } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { cruise } from "dependency-cruiser"
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config"
import rules from "../.dependency-cruiser.js"

const FOLDERS = ["runtime", "actors", "config", "test"]
const project = fileURLToPath(new URL("..", import.meta.url))
const { values, positionals } = parseArgs({ allowPositionals: true, options: { warnings: { type: "boolean", default: false } } })
const root = positionals[0] ?? project
const verbose = values.warnings

const sources = FOLDERS.flatMap(typescriptFiles)
if (!sources.some((file) => file.startsWith("runtime/"))) fail([`no source file under ${join(root, "runtime")}`])

const { forbidden, options } = rules
const { output } = await cruise(
  FOLDERS.filter((folder) => sources.some((file) => file.startsWith(`${folder}/`))),
  { ...options, baseDir: root, validate: true, ruleSet: { forbidden } },
  options.enhancedResolveOptions,
  { tsConfig: extractTSConfig(join(project, options.tsConfig.fileName)) },
)

const cruised = new Set(output.modules.map((module) => module.source))
const missed = sources.filter((file) => !cruised.has(file))
const { error: errors, violations } = output.summary
const warned = new Map()

for (const { type, rule, from, to, cycle } of violations) {
  if (rule.severity === "error" || verbose) {
    const path = type === "cycle" ? cycle.map((step) => step.name).join(" → ") : to
    console.error(`${rule.severity} ${rule.name}: ${from} → ${path}`)
  }
  if (rule.severity === "warn") warned.set(rule.name, (warned.get(rule.name) ?? 0) + 1)
}
if (missed.length > 0) {
  fail([`${missed.length} of ${sources.length} source files were not looked at:`, ...missed.slice(0, 10)])
}
if (errors > 0) fail([`${errors} forbidden imports; the rules and their reasons are in .dependency-cruiser.js`])
const warnings = [...warned].map(([rule, count]) => `, ${count} warned of by ${rule}`).join("")
console.log(`${sources.length} files, ${output.summary.totalDependenciesCruised} imports${warnings}`)

function typescriptFiles(folder) {
  let entries
  try {
    entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
  } catch (error) {
    if (error.code === "ENOENT") return []
    throw error
  }
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.parentPath.includes(join("test", "peers")))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join(posix.sep))
}

function fail(lines) {
  console.error(lines.join("\n"))
  process.exit(1)
}
