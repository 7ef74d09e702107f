// What the command line says of itself: help, usage errors, completion.

import { execFile } from "node:child_process"
import { readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { COMMANDS } from "../../runtime/cli/commands.js"
import { testBus } from "../support/bus.js"
import { DoubleNode, PROGRAM, psRow } from "../support/double-node.js"
import { projectRoot } from "../support/project-root.js"
import { CLI, cliEnv, runCli } from "../support/run-cli.js"
import { tempDir } from "../support/temp-dir.js"

const run = promisify(execFile)
const listed = COMMANDS.filter(({ help }) => help !== "hidden")

describe("help", () => {
  it("lists every command but the hidden ones, with the exit codes and examples", async () => {
    const cwd = tempDir()
    const { exit, stdout, stderr } = await runCli(["--help"], { cwd })
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" })
    for (const { name, summary } of listed) expect(stdout).toMatch(new RegExp(`^  ${name}( .*)?  ${summary.slice(0, 20)}`, "m"))
    expect(stdout).toContain("Exit codes:")
    expect(stdout).toContain("Examples:")
    expect(stdout).not.toContain("__complete")
    expect(await runCli(["help"], { cwd })).toEqual({ exit, stdout, stderr })
  })

  it.each(listed.map(({ name }) => name))("of %s has examples and says the same by `help`", async (name) => {
    const cwd = tempDir()
    const { exit, stdout } = await runCli([name, "--help"], { cwd })
    expect(exit).toBe(0)
    expect(stdout).toMatch(new RegExp(`^Usage: troupe ${name}`))
    expect(stdout).toMatch(/\nExamples:\n {2}\S/)
    expect(stdout).toContain("--config <file>")
    expect(await runCli(["help", name], { cwd })).toMatchObject({ exit: 0, stdout })
  })

  it("names its version", async () => {
    const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string }
    expect(await runCli(["--version"], { cwd: tempDir() })).toEqual({ exit: 0, stdout: `${version}\n`, stderr: "" })
  })

  it("in docs/command-line.md has a section for every command, and every option of it", async () => {
    const document = readFileSync(join(projectRoot, "docs/command-line.md"), "utf8")
    for (const { name } of listed) {
      const { stdout } = await runCli([name, "--help"], { cwd: tempDir() })
      const own = stdout.slice(0, stdout.indexOf("Global Options:"))
      expect(document).toContain(`\`troupe ${name}`)
      for (const [option] of own.matchAll(/--[a-z][a-z-]+/g)) expect(document).toContain(option)
    }
  })
})

describe("wrong usage", () => {
  it.each([
    [[], "no command was given"],
    [["pz"], 'unknown command "pz" (did you mean "ps"?)'],
    [["nonsense"], 'unknown command "nonsense"'],
    [["ask"], 'missing required argument "NAME"'],
    [["ask", "x", "y", "1", "2"], "too many arguments"],
    [["ps", "--jsn"], '(did you mean "--json"?)'],
    [["spawn", "counter", "--placement", "moon"], "inline, thread, process"],
    [["ask", "x", "y", "--timeout", "soon"], "expected a time such as"],
    [["completion", "fish"], "bash, zsh"],
    [["--config"], "argument missing"],
    [["--prefix=", "ps"], "--prefix: expected a value"],
  ])("%j is one line on stderr and exit code 2", async (args, message) => {
    const { exit, stdout, stderr } = await runCli(args, { cwd: tempDir() })
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" })
    expect(stderr).toMatch(/^ERR_USAGE: [^\n]+; [^\n]+\n$/)
    expect(stderr).toContain(message)
  })

  it.each([
    [["ask", "1x", "y"], "ERR_BAD_NAME"],
    [["ask", "a".repeat(300), "y"], "ERR_BAD_NAME"],
    [["ask", "x.*", "y"], "ERR_BAD_NAME"],
    [["stop", "$(reboot)"], "ERR_BAD_NAME"],
    [["spawn", "counter", "--name", "a b"], "ERR_BAD_NAME"],
    [["ask", "x", "y", "{name:1}"], "ERR_UNDECODABLE"],
    [["spawn", "counter", "--args", "{"], "ERR_UNDECODABLE"],
    [["ask", "x", "y", "@none.json"], "ERR_BAD_OPTION"],
  ])("%j is refused before anything is connected to", async (args, code) => {
    const { exit, stderr } = await runCli(args, { cwd: tempDir() })
    expect({ exit, stderr }).toMatchObject({ exit: 2, stderr: expect.stringMatching(new RegExp(`^${code}: [^\\n]+\\n$`)) as string })
  })

  it("is JSON with --json", async () => {
    const { stderr } = await runCli(["pz", "--json"], { cwd: tempDir() })
    expect(JSON.parse(stderr)).toMatchObject({ code: "ERR_USAGE" })
  })
})

describe("completion", () => {
  /** What bash offers for a line, its last word the one under the cursor. */
  async function offered(cwd: string, words: readonly string[]): Promise<string[]> {
    const script = [
      'troupe() { "$NODE" "$CLI" "$@"; }',
      'eval "$(troupe completion bash)"',
      "complete -p troupe >/dev/null || exit 9",
      'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()',
      '_troupe; printf "%s\\n" "${COMPREPLY[@]}"',
    ].join("\n")
    const env = cliEnv({ NODE: process.execPath, CLI })
    const { stdout, stderr } = await run("bash", ["--norc", "-c", script, "bash", ...words], { cwd, env })
    expect(stderr).toBe("")
    return stdout.split("\n").filter((word) => word !== "").sort()
  }

  it("in bash offers commands, options and their values", async () => {
    const cwd = tempDir()
    expect(await offered(cwd, ["troupe", "st"])).toEqual(["stats", "stop"])
    expect(await offered(cwd, ["troupe", ""])).toEqual(listed.map(({ name }) => name).sort())
    expect(await offered(cwd, ["troupe", "--pre"])).toEqual(["--prefix"])
    expect(await offered(cwd, ["troupe", "--config", "x.json", "ask", "--t"])).toEqual(["--timeout"])
    expect(await offered(cwd, ["troupe", "spawn", "counter", "--placement", ""])).toEqual(["inline", "process", "thread"])
    expect(await offered(cwd, ["troupe", "spawn", "counter", "-p", "th"])).toEqual(["thread"])
    expect(await offered(cwd, ["troupe", "completion", ""])).toEqual(["bash", "zsh"])
    expect(await offered(cwd, ["troupe", "ask", "x", "--timeout", ""])).toEqual([])
  })

  it("in bash offers the names, kinds and handlers that the node knows, and nothing when there is none", async () => {
    const bus = await testBus()
    const cwd = tempDir()
    symlinkSync(bus.stateDir, join(cwd, ".troupe"))
    expect(await offered(cwd, ["troupe", "ask", ""])).toEqual([])
    const node = new DoubleNode(await bus.connect())
    node.commands({
      ps: () => ({ program: PROGRAM, actors: [psRow("counter"), psRow("clock")] }),
      describe: (body) => {
        const all = [{ kind: "counter", handlers: [{ name: "increment" }, { name: "value" }] }, { kind: "other", handlers: [] }]
        return { kinds: all.filter(({ kind }) => [undefined, kind].includes((body as { kind?: string }).kind)) }
      },
    })
    await node.ready()
    expect(await offered(cwd, ["troupe", "ask", "c"])).toEqual(["clock", "counter"])
    expect(await offered(cwd, ["troupe", "--state-dir", ".troupe", "kill", ""])).toEqual(["clock", "counter"])
    expect(await offered(cwd, ["troupe", "ask", "--timeout", "1s", "counter", ""])).toEqual(["increment", "value"])
    expect(await offered(cwd, ["troupe", "spawn", ""])).toEqual(["counter", "other"])
    expect(await offered(cwd, ["troupe", "stop", "counter", ""])).toEqual([])
  })

  it("in zsh is a script that zsh accepts", async ({ skip }) => {
    const dir = tempDir()
    const { stdout } = await runCli(["completion", "zsh"], { cwd: dir })
    expect(stdout).toMatch(/^#compdef troupe\n/)
    writeFileSync(join(dir, "_troupe"), stdout)
    const zsh = await run("zsh", ["--version"]).then(() => true, () => false)
    if (!zsh) return skip("zsh is not installed")
    await run("zsh", ["-f", "-n", join(dir, "_troupe")])
  })
})
