// The commands of docs/examples.md, each as a reader types it.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { EXAMPLES } from "../../actors/examples/registry.js"
import { eventually } from "../support/eventually.js"
import { projectRoot } from "../support/project-root.js"
import { runCli } from "../support/run-cli.js"
import { tempDir } from "../support/temp-dir.js"
import { processesOf } from "../support/test-system.js"

const text = readFileSync(join(projectRoot, "docs/examples.md"), "utf8")
const commands = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)]
  .flatMap(([, block = ""]) => block.split("\n"))
  .map((line) => line.replace(/\s+#.*$/, "").trim())
  .filter((line) => line !== "")

// Short: the path of a Unix socket holds some hundred bytes.
const home = mkdtempSync(join(tmpdir(), "p2-"))

afterAll(async () => {
  await eventually(() => processesOf(home).length === 0, { timeoutMs: 10_000, what: "the end of every process" })
  rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
})

it("shows how to run every example", () => {
  for (const { name } of EXAMPLES) expect(commands.some((command) => command.startsWith(`troupe run ${name}`))).toBe(true)
})

it.each(commands)("%s", async (command) => {
  const cwd = tempDir()
  mkdirSync(join(cwd, "test"))
  symlinkSync(join(projectRoot, "test/fixtures"), join(cwd, "test/fixtures"))
  const [program, ...args] = command.split(" ").filter((word) => word !== "")
  expect(program).toBe("troupe")
  const { exit, stdout, stderr } = await runCli(args, { cwd, env: { PM2_HOME: home } })
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" })
  expect(stdout).not.toContain("FAILS")
  expect(stdout).toMatch(/speed-up|speedUp|^EXAMPLE|^Pattern/m)
})
