// What the command line says of itself: help, usage errors.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { COMMANDS } from "../../runtime/cli/commands.js"
import { projectRoot } from "../support/project-root.js"
import { callCli } from "../support/run-cli.js"
import { tempDir } from "../support/temp-dir.js"

const listed = COMMANDS.filter(({ help }) => help !== "hidden")

describe("help", () => {
  it("lists every command but the hidden ones, with the exit codes and examples", async () => {
    const cwd = tempDir()
    const { exit, stdout, stderr } = await callCli(["--help"], { cwd })
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" })
    for (const { name, summary } of listed) expect(stdout).toMatch(new RegExp(`^  ${name}( .*)?  ${summary.slice(0, 20)}`, "m"))
    expect(stdout).toContain("Exit codes:")
    expect(stdout).toContain("Examples:")
    expect(stdout).not.toContain("__complete")
    expect(await callCli(["help"], { cwd })).toEqual({ exit, stdout, stderr })
  })

  it.each(listed.map(({ name }) => name))("of %s has examples and says the same by `help`", async (name) => {
    const cwd = tempDir()
    const { exit, stdout } = await callCli([name, "--help"], { cwd })
    expect(exit).toBe(0)
    expect(stdout).toMatch(new RegExp(`^Usage: troupe ${name}`))
    expect(stdout).toMatch(/\nExamples:\n {2}\S/)
    expect(stdout).toContain("--config <file>")
    expect(await callCli(["help", name], { cwd })).toMatchObject({ exit: 0, stdout })
  })

  it("names its version", async () => {
    const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string }
    expect(await callCli(["--version"], { cwd: tempDir() })).toEqual({ exit: 0, stdout: `${version}\n`, stderr: "" })
  })

  it("in docs/command-line.md has a section for every command, and every option of it", async () => {
    const document = readFileSync(join(projectRoot, "docs/command-line.md"), "utf8")
    for (const { name } of listed) {
      const { stdout } = await callCli([name, "--help"], { cwd: tempDir() })
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
    [["nonsense"], 'unknown command "nonsense"; "troupe --help" lists them'],
    [["sp"], 'unknown command "sp" (did you mean "spawn"?)'],
    [["st"], 'unknown command "st" (did you mean "stop" or "stats"?)'],
    [["help", "nonsense"], 'unknown command "nonsense"'],
    [["nonsense", "--help"], 'unknown command "nonsense"'],
    [["ask"], 'NAME is missing; the form is "troupe ask NAME HANDLER [JSON]", and "troupe ask --help" says more'],
    [["ask", "x", "y", "1", "2"], "too many arguments: expected 3 at most, got 4; the form is"],
    [["ps", "x"], 'too many arguments: expected none, got 1; the form is "troupe ps"'],
    [["ps", "--jsn"], '(did you mean "--json"?)'],
    [["ps", "--timeot=5s"], '(did you mean "--timeout"?)'],
    [["events", "--cuont", "3"], '(did you mean "--count"?)'],
    [["ps", "--bus-prt", "3"], '(did you mean "--bus-port"?)'],
    [["up", "--node-nme", "x"], '(did you mean "--node-name"?)'],
    [["spawn", "counter", "--placement", "moon"], '--placement <placement>: expected one of inline, thread, process, got "moon"'],
    [
      ["ask", "x", "y", "--timeout", "soon"],
      '--timeout <time>: expected a time such as 500ms, 5s or 2m, from 1 ms to 24 days, got "soon"',
    ],
    [["ask", "x", "y", "--timeout", "it's"], `got "it's"`],
    [["completion", "fish"], 'SHELL: expected one of bash, zsh, got "fish"'],
    [["--config"], "--config <file>: expected a value, got nothing"],
    [["--prefix=", "ps"], "--prefix: expected a value"],
  ])("%j is one line on stderr and exit code 2", async (args, message) => {
    const { exit, stdout, stderr } = await callCli(args, { cwd: tempDir() })
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
    const { exit, stderr } = await callCli(args, { cwd: tempDir() })
    expect({ exit, stderr }).toMatchObject({
      exit: 2,
      stderr: expect.stringMatching(new RegExp(`^${code}: [^\\n]+\\n$`)) as string,
    })
  })

  it("is JSON with --json", async () => {
    const { stderr } = await callCli(["pz", "--json"], { cwd: tempDir() })
    expect(JSON.parse(stderr)).toMatchObject({ code: "ERR_USAGE" })
  })
})
