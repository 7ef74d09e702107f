import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { projectRoot } from "../support/project-root.js"

const document = readFileSync(join(projectRoot, "docs", "semantics.md"), "utf8")
const SECTION = "## Differences between the placements"
const [, section = ""] = document.split(`\n${SECTION}\n`)
const rows = section
  .split("\n## ")[0]
  ?.split("\n")
  .filter((line) => line.startsWith("|"))
  .slice(2)
  .map((line) => line.split(" | ").map((cell) => cell.replaceAll(/^\| | \|$/g, "")))

/** The titles of all tests, as they stand in the sources. */
const titles = new Set(
  readdirSync(join(projectRoot, "test"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .flatMap((file) => [
      ...readFileSync(join(projectRoot, "test", file), "utf8").matchAll(/\bit\b[^"`\n]*(?:\[[^\]]*\][^"\n]*)?\(\s*"([^"\n]+)"/g),
    ])
    .map(([, title]) => title),
)

describe("docs/semantics.md", () => {
  it("has one table of differences, in which every line says what holds in each placement", () => {
    expect(document.split(SECTION)).toHaveLength(2)
    expect(rows?.length).toBeGreaterThan(10)
    for (const row of rows ?? [])
      expect({ row, cells: row.length, empty: row.includes("") }).toEqual({ row, cells: 5, empty: false })
  })

  it("names in every line of that table a test that there is", () => {
    for (const row of rows ?? []) {
      const named = /^"(.*)"$/.exec(row[4] ?? "")?.[1]
      expect({ row: row[0], named, there: titles.has(named) }).toEqual({ row: row[0], named, there: true })
    }
  })

  it("speaks only of promises that it makes or says are not built yet", () => {
    const [made = "", notYet = ""] = document.split("\n## Not yet\n")
    const numbered = new Set([...made.matchAll(/^- \*\*([AMSTW]\d+)\*\*/gm)].map(([, number]) => number))
    expect(numbered.size).toBeGreaterThan(20)
    expect(notYet.match(/^- /gm)?.length).toBeGreaterThan(2)
  })

  it("links only to sections and files that are there", () => {
    const anchors = [...document.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    )
    const docs = readdirSync(join(projectRoot, "docs"))
    for (const [, target = ""] of document.matchAll(/\]\(([^)]*)\)/g)) {
      expect(target.startsWith("#") ? anchors : docs).toContain(target.replace(/^#/, ""))
    }
  })
})
