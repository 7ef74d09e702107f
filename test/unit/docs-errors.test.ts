import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { exitCodeOf } from "../../runtime/cli/exit-code.js"
import * as errors from "../../runtime/errors.js"
import { projectRoot } from "../support/project-root.js"

/** Codes that Node.js gives, which the runtime reads and never throws. */
const NODE_CODES = /^ERR_(WORKER|STREAM)_/

const document = readFileSync(join(projectRoot, "docs", "errors.md"), "utf8")
const sections = new Map(
  document
    .split(/^##? (?=ERR_)/m)
    .slice(1)
    .map((section) => [/^ERR_\w+/.exec(section)?.[0] ?? "", section.replace(/^# [^]*/m, "")] as const),
)

/** Every error class of errors.ts that has a code of its own, made from empty arguments: an empty array is text, list and number at need. */
const classes = Object.values(errors).flatMap((exported) => {
  if (typeof exported !== "function" || !(exported.prototype instanceof errors.TroupeError)) return []
  const Made = exported as unknown as new (...given: unknown[]) => errors.TroupeError
  const made = new Made([], [], [], [])
  return typeof made.code === "string" ? [{ code: made.code, fields: Object.keys(made.data) }] : []
})

/** Every source below these folders. */
function sourcesIn(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(projectRoot, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readFileSync(join(projectRoot, folder, file), "utf8")),
  )
}

/** Every code that stands in a source of these folders. */
function codesIn(...folders: string[]): Set<string> {
  const found = sourcesIn(...folders).flatMap((source) => source.match(/(?<=")ERR_[A-Z0-9_]+(?=")/g) ?? [])
  return new Set(found.filter((code) => !NODE_CODES.test(code)))
}

function line(code: string, label: string): string {
  const text = (sections.get(code) ?? "").replaceAll("\n  ", " ")
  return new RegExp(`^- \\*\\*${label}:\\*\\* (.*)$`, "m").exec(text)?.[1] ?? ""
}

/** How the exit codes of an error are written down. */
function exitText(code: string): string {
  const [actor, node, here] = (["actor", "node", "here"] as const).map((source) => String(exitCodeOf(code, source)))
  if (node === here) return actor === here ? String(here) : `${String(actor)} from an actor, else ${String(here)}`
  return `${String(here)} from the command line itself, else ${String(node)}`
}

describe("docs/errors.md", () => {
  it("is held against every error class there is", () => {
    const written = sourcesIn("runtime/errors").flatMap((source) => source.match(/(?<=readonly code = ")ERR_\w+/g) ?? [])
    expect(classes.map(({ code }) => code).sort()).toEqual(written.sort())
    expect(classes.length).toBeGreaterThan(30)
  })

  it("has a section for each code in the sources, and no other, each once", () => {
    const codes = codesIn("runtime", "actors", "config")
    expect([...sections.keys()].sort()).toEqual([...codes].sort())
    expect(document.match(/^## /gm)).toHaveLength(codes.size)
  })

  it("keeps the examples' own codes apart from the runtime's", () => {
    const [ours = "", examples = ""] = document.split("# Errors of the example actors")
    const own = [...codesIn("actors")].filter((code) => !codesIn("runtime").has(code))
    for (const code of own)
      expect({ code, apart: examples.includes(`## ${code}\n`) && !ours.includes(`## ${code}\n`) }).toEqual({ code, apart: true })
    expect(examples.match(/^## /gm)).toHaveLength(own.length)
  })

  it.each([...sections.keys()])("says of %s what it means, its cause, what to do, its data and its exit code", (code) => {
    expect((sections.get(code) ?? "").split("\n")[2]).toMatch(/^[A-Z`].*[.`\w]$/)
    for (const label of ["Cause", "What to do", "Data", "Exit code"])
      expect({ label, text: line(code, label) }).not.toEqual({ label, text: "" })
  })

  it.each(classes)("gives the data fields of $code as they are", ({ code, fields }) => {
    const told = line(code, "Data").replace(/\(.*\)/, "")
    expect(told.match(/`\w+`/g)?.map((field) => field.slice(1, -1)) ?? []).toEqual(fields)
  })

  it.each([...sections.keys()])("gives the exit code of %s as the command line has it", (code) => {
    expect(line(code, "Exit code")).toBe(exitText(code))
  })

  it("links only to sections and files that are there", () => {
    const anchors = new Set(
      [...document.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w -]/g, "")
          .replaceAll(" ", "-"),
      ),
    )
    const links = [...document.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor]) => anchor)
    expect(links.filter((anchor) => anchor === undefined || !anchors.has(anchor))).toEqual([])
    expect(links.length).toBeGreaterThan(0)
  })
})
