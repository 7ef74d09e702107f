// The JavaScript programs in a document, run as a reader would: in a project of their own, in which `troupe` is what was compiled.

import { execFile } from "node:child_process"
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { projectRoot } from "./project-root.js"
import { tempDir } from "./temp-dir.js"

export interface DocsPrograms {
  /** Their texts by file name, which stands in the first line of each. */
  readonly programs: ReadonlyMap<string, string>
  /** What one of them prints. */
  printed(name: string): Promise<string>
}

export function docsPrograms(document: string): DocsPrograms {
  const text = readFileSync(join(projectRoot, "docs", document), "utf8")
  const programs = new Map(
    [...text.matchAll(/^```js\n\/\/ (\S+)\n([^]*?)^```$/gm)].map(([, name = "", program = ""]) => [name, program]),
  )
  return {
    programs,
    async printed(name) {
      const { stdout } = await promisify(execFile)(process.execPath, [name], { cwd: projectOf(programs), timeout: 25_000 })
      return stdout
    },
  }
}

function projectOf(programs: ReadonlyMap<string, string>): string {
  const dir = tempDir()
  const installed = join(dir, "node_modules", "troupe")
  mkdirSync(installed, { recursive: true })
  symlinkSync(join(import.meta.dirname, "..", "..", "runtime"), join(installed, "runtime"))
  const exports = { ".": "./runtime/index.js", "./toolkit": "./runtime/toolkit.js" }
  writeFileSync(join(installed, "package.json"), JSON.stringify({ name: "troupe", type: "module", exports }))
  for (const [name, text] of programs) writeFileSync(join(dir, name), text)
  return dir
}
