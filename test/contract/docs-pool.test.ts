// The examples of docs/pool.md, run as they stand in a directory of their own.

import { execFile } from "node:child_process"
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { projectRoot } from "../support/project-root.js"
import { tempDir } from "../support/temp-dir.js"

const document = readFileSync(join(projectRoot, "docs", "pool.md"), "utf8")
const programs = new Map(
  [...document.matchAll(/^```js\n\/\/ (\S+)\n([^]*?)^```$/gm)].map(([, name = "", text = ""]) => [name, text]),
)

/** A project with every example in it, in which `troupe` is what was compiled. */
function project(): string {
  const dir = tempDir()
  const installed = join(dir, "node_modules", "troupe")
  mkdirSync(installed, { recursive: true })
  symlinkSync(join(import.meta.dirname, "..", "..", "runtime"), join(installed, "runtime"))
  writeFileSync(join(installed, "package.json"), '{"name":"troupe","type":"module","exports":"./runtime/index.js"}')
  for (const [name, text] of programs) writeFileSync(join(dir, name), text)
  return dir
}

async function printed(name: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [name], { cwd: project(), timeout: 25_000 })
  return stdout
}

describe("docs/pool.md", () => {
  it("P8 prints what it says of pools, and the program ends by itself", async () => {
    expect(programs.get("main.mjs")).toBeDefined()
    const lines = (await printed("main.mjs")).trim().split("\n")
    expect(lines.slice(0, 6)).toEqual([
      "[ 1, 4, 9 ]",
      "[ 1024, 27 ]",
      "25",
      "332833500",
      "fulfilled 2",
      "rejected ERR_TASK_FAILED at 1: -1 has no real root",
    ])
    expect(lines[6]).toMatch(/^\[ \d+, \d+ \]$/)
  })

  it("prints what it says of stages", async () => {
    const lines = (await printed("stages.mjs")).trim().split("\n")
    expect(lines.slice(-1)).toEqual(["[ [ 'root', 2, 1 ], [ 'square', 2, 0 ] ]"])
    expect(lines.slice(0, -1).sort()).toEqual(["0 4", "1 root -1 has no real root", "2 9"])
  })

  it("P10 prints what it says of commands", async () => {
    const lines = (await printed("commands.mjs")).trim().split("\n")
    expect(lines).toEqual([
      "$HOME is not expanded",
      "[ '9', '10' ]",
      "[ 'tasks.mjs', 'stages.mjs', 'main.mjs', 'commands.mjs' ]",
      "through a stream",
      "{ code: 0, signal: null }",
      "ERR_COMMAND_FAILED 3 no",
      "ERR_COMMAND_TIMED_OUT",
      "ERR_COMMAND_NOT_STARTED",
    ])
  })
})
