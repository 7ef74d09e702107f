import { existsSync } from "node:fs"
import { dirname, join, resolve } from "node:path"

const MARKS = ["troupe.config.json", ".troupe", "package.json"]

/** The project a directory belongs to: the nearest one, itself included, with a configuration, a state directory or a package.json. */
export function findProjectDir(from: string): string {
  const start = resolve(from)
  for (let dir = start; ; dir = dirname(dir)) {
    if (MARKS.some((mark) => existsSync(join(dir, mark)))) return dir
    if (dir === dirname(dir)) return start
  }
}
