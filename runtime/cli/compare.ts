// troupe compare

import { rename, rm, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import type { HandlerCall } from "../benchmark/compare/own-actors.js"
import type { Mode } from "../benchmark/compare/plan.js"
import type { Report } from "../benchmark/compare/report-schema.js"
import { makeDir } from "../bus/make-dir.js"
import { BadOptionError, CancelledError, codeOf, UndecodableError, UsageError } from "../errors.js"
import type { Call } from "./call.js"
import type { CliCommand } from "./command.js"
import { readJson } from "./json-input.js"
import { renderTable } from "./table.js"
import { oneLine } from "./terminal.js"

/** A report has a few hundred kilobytes. */
const MOST_REPORT_BYTES = 64 * 2 ** 20
const MORE = '"troupe compare --help" says more'

export const command: CliCommand = {
  declare: (compare) =>
    compare
      .option("--quick", "fewer sizes and rounds: about half a minute")
      .option("--thorough", "more rounds and longer ones: about 40 minutes")
      .option("--payload <file>", "hand over what this file holds, JSON or msgpack, instead of bytes of many sizes")
      .option("--actor <kind>", "measure a handler of this kind of actor in each placement as well")
      .option("--handler <name>", "which handler of it")
      .option("--args <json>", "what the handler is given: JSON, - for stdin, @FILE")
      .option("--against <file>", "say what has changed since this report (report.json, or what --json printed)")
      .option("--out <dir>", "write report.json and report.html into this directory"),
  examples: [
    ["troupe compare --quick", "a first look, in about half a minute"],
    ["troupe compare --out report", "the whole comparison, and a page to look at: report/report.html"],
    ["troupe compare --quick --payload order.json", "for a payload of your own"],
    ["troupe compare --actor counter --handler increment", "for a handler of your own"],
    ["troupe compare --quick --json | jq '.advice[]'", "what follows from it"],
  ],
  async run(call) {
    const mode = modeOf(call)
    // All that can be wrong with the input is found out before anything is measured.
    const handler = await handlerOf(call)
    const value = await payloadOf(call)
    const old = await earlierOf(call)
    const out = await outDir(call)
    const [{ compare }, { PLANS }] = await Promise.all([
      import("../benchmark/compare/compare.js"),
      import("../benchmark/compare/plan.js"),
    ])
    const { terminal, signal } = call
    let report = await compare({
      plan: PLANS[mode],
      value,
      handler,
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
    if (old !== undefined) {
      const { changesSince } = await import("../benchmark/compare/against.js")
      report = { ...report, against: changesSince(old, report) }
    }
    const { textReport } = await import("../benchmark/compare/text-report.js")
    terminal.show(report, (_, colors) => textReport(report, (titles, rows) => tabulated(titles, rows, colors), colors.bold))
    if (out === undefined) return undefined
    await writeReport(report, out)
    terminal.remark(`written: ${oneLine(join(out, "report.html"))}`)
    return undefined
  },
}

/** Each file is there as a whole, or an earlier one stays. @throws {BadOptionError} where the disk is full meanwhile; the report was shown by then */
async function writeReport(report: Report, dir: string): Promise<void> {
  const { htmlReport } = await import("../benchmark/compare/html-report.js")
  const files = [
    { name: "report.json", text: `${JSON.stringify(report, null, 2)}\n` },
    { name: "report.html", text: await htmlReport(report) },
  ]
  for (const { name, text } of files) {
    const draft = join(dir, `${name}.${String(process.pid)}.tmp`)
    try {
      await writeFile(draft, text)
      await rename(draft, join(dir, name))
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined)
      throw new BadOptionError("--out", `a directory in which ${name} can be written (${codeOf(error) ?? "unknown error"})`, dir)
    }
  }
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
    throw new UsageError("--quick and --thorough exclude each other", MORE)
  if (options["quick"] === true) return "quick"
  return options["thorough"] === true ? "thorough" : "default"
}

async function handlerOf(call: Call): Promise<HandlerCall | undefined> {
  const { actor, handler, args } = call.options
  if (actor === undefined && handler === undefined && args === undefined) return undefined
  if (typeof actor !== "string" || typeof handler !== "string")
    throw new UsageError("--actor and --handler belong together", MORE)
  const input = typeof args === "string" ? (JSON.parse(await readJson(args, call)) as unknown) : undefined
  const { node } = await call.config()
  return { kind: actor, handler, input, actorsDir: node.actorsDir, providers: node.providers }
}

async function payloadOf({ options, cwd }: Call): Promise<unknown> {
  const given = options["payload"]
  if (typeof given !== "string") return undefined
  const { readPayload } = await import("../benchmark/compare/payload-file.js")
  return readPayload(resolve(cwd, given), given)
}

async function earlierOf({ options, cwd }: Call): Promise<Report | undefined> {
  const given = options["against"]
  if (typeof given !== "string") return undefined
  const { readWhole } = await import("../benchmark/compare/payload-file.js")
  const bytes = await readWhole({ path: resolve(cwd, given), given, option: "--against", most: MOST_REPORT_BYTES })
  const { reportSchema, REPORT_VERSION } = await import("../benchmark/compare/report-schema.js")
  let found: unknown
  try {
    found = JSON.parse(bytes.toString())
    return reportSchema.parse(found)
  } catch (error) {
    const { report, version } = (found ?? {}) as { readonly report?: unknown; readonly version?: unknown }
    const isOther = report === "troupe compare" && typeof version === "number" && version !== REPORT_VERSION
    const why = isOther
      ? `has version ${String(version)}, expected ${String(REPORT_VERSION)}; take it again with this troupe`
      : "is no report of troupe compare"
    throw new UndecodableError("report", `${given} ${why}`, error)
  }
}

/** Makes the directory before anything is measured: five minutes are too long to find out that it cannot be written. */
async function outDir({ options, cwd }: Call): Promise<string | undefined> {
  const given = options["out"]
  if (typeof given !== "string") return undefined
  const dir = resolve(cwd, given)
  try {
    makeDir(dir)
    // Not the report itself: where the run fails, an earlier one stays.
    const attempt = join(dir, `report.${String(process.pid)}.tmp`)
    await writeFile(attempt, "")
    await rm(attempt)
    return dir
  } catch (error) {
    throw new BadOptionError("--out", `a directory that can be written (${codeOf(error) ?? "unknown error"})`, given)
  }
}
