// troupe compare

import { mkdir, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import type { Mode } from "../benchmark/compare/plan.js"
import { codeOf } from "../errors.js"
import { BadOptionError, CancelledError, UsageError } from "../errors.js"
import type { Call } from "./call.js"
import type { CliCommand } from "./command.js"
import { renderTable } from "./table.js"
import { oneLine } from "./terminal.js"

export const command: CliCommand = {
  declare: (compare) =>
    compare
      .option("--quick", "fewer sizes and rounds: under 30 s")
      .option("--thorough", "more rounds and longer ones: half an hour")
      .option("--out <dir>", "write report.json and report.html into this directory"),
  examples: [
    ["troupe compare --quick", "a first look, under 30 s"],
    ["troupe compare --out report", "the whole comparison, and a page to look at: report/report.html"],
    ["troupe compare --quick --json | jq '.advice[]'", "what follows from it"],
  ],
  async run(call) {
    const mode = modeOf(call)
    const out = await outDir(call)
    const [{ compare }, { PLANS }] = await Promise.all([
      import("../benchmark/compare/compare.js"),
      import("../benchmark/compare/plan.js"),
    ])
    const { terminal, signal } = call
    const report = await compare({
      plan: PLANS[mode],
      serverDir: (await call.clientConfig()).stateDir,
      signal,
      onProgress: (line) => {
        terminal.redraw(line)
      },
    })
      .catch((error: unknown) => {
        throw signal.aborted ? new CancelledError("the comparison") : error
      })
      .finally(() => {
        terminal.redraw("")
      })
    const { textReport } = await import("../benchmark/compare/text-report.js")
    terminal.show(report, (_, colors) => textReport(report, (titles, rows) => tabulated(titles, rows, colors), colors.bold))
    if (out !== undefined) {
      const { htmlReport } = await import("../benchmark/compare/html-report.js")
      await writeFile(join(out, "report.json"), `${JSON.stringify(report, null, 2)}\n`)
      await writeFile(join(out, "report.html"), await htmlReport(report))
      terminal.complain(`written: ${oneLine(join(out, "report.html"))}`)
    }
    return undefined
  },
}

function tabulated(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  colors: Parameters<typeof renderTable>[2],
): string {
  const columns = titles.map((title, i) => ({
    title,
    cell: (row: readonly string[]) => oneLine(row[i] ?? ""),
    align: i === 0 ? ("left" as const) : ("right" as const),
  }))
  return renderTable(columns, rows, colors)
}

function modeOf({ options }: Call): Mode {
  if (options["quick"] === true && options["thorough"] === true)
    throw new UsageError("--quick and --thorough exclude each other", '"troupe compare --help" says more')
  if (options["quick"] === true) return "quick"
  return options["thorough"] === true ? "thorough" : "default"
}

/** Makes the directory before anything is measured: five minutes are too long to find out that it cannot be written. */
async function outDir({ options, cwd }: Call): Promise<string | undefined> {
  const given = options["out"]
  if (typeof given !== "string") return undefined
  const dir = resolve(cwd, given)
  try {
    await mkdir(dir, { recursive: true })
    await writeFile(join(dir, "report.json"), "")
  } catch (error) {
    throw new BadOptionError("--out", `a directory that can be written (${codeOf(error) ?? "unknown error"})`, given)
  }
  return dir
}
