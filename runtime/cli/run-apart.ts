// Runs an example in a process of its own, by the command that a user would type, and reads its report.
// A1  When it returns or throws, that process has ended.

import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { CancelledError, RemoteError } from "../errors.js"
import type { Call } from "./call.js"
import type { ExampleReport, ExampleWanted } from "./example-door.js"
import { EXIT } from "./exit-code.js"
import { ProgressBar } from "./progress-bar.js"

const MAIN = fileURLToPath(new URL("main.js", import.meta.url))

/** @throws {RemoteError} with what it failed with, {CancelledError} when it was interrupted */
export async function runApart(
  { terminal, signal, cwd, env }: Call,
  { name, shown, wanted }: { readonly name: string; readonly shown: string; readonly wanted: ExampleWanted },
): Promise<ExampleReport> {
  const bar = new ProgressBar(terminal, shown)
  bar.show(`${wanted.placement ?? "thread"} ${String(wanted.workers ?? "")}`, 0)
  const flags = Object.entries(wanted).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`, String(value)]))
  const child = spawn(process.execPath, [MAIN, "run", name, ...flags, "--json"], { cwd, env, stdio: ["ignore", "pipe", "pipe"] })
  const end = (): void => void child.kill("SIGINT")
  if (signal.aborted) end()
  signal.addEventListener("abort", end, { once: true })
  try {
    const printed = { stdout: "", stderr: "" }
    child.stdout.setEncoding("utf8").on("data", (text: string) => (printed.stdout += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (printed.stderr += text))
    const exit = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject).once("close", resolve)
    })
    if (signal.aborted || exit === EXIT.interrupted) throw new CancelledError(name, signal.reason)
    if (printed.stdout !== "") return JSON.parse(printed.stdout) as ExampleReport
    throw failureIn(printed.stderr, exit)
  } finally {
    signal.removeEventListener("abort", end)
    bar.wipe()
  }
}

/** What the command said went wrong, as with --json. */
function failureIn(stderr: string, exit: number | null): RemoteError {
  const last = stderr.trimEnd().split("\n").at(-1) ?? ""
  try {
    const { code, message, ...data } = JSON.parse(last) as { code: string; message: string }
    return new RemoteError("actor", { code, message, data })
  } catch {
    return new RemoteError("actor", { code: "ERR_INTERNAL", message: `it ended with ${String(exit)}: ${last}`, data: {} })
  }
}
