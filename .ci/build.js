// Compiles the product into dist/, with --test the tests as well. Each output has one emitter: tsconfig.json the product,
// test/tsconfig.json the tests. tsc never removes an output whose source is gone, and trusts its build info when an output
// is missing; both are put right here before it runs.
// The runtime's modules are then bundled, as .ci/bundle.js says.
// tsc writes its output whatever it complains of. With --start, complaints about actors alone are no failure: the node names
// what it cannot use, and the rest starts.
// Usage: node .ci/build.js [--test | --start]

import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"

import { bundle } from "./bundle.js"

const root = fileURLToPath(new URL("..", import.meta.url))
const dist = join(root, "dist")
const PRODUCT = { folders: ["runtime", "actors", "config"], config: "tsconfig.json", buildInfo: ".tsbuildinfo" }
const TESTS = { folders: ["test"], config: "test/tsconfig.json", buildInfo: ".tsbuildinfo-test" }
const BUNDLES = join("runtime", "bundles", "/")
const OUTPUT = /\.(js|js\.map|d\.ts)$/

const projects = process.argv.includes("--test") ? [PRODUCT, TESTS] : [PRODUCT]

for (const { folders, buildInfo } of projects) {
  const sources = new Set(folders.flatMap((folder) => sourcesOf(folder)))
  for (const output of folders.flatMap((folder) => files(dist, folder)).filter((file) => OUTPUT.test(file))) {
    if (!sources.has(output.replace(OUTPUT, "")) && !output.startsWith(BUNDLES)) rmSync(join(dist, output))
  }
  const complete = [...sources].every((source) => existsSync(join(dist, `${source}.js`)))
  if (!complete) rmSync(join(dist, buildInfo), { force: true })
}

const typescript = createRequire(import.meta.url).resolve("typescript/package.json")
const target = projects.at(-1).config
const lenient = process.argv.includes("--start")
const { status, stdout } = spawnSync(process.execPath, [join(dirname(typescript), "bin/tsc"), "--build", target], {
  cwd: root,
  stdio: ["ignore", lenient ? "pipe" : "inherit", "inherit"],
  encoding: "utf8",
})

const command = join(dist, "runtime/cli/main.js")
if (existsSync(command)) await bundle(root, sourcesOf("runtime"))
if (existsSync(command)) chmodSync(command, 0o755)
process.exit(lenient ? verdict(status ?? 1, stdout) : (status ?? 1))

/** The exit code when only what works is to be started. */
function verdict(code, complaints) {
  process.stderr.write(complaints)
  const files = [...complaints.matchAll(/^(\S.*?)\(\d+,\d+\): error /gm)].map(([, file]) => file)
  const actorsAlone = files.length > 0 && files.every((file) => /^actors[\\/]/.test(file))
  if (code === 0 || !actorsAlone || !existsSync(command)) return code
  console.error(`build: ${[...new Set(files)].join(", ")} does not compile, for the reason above; what can run is started`)
  return 0
}

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
    .filter((entry) => entry.isFile() && !entry.parentPath.slice(base.length).includes("node_modules"))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(base.length)
        .replace(/^[\\/]/, ""),
    )
}
