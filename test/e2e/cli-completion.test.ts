// The completion scripts, in real shells.

import { execFile } from "node:child_process"
import { symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { COMMANDS } from "../../runtime/cli/commands.js"
import { testBus } from "../support/bus.js"
import { DoubleNode, PROGRAM, psRow } from "../support/double-node.js"
import { CLI, cliEnv, runCli } from "../support/run-cli.js"
import { tempDir } from "../support/temp-dir.js"

const run = promisify(execFile)
const listed = COMMANDS.filter(({ help }) => help !== "hidden")

describe("completion", () => {
  /** What bash offers for a line, its last word the one under the cursor. */
  async function offered(cwd: string, words: readonly string[]): Promise<string[]> {
    const script = [
      'troupe() { "$NODE" "$CLI" "$@"; }',
      'eval "$(troupe completion bash)"',
      "complete -p troupe >/dev/null || exit 9",
      'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()',
      // eslint-disable-next-line no-template-curly-in-string -- it is bash's
      '_troupe; printf "%s\\n" "${COMPREPLY[@]}"',
    ].join("\n")
    const env = cliEnv({ NODE: process.execPath, CLI })
    const { stdout, stderr } = await run("bash", ["--norc", "-c", script, "bash", ...words], { cwd, env })
    expect(stderr).toBe("")
    return stdout
      .split("\n")
      .filter((word) => word !== "")
      .sort()
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
        const all = [
          { kind: "counter", handlers: [{ name: "increment" }, { name: "value" }] },
          { kind: "other", handlers: [] },
        ]
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
    const zsh = await run("zsh", ["--version"]).then(
      () => true,
      () => false,
    )
    if (!zsh) return skip("zsh is not installed")
    await run("zsh", ["-f", "-n", join(dir, "_troupe")])
  })
})
