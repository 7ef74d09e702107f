// What must hold between the fields of one configuration. Pure. What is set counts as set, be it right or wrong, so that a
// bad user does not make its password a password without user.

import { dirname, resolve } from "node:path"
import { parseBusUrl } from "./bus-url.js"
import type { Path } from "./field.js"
import { pathText } from "./field.js"
import { valueAt } from "./problem.js"
import type { ConfigProblem } from "./problem.js"

/** The settings of all layers, merged, and where each came from. */
export interface Merged {
  readonly value: unknown
  readonly sourceOf: (path: Path) => string
}

const SIGN_IN = ["user", "token", "credsFile", "nkeyFile"] as const
const FOR_A_SERVER_ELSEWHERE = [...SIGN_IN, "password", "tls"] as const
const OF_HOSTS = ["memoryMb", "unresponsiveMs", "onUnresponsive"] as const
const PAIRS = [
  ["bus.user", "bus.password"],
  ["bus.password", "bus.user"],
  ["bus.tls.certFile", "bus.tls.keyFile"],
  ["bus.tls.keyFile", "bus.tls.certFile"],
] as const

/** Everything wrong between fields that may each be right. */
export function crossCheck(merged: Merged, projectDir: string): ConfigProblem[] {
  return [...checkBus(merged), ...checkNames(merged), ...checkHosts(merged), ...checkStateDir(merged, projectDir)]
}

function checkBus(merged: Merged): ConfigProblem[] {
  const isSet = (path: string): boolean => valueAt(merged.value, path.split(".")) !== undefined
  const url = valueAt(merged.value, ["bus", "url"])
  const inUrl = typeof url === "string" ? parseBusUrl(url) : undefined
  const problem = (path: string, message: string): ConfigProblem => ({ source: merged.sourceOf(path.split(".")), path, message })

  const problems: ConfigProblem[] = []
  const ways = SIGN_IN.map((key) => `bus.${key}`).filter(isSet)
  if (inUrl?.user !== undefined || inUrl?.token !== undefined) ways.unshift("bus.url")
  if (ways.length > 1) {
    const list = ways.map((path) => `${path} (${merged.sourceOf(path.split("."))})`).join(" and ")
    problems.push(problem(ways.at(-1) ?? "bus", `expected one way to sign in, got ${list}`))
  }
  for (const [path, partner] of PAIRS) {
    if (isSet(path) && !isSet(partner)) problems.push(problem(path, `expected ${partner} beside it, got nothing`))
  }
  if (!isSet("bus.url")) {
    const idle = FOR_A_SERVER_ELSEWHERE.map((key) => `bus.${key}`).filter(isSet)
    const message = "expected bus.url beside it, got nothing; the server that troupe starts has a password of its own making"
    problems.push(...idle.map((path) => problem(path, message)))
  }
  return problems
}

function checkNames(merged: Merged): ConfigProblem[] {
  const topology = valueAt(merged.value, ["topology"])
  if (!Array.isArray(topology)) return []
  const first = new Map<unknown, number>()
  return topology.flatMap((entry: unknown, index) => {
    const name = valueAt(entry, ["name"])
    if (typeof name !== "string") return []
    const earlier = first.get(name)
    if (earlier === undefined) {
      first.set(name, index)
      return []
    }
    const path = ["topology", index, "name"]
    const message = `expected a name of its own, got "${name.slice(0, 64)}", which topology[${String(earlier)}] has already`
    return [{ source: merged.sourceOf(path), path: pathText(path), message }]
  })
}

/** What only an actor with a host of its own can have. */
function checkHosts(merged: Merged): ConfigProblem[] {
  const topology = valueAt(merged.value, ["topology"])
  if (!Array.isArray(topology)) return []
  return topology.flatMap((entry: unknown, index) => {
    if (!["inline", undefined].includes(valueAt(entry, ["placement"]) as string | undefined)) return []
    return OF_HOSTS.filter((key) => valueAt(entry, [key]) !== undefined).map((key) => {
      const path = ["topology", index, key]
      const message =
        'expected the placement "thread" or "process" beside it: an inline actor has no heap and no event loop of its own'
      return { source: merged.sourceOf(path), path: pathText(path), message }
    })
  })
}

/** The state directory is closed to others and emptied; that must not befall the project or what holds it. */
function checkStateDir(merged: Merged, projectDir: string): ConfigProblem[] {
  const stateDir = valueAt(merged.value, ["stateDir"])
  if (typeof stateDir !== "string" || stateDir === "") return []
  for (let dir = projectDir; ; dir = dirname(dir)) {
    if (dir === resolve(projectDir, stateDir)) {
      const message = `expected a folder for troupe alone, got "${stateDir}", which is or holds the project`
      return [{ source: merged.sourceOf(["stateDir"]), path: "stateDir", message }]
    }
    if (dir === dirname(dir)) return []
  }
}
