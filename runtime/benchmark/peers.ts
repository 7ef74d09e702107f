// Peers — troupe beside other libraries: they are installed on demand, into a folder of their own, and measured from there.

import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const FOLDER = fileURLToPath(new URL("../../../test/peers", import.meta.url))

/** Returns the exit code. */
export function runPeers(): number {
  if (!existsSync(join(FOLDER, "node_modules"))) {
    process.stderr.write("installing what troupe is measured beside\n")
    const npm = process.platform === "win32" ? "npm.cmd" : "npm"
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    const { status } = spawnSync(npm, args, { cwd: FOLDER, stdio: ["ignore", 2, 2], shell: npm.endsWith(".cmd") })
    if (status !== 0) return status ?? 1
  }
  const { status } = spawnSync(process.execPath, [join(FOLDER, "run.js"), ...process.argv.slice(2)], { stdio: "inherit" })
  return status ?? 1
}
