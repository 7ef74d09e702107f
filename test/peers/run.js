// troupe beside its peers: the same message, the same counter, one process per contestant, rounds interleaved, every count checked.
// Usage: npm run bench -- --peers [--json] [--rounds N] [--ms N] [--only inline|thread|process]

import { fork } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { describeMachine } from "../../dist/runtime/benchmark/machine.js"
import { spreadOf } from "../../dist/runtime/benchmark/statistics.js"
import { ActorSystem } from "../../dist/runtime/index.js"

const PATHS = {
  inline: ["bare-call", "troupe-inline", "comedy-in-memory", "nact"],
  thread: ["bare-post-message", "troupe-thread", "comedy-threaded", "piscina", "workerpool-thread"],
  process: ["bare-nats", "bare-fork", "troupe-process", "comedy-forked", "workerpool-process", "moleculer"],
}
const WIDTHS = [1, 16, 256, 2048]
const SIZES = [16, 1024, 64 * 1024, 1024 * 1024]
/** So many bytes in flight at most: more measures the memory of the machine. */
const MOST_BYTES = 64 * 1024 * 1024
const WARM_UP = { width: 256, bytes: 16, ms: 1500 }
const LANE = fileURLToPath(new URL("lane.js", import.meta.url))

const { values } = parseArgs({
  options: {
    peers: { type: "boolean" },
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    ms: { type: "string", default: "250" },
    only: { type: "string" },
  },
})
const rounds = naturalOf("rounds")
const ms = naturalOf("ms")
if (values.only !== undefined && !(values.only in PATHS))
  throw new RangeError(`--only: expected ${Object.keys(PATHS).join(" or ")}, got ${values.only}`)

const cells = WIDTHS.flatMap((width) => SIZES.map((bytes) => ({ width, bytes, ms }))).filter(
  ({ width, bytes }) => width * bytes <= MOST_BYTES,
)
const machine = describeMachine()
const stateDir = mkdtempSync(join(tmpdir(), "troupe-peers-"))
process.env.PM2_HOME = join(stateDir, "pm2")
const system = await ActorSystem.start({ bus: "embedded", stateDir, prefix: "peers-bus", logLevel: "silent" })
const { url: servers, user, password: pass } = system.busAddress
const results = []
try {
  for (const [path, names] of Object.entries(PATHS))
    if (values.only === undefined || values.only === path) results.push({ path, contestants: await measure(names) })
} finally {
  await system.shutdown()
  rmSync(stateDir, { recursive: true, force: true })
}
const report = { machine, rounds, ms, cells: cells.map(({ width, bytes }) => ({ width, bytes })), results }
process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : asText())

async function measure(names) {
  const lanes = []
  try {
    for (const name of names) lanes.push(await startLane(name))
    for (const lane of lanes) await lane.run(WARM_UP)
    for (let round = 0; round < rounds; round++)
      for (const [index, cell] of cells.entries()) for (const lane of lanes) lane.add(index, await lane.run(cell))
  } finally {
    await Promise.all(lanes.map((lane) => lane.stop()))
  }
  return lanes.map(({ name, figures, faults }) => ({
    name,
    perSecond: cells.map((_, index) => (figures[index] === undefined ? undefined : spreadOf(figures[index]))),
    faults: [...faults],
  }))
}

async function startLane(name) {
  const options = { bus: { servers, user, pass }, stateDir }
  const child = fork(LANE, [name, JSON.stringify(options)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    serialization: "json",
  })
  const ended = once(child, "exit")
  const answered = () => {
    const { promise, resolve } = heard()
    child.once("message", resolve)
    return Promise.race([promise, ended.then(() => ({ fault: "its process ended" }))]).finally(() =>
      child.off("message", resolve),
    )
  }
  const word = await answered()
  if (word !== "ready") throw new Error(`${name}: expected it to be ready, got ${JSON.stringify(word)}`)
  const figures = []
  const faults = new Set()
  return {
    name,
    figures,
    faults,
    async run(cell) {
      if (child.exitCode !== null || child.signalCode !== null) return { fault: "its process ended" }
      child.send(cell)
      const answer = await answered()
      if (answer.fault !== undefined) faults.add(`${cell.width} × ${shownBytes(cell.bytes)}: ${answer.fault}`)
      return answer
    },
    add(index, { done, ms: took, fault }) {
      if (fault === undefined) (figures[index] ??= []).push((done / took) * 1000)
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.send("stop")
      const force = setTimeout(() => child.kill("SIGKILL"), 10_000)
      await ended
      clearTimeout(force)
    },
  }
}

function heard() {
  let resolve
  const promise = new Promise((settle) => (resolve = settle))
  return { promise, resolve }
}

function asText() {
  const { cpu, cores, memoryGiB, node, load } = machine
  let text = `${cpu}, ${cores} cores, ${memoryGiB} GiB, Node.js ${node}, load ${load.toFixed(2)} when it began\n`
  text += `asks per second; medians of ${rounds} rounds of ${ms} ms each, interleaved, after a warm-up; every count checked\n`
  for (const { path, contestants } of results) {
    text += `\n${path}\n${"".padEnd(20)}`
    text += cells.map(({ width, bytes }) => `${width}×${shownBytes(bytes)}`.padStart(11)).join("")
    for (const { name, perSecond } of contestants)
      text += `\n${name.padEnd(20)}${perSecond.map((spread) => shown(spread?.median).padStart(11)).join("")}`
    text += `\n${contestants.flatMap(({ name, faults }) => faults.map((fault) => `FAULT ${name}: ${fault}\n`)).join("")}`
    text += `\n${lossesIn(path, contestants)}`
  }
  return text
}

/** Where another library is ahead, beyond the spread of both. */
function lossesIn(path, contestants) {
  const ours = contestants.find(({ name }) => name.startsWith("troupe"))
  const lines = cells.flatMap(({ width, bytes }, index) => {
    const own = ours.perSecond[index]
    return contestants
      .filter(({ name }) => name !== ours.name)
      .filter(({ perSecond }) => own !== undefined && (perSecond[index]?.min ?? 0) > own.max)
      .map(({ name, perSecond }) => {
        const ratio = (perSecond[index].median / own.median).toFixed(2)
        return `behind ${name} with ${width} × ${shownBytes(bytes)}: it does ${ratio} × as many\n`
      })
  })
  return lines.length === 0 ? `${ours.name} is behind nobody on the path ${path}\n` : lines.join("")
}

function shown(figure) {
  if (figure === undefined) return "–"
  if (figure >= 1e6) return `${(figure / 1e6).toFixed(2)} M`
  return figure >= 1e4 ? `${(figure / 1e3).toFixed(0)} k` : figure.toFixed(0)
}

function shownBytes(bytes) {
  if (bytes >= 1024 * 1024) return `${bytes / 1024 / 1024}MB`
  return bytes >= 1024 ? `${bytes / 1024}KB` : `${bytes}B`
}

function naturalOf(flag) {
  const value = Number(values[flag])
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`--${flag}: expected an integer, 1 or more, got ${values[flag]}`)
  return value
}
