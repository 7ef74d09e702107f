// Compiles the product into dist/, with --test the tests as well. Each output has one emitter: tsconfig.json the product,
// test/tsconfig.json the tests. tsc never removes an output whose source is gone, and trusts its build info when an output
// is missing; both are put right here before it runs.
// Usage: node .ci/build.js [--test]

import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const dist = join(root, "dist")
const PRODUCT = { folders: ["runtime", "actors", "config"], config: "tsconfig.json", buildInfo: ".tsbuildinfo" }
const TESTS = { folders: ["test"], config: "test/tsconfig.json", buildInfo: ".tsbuildinfo-test" }
const OUTPUT = /\.(js|js\.map|d\.ts)$/

const projects = process.argv.includes("--test") ? [PRODUCT, TESTS] : [PRODUCT]

for (const { folders, buildInfo } of projects) {
  const sources = new Set(folders.flatMap((folder) => sourcesOf(folder)))
  for (const output of folders.flatMap((folder) => files(dist, folder)).filter((file) => OUTPUT.test(file))) {
    if (!sources.has(output.replace(OUTPUT, ""))) rmSync(join(dist, output))
  }
  const complete = [...sources].every((source) => existsSync(join(dist, `${source}.js`)))
  if (!complete) rmSync(join(dist, buildInfo), { force: true })
}

const typescript = createRequire(import.meta.url).resolve("typescript/package.json")
const target = projects.at(-1).config
const { status } = spawnSync(process.execPath, [join(dirname(typescript), "bin/tsc"), "--build", target], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
})

const command = join(dist, "runtime/cli/main.js")
if (existsSync(command)) chmodSync(command, 0o755)
process.exit(status ?? 1)

/** The sources of a folder, without their extension. */
function sourcesOf(folder) {
  return files(root, folder)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
    .map((file) => file.slice(0, -".ts".length))
}

/** The files below `base/folder`, as paths from `base`. */
function files(base, folder) {
  if (!existsSync(join(base, folder))) return []
  return readdirSync(join(base, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(base.length)
        .replace(/^[\\/]/, ""),
    )
}
