// docs/conformance.md — which tests prove which promise, in which placement; written from what a test run reports, and from
// nothing else. A promise of docs/semantics.md that no passed test names is shown as unproven.
// Usage: node .ci/conformance.js REPORT.json [--check]   (a report of vitest's json reporter over all suites)

import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const DOCUMENT = join(root, "docs", "conformance.md")
const COLUMNS = ["inline", "thread", "process", "mixed"]
const SCENARIOS = Array.from({ length: 20 }, (_, index) => index + 1)

/**
 * What the document should say by a report, where tests with one of these statuses count; the same in whatever order they ran, and as a
 * file can hold it: half a surrogate pair in a title cannot be written.
 */
export function conformanceOf(report, statuses = ["passed"]) {
  const tests = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => statuses.includes(status))
  const promises = promisesOf(readFileSync(join(root, "docs", "semantics.md"), "utf8"))
  const sections = promises.map(({ id, sentence }) => {
    const rows = rowsOf(tests.filter(({ title }) => numbersIn(title).includes(id)))
    return `## ${id}\n\n${sentence}\n\n${tableOf(rows)}`
  })
  const scenarios = SCENARIOS.map((number) => {
    const rows = rowsOf(tests.filter(({ fullName }) => fullName.includes(`(scenario ${number})`)))
    return `| ${number} | ${rows.map(({ title, where }) => `${title} (${[...COLUMNS, "all"].filter((column) => where.has(column)).join(", ")})`).join("; ") || "none yet"} |`
  })
  const proven = promises.filter(({ id }) => tests.some(({ title }) => numbersIn(title).includes(id)))
  return `${[
    "# Conformance",
    "Which tests prove which promise of [semantics.md](semantics.md), in which placement. Written by `npm run conformance` from a run of all " +
      "tests. A tick stands for a test that passed; a test without a placement of " +
      "its own, or over several at once, is listed as “all”.",
    `${proven.length} of ${promises.length} promises are proven by at least one test.`,
    ...sections,
    "## Scenarios",
    ["| scenario | tests |", "| --- | --- |", ...scenarios].join("\n"),
  ].join("\n\n")}\n`.toWellFormed()
}

/** The promises that are made, with their first sentence. */
function promisesOf(semantics) {
  const made = semantics.slice(0, semantics.indexOf("\n## Not yet"))
  return [...made.matchAll(/^- \*\*([A-Z]\d+)\*\* ((?:.|\n(?! *-|\n))*)/gm)].map(([, id, text]) => ({
    id,
    sentence: text.replace(/\s+/g, " ").replace(/^(.*?\.)( .*)?$/, "$1"),
  }))
}

/** The promises' numbers that a title begins with: "S5 S6 …". */
function numbersIn(title) {
  const [start = ""] = /^(?:[A-Z]\d+(?:[–-]\d+)?,? )+/.exec(title) ?? []
  return start.match(/[A-Z]\d+/g) ?? []
}

/** One row per title, with the placements of its tests. */
function rowsOf(tests) {
  const rows = new Map()
  for (const { title, fullName } of tests) {
    const shown = title
      .replace(/^(?:[A-Z]\d+,? )+/, "")
      .replace(/ \(scenario \d+\)/g, "")
      .replaceAll("|", "\\|")
    const where = rows.get(shown) ?? new Set()
    const named = COLUMNS.filter((column) =>
      new RegExp(`\\b${column}\\b`).test(fullName.slice(0, fullName.length - title.length)),
    )
    for (const place of named.length === 1 ? named : ["all"]) where.add(place)
    rows.set(shown, where)
  }
  return [...rows].map(([title, where]) => ({ title, where })).sort((a, b) => (a.title < b.title ? -1 : 1))
}

function tableOf(rows) {
  if (rows.length === 0) return "No test names it."
  const columns = [...COLUMNS, "all"]
  return [
    `| test | ${columns.join(" | ")} |`,
    `| --- | ${columns.map(() => ":-:").join(" | ")} |`,
    ...rows.map(({ title, where }) => `| ${title} | ${columns.map((column) => (where.has(column) ? "✓" : "")).join(" | ")} |`),
  ].join("\n")
}

/**
 * Writes the document, or says whether it is what the report says. A check also takes a document that was written where the
 * tests ran that this machine skips.
 */
export function conformance(reportPath, mode) {
  const report = JSON.parse(readFileSync(reportPath, "utf8"))
  const text = conformanceOf(report)
  const is = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, "utf8") : ""
  if (mode !== "check") writeFileSync(DOCUMENT, text)
  return is === text || is === conformanceOf(report, ["passed", "skipped", "pending"])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [report, flag] = process.argv.slice(2)
  if (report === undefined) {
    console.error("usage: node .ci/conformance.js REPORT.json [--check]")
    process.exit(2)
  }
  const isTrue = conformance(report, flag === "--check" ? "check" : "write")
  if (flag === "--check" && !isTrue) {
    console.error("docs/conformance.md is not what the tests say; npm run conformance writes it anew")
    process.exit(1)
  }
}
