// Where what a command prints cannot go: a device that is always full, a reader that has gone.

import { spawn, spawnSync } from "node:child_process"
import { closeSync, existsSync, openSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { listing, useCliProjects } from "../support/cli-project.js"
import { CLI, cliEnv } from "../support/run-cli.js"
import { tempDir } from "../support/temp-dir.js"

const { projectWith } = useCliProjects()
const FULL = "/dev/full"
const LOST = /^ERR_OUTPUT_LOST: stdout: what was printed is lost \(ENOSPC\); [^\n]+\n$/

/** Runs it with its output to the full device. */
async function intoFull(args: readonly string[], cwd: string): Promise<{ exit: number | null; stderr: string }> {
  const full = openSync(FULL, "w")
  try {
    const child = spawn(process.execPath, [CLI, ...args], { cwd, env: cliEnv(), stdio: ["ignore", full, "pipe"] })
    let stderr = ""
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    const exit = await new Promise<number | null>((resolve) => child.once("close", resolve))
    return { exit, stderr }
  } finally {
    closeSync(full)
  }
}

describe.skipIf(!existsSync(FULL))("output that is lost", () => {
  it.each([
    ["--version"],
    ["--help"],
    ["run", "--list"],
    ["run", "countdown", "--size", "1000", "--placement", "inline"],
    ["completion", "bash"],
  ])("of %s %s is an error, and no success", async (...args) => {
    const cwd = tempDir()
    const { exit, stderr } = await intoFull(args, cwd)
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: expect.stringMatching(LOST) as string })
  })

  it("of what the node was asked is an error, as JSON where that was wanted", async () => {
    const { node, cwd } = await projectWith(listing())
    await node.ready()
    expect(await intoFull(["ps"], cwd)).toEqual({ exit: 1, stderr: expect.stringMatching(LOST) as string })
    const { exit, stderr } = await intoFull(["ps", "--json"], cwd)
    expect({ exit, lost: JSON.parse(stderr) as unknown }).toMatchObject({
      exit: 1,
      lost: { code: "ERR_OUTPUT_LOST", stream: "stdout", cause: "ENOSPC" },
    })
  })

  it("leaves the exit code of what has failed before", async () => {
    const { exit } = await intoFull(["run", "no-such-example"], tempDir())
    expect(exit).toBe(2)
  })
})

it("is no failure when the reader has had enough", () => {
  const line = `"${process.execPath}" "${CLI}" run --list | head -n 1; exit "\${PIPESTATUS[0]}"`
  const { status, stdout, stderr } = spawnSync("bash", ["-c", line], { cwd: tempDir(), env: cliEnv(), encoding: "utf8" })
  expect({ status, stderr, lines: stdout.split("\n").length }).toEqual({ status: 0, stderr: "", lines: 2 })
})
