import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"
import { beforeAll, describe, expect, it } from "vitest"
import { COMMANDS } from "../../runtime/cli/commands.js"
import { EXIT } from "../../runtime/cli/exit-code.js"
import { projectRoot } from "../support/project-root.js"
import { codeBlocks, codeBlocksIn, NOT_RUN, readme, RUN, typedLines } from "../support/readme.js"

/** Where the snippets would be compiled to, beside the real actors, so that their imports lead to the compiled runtime. */
const COMPILED = join(import.meta.dirname, "../..")
const MINUTE_MS = 60_000

function packageJson(name: string): { license?: string; dependencies?: Record<string, string>; engines?: { node: string } } {
  return JSON.parse(readFileSync(join(projectRoot, name, "package.json"), "utf8")) as ReturnType<typeof packageJson>
}

describe("the commands in README.md", () => {
  it("are run by test/e2e/readme.test.ts in this order, or say why not", () => {
    expect(typedLines.filter((line) => !Object.hasOwn(NOT_RUN, line))).toEqual(RUN.map(({ command }) => command))
    expect(Object.keys(NOT_RUN).filter((line) => !typedLines.includes(line))).toEqual([])
  })

  it("stand in blocks whose language is said", () => {
    expect(new Set(codeBlocks.map(({ language }) => language))).toEqual(new Set(["sh", "ts", "js"]))
  })

  it("include each that the command line has", () => {
    const [, section = ""] = readme.split("## The command line")
    for (const { name, help } of COMMANDS)
      if (help !== "hidden") expect(section.split("\n## ")[0]).toMatch(new RegExp(`\`${name}\\b`))
  })

  it("end with exit codes that are all told", () => {
    const told = /^Exit codes: ([^]*?)\n\n/m
      .exec(readme)?.[1]
      ?.match(/\d+(?=\s)/g)
      ?.map(Number)
    expect(told).toEqual(Object.values(EXIT).filter((code) => code < 128))
  })
})

describe("the TypeScript in README.md, docs/toolkit.md and docs/patterns.md", () => {
  const [toolkit, patterns] = ["toolkit.md", "patterns.md"].map((name) => readFileSync(join(projectRoot, "docs", name), "utf8"))
  const snippets = [...codeBlocks, ...codeBlocksIn(toolkit ?? ""), ...codeBlocksIn(patterns ?? "")]
    .filter(({ language }) => language === "ts")
    .map(({ text }, i) => ({ text, file: join(COMPILED, "actors", `readme-${String(i)}.ts`) }))
  let problems: string[]

  beforeAll(() => {
    const { config } = ts.readConfigFile(join(projectRoot, "tsconfig.json"), (file) => readFileSync(file, "utf8")) as {
      config: { compilerOptions: object }
    }
    const { options } = ts.convertCompilerOptionsFromJson(
      { ...config.compilerOptions, composite: false, noEmit: true },
      projectRoot,
    )
    const host = ts.createCompilerHost(options)
    const textOf = (file: string): string | undefined => snippets.find((snippet) => snippet.file === file)?.text
    host.fileExists = (file) => textOf(file) !== undefined || ts.sys.fileExists(file)
    host.readFile = (file) => textOf(file) ?? ts.sys.readFile(file)
    const program = ts.createProgram(
      snippets.map(({ file }) => file),
      { ...options, rootDir: COMPILED },
      host,
    )
    problems = snippets.flatMap(({ file }) => {
      const source = program.getSourceFile(file)
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        ({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
      )
    })
  }, MINUTE_MS)

  it("compiles as it stands, by the project's own settings", () => {
    expect(snippets.length).toBeGreaterThan(3)
    expect(problems).toEqual([])
  })
})

describe("README.md", () => {
  it("links only to files and sections that are there", () => {
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => !target.startsWith("http"))
    expect(links.filter((target) => !existsSync(join(projectRoot, target.replace(/#.*$/, ""))))).toEqual([])
    expect(readFileSync(join(projectRoot, "docs", "semantics.md"), "utf8")).toMatch(/^## Not yet$/m)
  })

  it("names the licence of every dependency, as the dependency has it, and no other", () => {
    const named = [...(readme.split("\n## Licences\n")[1] ?? "").matchAll(/^\| (@?[a-z][\w/-]*) \| ([\w.-]+) \| /gm)].map(
      ([, name = "", licence]) => [name, licence],
    )
    const dependencies = Object.keys(packageJson("").dependencies ?? {})
    const installed = dependencies.map((name) => [name, packageJson(join("node_modules", name)).license])
    // nats-server is no dependency: it is found, or fetched.
    expect(named.sort()).toEqual([...installed, ["nats-server", "Apache-2.0"]].sort())
  })

  it("says which Node.js is needed, as package.json does", () => {
    expect(packageJson("").engines?.node).toBe(`>=${/Node\.js (\d+\.\d+) or newer/.exec(readme)?.[1] ?? ""}`)
  })
})
