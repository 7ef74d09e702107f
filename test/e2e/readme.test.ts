// The commands of README.md, typed in order into one shell, in a project of its own: a copy of the compiled one.
// Three programs are stand-ins: npm, which would install and compile everything (here it compiles what the reader wrote), npx, which
// finds what npx finds, only faster, and the stock nats command, which npm does not install.

import { execFile } from "node:child_process"
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import ts from "typescript"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { endGroup } from "../../runtime/internal.js"
import { fetchedServerPath } from "../../runtime/bus/fetch-server.js"
import { testServerBinary } from "../support/bus.js"
import { eventually } from "../support/eventually.js"
import { projectRoot } from "../support/project-root.js"
import { codeBlocks, readme, RUN } from "../support/readme.js"
import { cliEnv } from "../support/run-cli.js"
import { processesOf } from "../support/test-system.js"

const COMPILED = join(import.meta.dirname, "../..")
const MINUTES_MS = 120_000

// Short: the path of a Unix socket holds some hundred bytes.
const home = mkdtempSync(join(tmpdir(), "p2-"))
const project = mkdtempSync(join(tmpdir(), "rm-"))
const results = join(project, "results")
const bin = join(project, "bin")

beforeAll(async () => {
  mkdirSync(results)
  for (const folder of ["runtime", "actors", "config"])
    cpSync(join(COMPILED, folder), join(project, "dist", folder), { recursive: true })
  for (const path of ["package.json", "node_modules", "test/fixtures"]) link(path)
  await lendServer()
  writeStandIns()
  writeFileSync(join(project, "typed.sh"), RUN.map(({ command }, i) => typed(command, i)).join("\n"))
  await shell()
}, MINUTES_MS)

afterAll(async () => {
  for (const pid of processesOf(home)) await endGroup({ pid, termMs: 500 })
  for (const path of [home, project]) rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
}, MINUTES_MS)

describe("README.md, typed as it stands", () => {
  it.each(RUN.map((typed, i) => ({ ...typed, i })))("$command", ({ i, exit = 0, prints }) => {
    const [out, error, code] = ["out", "err", "code"].map((what) => readIfThere(join(results, `${String(i)}.${what}`)))
    expect({ exit: code, stderr: error }).toMatchObject({ exit: String(exit), ...(exit === 0 ? { stderr: "" } : {}) })
    expect(`${out ?? ""}${error ?? ""}`).toMatch(prints)
  })

  it("leaves no process behind", async () => {
    await eventually(() => processesOf(home).length === 0, { what: "the end of every process" })
  })
})

function link(path: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true })
  symlinkSync(join(projectRoot, path), join(project, path))
}

/** A server that was fetched for the tests is not fetched again; one on the PATH is found there. */
async function lendServer(): Promise<void> {
  const { path } = await testServerBinary()
  const kept = fetchedServerPath(join(project, ".troupe"))
  if (path !== fetchedServerPath(join(projectRoot, ".troupe"))) return
  mkdirSync(join(project, ".troupe"), { mode: 0o700 })
  mkdirSync(dirname(kept), { recursive: true })
  symlinkSync(path, kept)
}

/** A command, its output and its exit code in files of their own. What it does to the shell itself stays done. */
function typed(command: string, i: number): string {
  const file = join(results, String(i))
  const before = command === "npm start" ? ["write_what_the_reader_writes", ""] : []
  return [...before, "{", command, `} >'${file}.out' 2>'${file}.err'`, `printf %s $? >'${file}.code'`].join("\n")
}

function writeStandIns(): void {
  const cli = join(project, "dist/runtime/cli/main.js")
  const program = (name: string, lines: readonly string[]): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${lines.join("\n")}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  mkdirSync(bin)
  program("npx", [
    `if [ "$1" = troupe ]; then shift; exec node '${cli}' "$@"; fi`,
    `name=$1; shift; exec node "node_modules/.bin/$name" "$@"`,
  ])
  program("npm", [`[ "$1" = start ] || exit 0`, `exec node '${cli}' up`])
  program("nats", [`exec node '${join(bin, "nats-stand-in.mjs")}' "$@"`])
  program("write_what_the_reader_writes", [`cp -R '${join(project, "written")}/.' '${project}'`])
  writeFileSync(join(bin, "nats-stand-in.mjs"), NATS_STAND_IN)
  writeWhatTheReaderWrites()
}

/** The reader's files, compiled; they are there from the second start on. */
function writeWhatTheReaderWrites(): void {
  const written = join(project, "written")
  const hello = codeBlocks.find(({ text }) => text.startsWith("// actors/hello.ts\n"))?.text ?? ""
  const add = codeBlocks.find(({ text }) => text.startsWith("// add.mjs\n"))?.text ?? ""
  const entry = /add the line `(.*?)` to the list/.exec(readme)?.[1] ?? ""
  const topology = readFileSync(join(COMPILED, "config/topology.js"), "utf8").replace("\n]);", `\n    ${entry}\n]);`)
  const { outputText } = ts.transpileModule(hello, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, experimentalDecorators: true },
  })
  for (const [file, text] of Object.entries({
    "dist/actors/hello.js": outputText,
    "dist/config/topology.js": topology,
    "add.mjs": add,
  })) {
    expect({ file, empty: text === "" }).toEqual({ file, empty: false })
    mkdirSync(dirname(join(written, file)), { recursive: true })
    writeFileSync(join(written, file), text)
  }
}

/** What README.md uses of the stock command, made of the nats package; it finds the bus by the same variables. */
const NATS_STAND_IN = `
import { connect } from "nats"
const { NATS_URL, NATS_USER: user, NATS_PASSWORD: pass } = process.env
const connection = await connect({ servers: new URL(NATS_URL).host, user, pass })
const [verb, subject, ...rest] = process.argv.slice(2)
if (verb === "req") console.log((await connection.request(subject, rest[0])).string())
if (verb === "sub") for await (const message of connection.subscribe(subject, { max: Number(rest[1]) })) console.log(message.string())
if (verb === "micro") for await (const { name } of await connection.services.client().info()) console.log(name)
await connection.close()
`

function shell(): Promise<void> {
  const env = cliEnv({ PM2_HOME: home, PATH: [bin, process.env["PATH"] ?? ""].join(delimiter) })
  return new Promise((resolve) => {
    execFile("/bin/sh", ["typed.sh"], { cwd: project, env }, () => resolve())
  })
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined
}
