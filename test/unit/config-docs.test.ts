import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { describeConfig, renderConfigTable, withConfigTable } from "../../config/describe.js"
import { projectRoot } from "../support/project-root.js"

describe("docs/config.md", () => {
  it("has the table of settings as the schema has it (mend it with `npx vitest run dist/test/unit/config-docs.test.js -u`)", async () => {
    const file = join(projectRoot, "docs", "config.md")
    const current = withConfigTable(readFileSync(file, "utf8"))
    expect(current).toContain(renderConfigTable())
    await expect(current).toMatchFileSnapshot(file)
  })
})

describe("the description of the settings", () => {
  it("gives path, variable, type, default and purpose of each", () => {
    expect(describeConfig()).toContainEqual({
      path: "ask.timeoutMs",
      env: "TROUPE_ASK_TIMEOUT_MS",
      type: "integer 1 to 2147483647, in ms",
      default: "5000",
      description: "How long an ask waits for its answer.",
    })
    expect(describeConfig()).toContainEqual({
      path: "topology[].placement",
      env: undefined,
      type: '"inline" or "thread" or "process"',
      default: '"inline"',
      description: "Where it runs: on the node's event loop, in a thread, or in a process of its own.",
    })
  })

  it("becomes a table whose rows have the same width", () => {
    const widths = renderConfigTable()
      .split("\n")
      .map(({ length }) => length)
    expect(new Set(widths).size).toBe(1)
    expect(widths).toHaveLength(describeConfig().length + 2)
  })
})
