// The examples of docs/pool.md, run as they stand in a directory of their own.

import { describe, expect, it } from "vitest"
import { docsPrograms } from "../support/docs-programs.js"

const document = docsPrograms("pool.md")

describe("docs/pool.md", () => {
  it("P8 prints what it says of pools, and the program ends by itself", async () => {
    expect(document.programs.get("main.mjs")).toBeDefined()
    const lines = (await document.printed("main.mjs")).trim().split("\n")
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
    const lines = (await document.printed("stages.mjs")).trim().split("\n")
    expect(lines.slice(-1)).toEqual(["[ [ 'root', 2, 1 ], [ 'square', 2, 0 ] ]"])
    expect(lines.slice(0, -1).sort()).toEqual(["0 4", "1 root -1 has no real root", "2 9"])
  })

  it("P10 prints what it says of commands", async () => {
    const lines = (await document.printed("commands.mjs")).trim().split("\n")
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
