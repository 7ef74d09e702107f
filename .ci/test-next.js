// Runs every test on a newer Node.js than the one installed: fetches its binary from the npm registry into .troupe/ once,
// and puts it first in PATH, so that threads, child processes and pm2 run on it too.
// Usage: node .ci/test-next.js [VITEST ARGUMENTS]

import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdirSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"

const MAJOR = 24

const root = fileURLToPath(new URL("..", import.meta.url))
const windows = process.platform === "win32"
const name = `node-${windows ? "win" : process.platform}-${process.arch}`
const home = join(root, ".troupe", `node${MAJOR}`)
const node = join(home, "node_modules", name, "bin", windows ? "node.exe" : "node")

if (!existsSync(node)) {
  mkdirSync(join(root, ".troupe"), { recursive: true, mode: 0o700 })
  mkdirSync(home, { recursive: true })
  const install = ["install", "--prefix", home, "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]
  const { status } = run(windows ? "npm.cmd" : "npm", [...install, "--loglevel", "error", `${name}@${MAJOR}`])
  if (status !== 0 || !existsSync(node)) {
    console.error(
      `test:next: ${name}@${MAJOR} could not be installed; it needs the npm registry and a platform that has the package`,
    )
    process.exit(1)
  }
}

const path = `${dirname(node)}${delimiter}${process.env.PATH ?? ""}`
const build = run(process.execPath, [join(root, ".ci/build.js"), "--test"])
if (build.status !== 0) process.exit(build.status ?? 1)

console.log(`Node.js ${execFileSync(node, ["--version"], { encoding: "utf8" }).trim()}`)
const args = [join(root, "node_modules/vitest/vitest.mjs"), "run", ...process.argv.slice(2)]
process.exit(run(node, args, { ...process.env, PATH: path }).status ?? 1)

function run(command, commandArgs, env = process.env) {
  return spawnSync(command, commandArgs, {
    cwd: root,
    env,
    stdio: ["ignore", "inherit", "inherit"],
    shell: command.endsWith(".cmd"),
  })
}
