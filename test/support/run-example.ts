// Runs an example as a user does, in an environment in which nothing of another run can be found.

import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished } from "vitest"
import { eventually } from "./eventually.js"
import { runCli } from "./run-cli.js"
import { tempDir } from "./temp-dir.js"
import { processesOf } from "./test-system.js"

export interface Report {
  readonly workers: number
  readonly placement: string
  readonly rounds: number
  readonly warmUpMs: number
  readonly speedUp: number
  readonly efficiency: number
  readonly checks: readonly { readonly what: string; readonly holds: boolean }[]
  readonly figures: Readonly<Record<string, number | string>>
  readonly wrote: readonly string[]
}

/** An environment in which nothing of another run can be found. */
export function ownEnv(): { readonly env: Record<string, string>; readonly tmp: string } {
  const tmp = tempDir()
  // Short: the path of a Unix socket holds some hundred bytes.
  const home = mkdtempSync(join(tmpdir(), "p2-"))
  onTestFinished(async () => {
    await eventually(() => processesOf(home).length === 0, { timeoutMs: 10_000, what: "the end of every process" })
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
  })
  return { tmp, env: { TMPDIR: tmp, PM2_HOME: home } }
}

/** What it reports; it has to succeed, and to leave nothing. */
export async function report(args: readonly string[], cwd = tempDir()): Promise<Report> {
  const { env, tmp } = ownEnv()
  const { exit, stdout, stderr } = await runCli(["run", ...args, "--json"], { cwd, env })
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" })
  expect(readdirSync(tmp).filter((name) => name.startsWith("troupe-run-"))).toEqual([])
  return JSON.parse(stdout) as Report
}
