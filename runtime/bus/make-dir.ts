import { mkdirSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { codeOf } from "../errors.js"

/**
 * Makes a directory and those above it, for its owner alone (0700), unless it is there.
 * Not by the recursive option of mkdir: that never returns below a file system which refuses new directories with ENOENT, as /proc does.
 */
export function makeDir(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const code = codeOf(error)
    if (code === "EEXIST" && statSync(path).isDirectory()) return
    if (code !== "ENOENT" || dirname(path) === path) throw error
    makeDir(dirname(path))
    mkdirSync(path, { mode: 0o700 })
  }
}
