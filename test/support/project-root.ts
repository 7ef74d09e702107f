import { existsSync } from "node:fs"
import { dirname, join } from "node:path"

/** The directory of the repository, wherever the tests were compiled to. */
export const projectRoot = ((): string => {
  let dir = import.meta.dirname
  while (!existsSync(join(dir, "package.json"))) {
    if (dir === dirname(dir)) throw new Error(`no package.json above ${import.meta.dirname}`)
    dir = dirname(dir)
  }
  return dir
})()
