// Starting a pm2 daemon for a home that has none, and finding the one it has.
//
// pm2 itself takes no lock: of two daemons started at once the loser writes its pid over the winner's, never gets the socket and
// stays for ever. Hence a lock among ourselves, and an end to our daemon when another one turns out to answer.

import { spawn, type ChildProcess } from "node:child_process"
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { makeDir } from "../../bus/make-dir.js"
import { Pm2Error, TimedOutError } from "../../errors.js"
import type { Pm2Paths } from "./pm2-paths.js"
import { type DaemonMark, markDaemon, readMark } from "./daemon-mark.js"
import { Pm2Rpc } from "./pm2-rpc.js"
import { awaitGone, isAlive, signalGroup, startTimeOf } from "./process-group.js"
import { commandOf, hasInEnvironment, processRows } from "./process-table.js"

const OURS_VARIABLE = "TROUPE_INTERNAL_DAEMON"
const OURS = `${OURS_VARIABLE}=1`

export interface LaunchOptions {
  readonly paths: Pm2Paths
  readonly env: NodeJS.ProcessEnv
  readonly timeoutMs: number
}

/** @returns whether this call started it; false when another program was quicker. @throws {Pm2Error} {TimedOutError} */
export async function launchDaemon(options: LaunchOptions): Promise<boolean> {
  const { paths, timeoutMs } = options
  makeDirectories(paths)
  const end = performance.now() + timeoutMs
  while (!takeLock(paths.launchLock)) {
    if (await answers(paths)) return false
    if (performance.now() > end) throw new TimedOutError(`pm2: waiting for ${paths.launchLock}`, timeoutMs)
    await delay(20)
  }
  try {
    if (await answers(paths)) return false
    return await spawnDaemon(options, end)
  } finally {
    rmSync(paths.launchLock, { force: true })
  }
}

/** Whether a daemon answers at that home. */
async function answers(paths: Pm2Paths, timeoutMs = 1_000): Promise<boolean> {
  let rpc: Pm2Rpc | undefined
  try {
    rpc = await Pm2Rpc.connect(paths.rpcSocket, timeoutMs)
    await rpc.call("ping", {}, timeoutMs)
    return true
  } catch {
    return false
  } finally {
    rpc?.close()
  }
}

/** The pid of the daemon of that home, or undefined when none runs. The pid file may be stale or a loser's. */
export function findDaemonPid(paths: Pm2Paths): number | undefined {
  const written = readPid(paths.pidFile)
  if (written !== undefined && isAlive(written) && isDaemonOf(written, paths.home)) return written
  return processRows().find((row) => isDaemonOf(row.pid, paths.home))?.pid
}

/**
 * The daemon of that home if one of us started it, and who.
 * After an error of its own a daemon has pm2 start another in its place, which the mark does not know and which inherits our variable.
 */
export function findOwnDaemon(paths: Pm2Paths): { readonly pid: number; readonly starter: DaemonMark["starter"] } | undefined {
  const mark = readMark(paths)
  const pid = mark === undefined ? undefined : findDaemonPid(paths)
  if (mark === undefined || pid === undefined) return undefined
  return pid === mark.daemon.pid || hasInEnvironment(pid, OURS) ? { pid, starter: mark.starter } : undefined
}

// A process's title is cut to the room its arguments had, so the home may be missing from it.
function isDaemonOf(pid: number, home: string): boolean {
  const command = commandOf(pid)
  return /^PM2 v\S+ God Daemon/.test(command) && (command.includes(`(${home})`) || hasInEnvironment(pid, `PM2_HOME=${home}`))
}

async function spawnDaemon({ paths, env, timeoutMs }: LaunchOptions, end: number): Promise<boolean> {
  const root = dirname(createRequire(import.meta.url).resolve("pm2/package.json"))
  const log = openSync(paths.logFile, "a", 0o600)
  let child: ChildProcess
  try {
    child = spawn(process.execPath, [join(root, "lib", "Daemon.js")], {
      detached: true,
      windowsHide: true,
      cwd: paths.home,
      env: daemonEnvironment(env, paths, join(root, "bin", "pm2")),
      stdio: ["ignore", log, log, "ipc"],
    })
  } finally {
    closeSync(log)
  }
  const ready = new Promise<"ready" | Error>((resolve) => {
    child.once("message", () => {
      resolve("ready")
    })
    child.once("error", resolve)
    child.once("exit", (code, signal) => {
      resolve(new Pm2Error(`the daemon ended at once (${signal ?? String(code)}); ${paths.logFile} says more`))
    })
  })
  try {
    if (child.pid !== undefined) markDaemon(paths, child.pid)
    for (let otherSince: number | undefined; ;) {
      const said = await Promise.race([ready, delay(100, "waiting" as const)])
      if (said === "ready") return true
      if (said !== "waiting") throw said
      const now = performance.now()
      if (await answers(paths)) otherSince ??= now
      // Ours answers an instant before it says so; one that answers without saying so is another's.
      if (otherSince !== undefined && now - otherSince > 1_000) {
        await discard(child)
        rmSync(paths.mark, { force: true })
        const winner = findDaemonPid(paths)
        if (winner !== undefined) writeFileSync(paths.pidFile, String(winner))
        return false
      }
      if (now > end) throw new TimedOutError("pm2: the daemon's start", timeoutMs)
    }
  } catch (error) {
    await discard(child)
    throw error
  } finally {
    if (child.connected) child.disconnect()
    child.removeAllListeners()
    child.on("error", () => undefined)
    child.unref()
  }
}

async function discard(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const startTime = startTimeOf(child.pid)
  signalGroup(child.pid, "SIGKILL")
  await awaitGone({ pid: child.pid, timeoutMs: 2_000, ...(startTime === undefined ? {} : { startTime }) })
}

/** Pure: what a daemon needs; it outlives whoever started it, and shows its environment to whoever asks. */
function daemonEnvironment(env: NodeJS.ProcessEnv, paths: Pm2Paths, program: string): NodeJS.ProcessEnv {
  const kept = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "TZ",
    "PM2_CONCURRENT_ACTIONS",
    "PM2_LOG_DATE_FORMAT",
  ]
  return {
    ...Object.fromEntries(kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
    PM2_HOME: paths.home,
    SILENT: "true",
    PM2_DISABLE_VERSION_CHECK: "true",
    [OURS_VARIABLE]: "1",
    // After an error of its own the daemon runs `node $_ update`; inherited from a shell, `$_` could be npm.
    _: program,
  }
}

function makeDirectories(paths: Pm2Paths): void {
  try {
    for (const dir of [paths.home, paths.logDir, paths.pidDir]) makeDir(dir)
    // Without it the daemon writes a stack trace to its log at each start.
    const settings = join(paths.home, "module_conf.json")
    if (!existsSync(settings)) writeNew(settings, "{}")
  } catch (error) {
    throw new Pm2Error(`cannot make ${paths.home}; set PM2_HOME to a directory that can be written`, error)
  }
}

/** Writes a file unless there is one, also when several programs try at once. */
function writeNew(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: "wx" })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
    throw new Pm2Error(`cannot write ${file}`, error)
  }
}

function takeLock(file: string): boolean {
  if (writeNew(file, `${String(process.pid)} ${startTimeOf(process.pid) ?? ""}`)) return true
  if (isStale(file)) rmSync(file, { force: true })
  return false
}

function isStale(file: string): boolean {
  try {
    const text = readFileSync(file, "utf8")
    // Empty between another's open and write.
    if (text === "") return false
    const [pid, ...startTime] = text.split(" ")
    return !isAlive(Number(pid), startTime.join(" ") || undefined)
  } catch {
    return false
  }
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, "utf8").trim())
    return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined
  } catch {
    return undefined
  }
}
