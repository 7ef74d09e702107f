// docs/from-threads-and-processes.md: what stands on the right is compiled by the project's own settings and run, what stands on the left
// is run where there is a Python, and both print what the row says.

import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import ts from "typescript"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { testServerBinary } from "../support/bus.js"
import { eventually } from "../support/eventually.js"
import { projectRoot } from "../support/project-root.js"
import { codeBlocksIn } from "../support/readme.js"
import { processesOf } from "../support/test-system.js"

interface Row {
  readonly title: string
  readonly python: string
  readonly modules: readonly { readonly name: string; readonly text: string }[]
  readonly prints: string
}

const MINUTE_MS = 60_000
const document = readFileSync(join(projectRoot, "docs", "from-threads-and-processes.md"), "utf8")

const rows: readonly Row[] = document
  .split("\n## ")
  .slice(1)
  .map((section) => {
    const blocks = codeBlocksIn(section)
    const one = (language: string): string => blocks.find((block) => block.language === language)?.text ?? ""
    const modules = blocks
      .filter(({ language }) => language === "ts")
      .map(({ text }) => ({ name: /^\/\/ ([\w-]+)\.ts\n/.exec(text)?.[1] ?? "", text }))
    return { title: section.split("\n")[0] ?? "", python: one("python"), modules, prints: one("text") }
  })

// Short: the path of a Unix socket holds some hundred bytes.
const home = mkdtempSync(join(tmpdir(), "p2-"))
const dir = mkdtempSync(join(tmpdir(), "gd-"))

/** A project with every module in it, in which `troupe` is what was compiled. Returns what the compiler complains of. */
function compiled(): string[] {
  const installed = join(dir, "node_modules", "troupe")
  mkdirSync(installed, { recursive: true })
  symlinkSync(join(import.meta.dirname, "..", "..", "runtime"), join(installed, "runtime"))
  const exports = { ".": "./runtime/index.js", "./toolkit": "./runtime/toolkit.js" }
  writeFileSync(join(installed, "package.json"), JSON.stringify({ name: "troupe", type: "module", exports }))
  writeFileSync(join(dir, "package.json"), '{"type":"module"}')
  const files = rows.flatMap(({ modules }) =>
    modules.map(({ name, text }) => {
      writeFileSync(join(dir, `${name}.ts`), text)
      return join(dir, `${name}.ts`)
    }),
  )
  const { config } = ts.readConfigFile(join(projectRoot, "tsconfig.json"), (file) => readFileSync(file, "utf8")) as {
    config: { compilerOptions: object }
  }
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, composite: false, declaration: false, sourceMap: false, inlineSources: false, rootDir: dir, outDir: dir }, // prettier-ignore
    projectRoot,
  )
  delete options.tsBuildInfoFile
  options.typeRoots = [join(projectRoot, "node_modules", "@types")]
  const program = ts.createProgram(files, options)
  const emitted = program.emit()
  return [...ts.getPreEmitDiagnostics(program), ...emitted.diagnostics].map(
    ({ file, messageText }) => `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
  )
}

/** As both languages print it: True and true, ['a'] and [ "a" ] are the same. */
function plain(printed: string): string {
  return printed.trim().toLowerCase().replaceAll('"', "'").replace(/ +/g, "")
}

async function output(program: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, PM2_HOME: home, NATS_SERVER_BIN: (await testServerBinary()).path }
  const { stdout, stderr } = await promisify(execFile)(program, args, { cwd: dir, env, timeout: MINUTE_MS })
  expect(stderr).toBe("")
  return plain(stdout)
}

async function hasPython(): Promise<boolean> {
  return output("python3", ["-c", "import sys; print(sys.version_info >= (3, 8))"]).then(
    (answer) => answer === "true",
    () => false,
  )
}

describe("docs/from-threads-and-processes.md", () => {
  let problems: readonly string[]
  beforeAll(() => {
    problems = compiled()
  }, MINUTE_MS)
  afterAll(async () => {
    await eventually(() => processesOf(home).length === 0, { timeoutMs: 10_000, what: "the end of every process" })
    for (const folder of [home, dir]) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
  })

  it("compiles as it stands", () => {
    expect(problems).toEqual([])
  })

  it("has both languages in each row, what they print, and each module by a name of its own", () => {
    const names = rows.flatMap(({ modules }) => modules.map(({ name }) => name))
    expect(rows.length).toBeGreaterThanOrEqual(20)
    expect(new Set(names).size).toBe(names.length)
    for (const { python, modules, prints } of rows) {
      expect(python).not.toBe("")
      expect(prints).not.toBe("")
      expect(modules.length).toBeGreaterThan(0)
      expect(modules.every(({ name }) => name !== "")).toBe(true)
    }
  })

  it.each(rows)(
    "$title: troupe",
    async ({ modules, prints }) => {
      expect(await output(process.execPath, [join(dir, `${modules.at(-1)?.name ?? ""}.js`)])).toBe(plain(prints))
    },
    MINUTE_MS,
  )

  it.each(rows)(
    "$title: Python",
    async ({ python, prints, modules }) => {
      if (!(await hasPython())) return
      const file = join(dir, `row_${modules.at(-1)?.name ?? ""}.py`)
      writeFileSync(file, python)
      expect(await output("python3", [file])).toBe(plain(prints))
    },
    MINUTE_MS,
  )
})
