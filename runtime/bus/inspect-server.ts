// Asking a program whether it is a nats-server that will do.

import { spawn } from "node:child_process"
import { constants } from "node:fs"
import { access, stat } from "node:fs/promises"
import { codeOf } from "../errors.js"
import { OLDEST_SERVER, isNewEnough, parseVersionOutput } from "./server-version.js"

/** What a program says when it is asked for its version. */
export type Inspection =
  { readonly type: "usable"; readonly version: string } | { readonly type: "unusable"; readonly why: string }

const VERSION_TIMEOUT_MS = 5000
/** Asks a program whether it is a nats-server that will do. Never rejects. */
export async function inspectServer(path: string): Promise<Inspection> {
  try {
    if (!(await stat(path)).isFile()) return { type: "unusable", why: "not a file" }
    await access(path, constants.X_OK)
  } catch (error) {
    return { type: "unusable", why: codeOf(error) === "EACCES" ? "not executable" : "no such file" }
  }
  const output = await versionOutput(path)
  if (output.type === "failed") return { type: "unusable", why: output.why }
  const version = parseVersionOutput(output.text)
  if (version === undefined) return { type: "unusable", why: "does not say a nats-server version when asked with --version" }
  if (!isNewEnough(version)) return { type: "unusable", why: `version ${version.text} is older than ${OLDEST_SERVER}` }
  return { type: "usable", version: version.text }
}

type Output = { readonly type: "said"; readonly text: string } | { readonly type: "failed"; readonly why: string }

async function versionOutput(path: string): Promise<Output> {
  return new Promise((resolve) => {
    const child = spawn(path, ["--version"], { stdio: ["ignore", "pipe", "ignore"] })
    let text = ""
    const timer = setTimeout(() => {
      child.kill("SIGKILL")
      // A grandchild may hold the pipe open, and would keep us waiting for its end.
      child.stdout.destroy()
      resolve({ type: "failed", why: `did not say its version within ${String(VERSION_TIMEOUT_MS)} ms` })
    }, VERSION_TIMEOUT_MS)
    child.stdout.setEncoding("utf8")
    child.stdout.on("data", (chunk: string) => {
      if (text.length < 4096) text += chunk
    })
    child.on("error", (error) => {
      clearTimeout(timer)
      resolve({ type: "failed", why: `cannot be run: ${error.message}` })
    })
    child.on("close", () => {
      clearTimeout(timer)
      resolve({ type: "said", text })
    })
  })
}
