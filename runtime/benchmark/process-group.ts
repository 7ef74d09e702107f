// Process actors over NATS, against requests of the nats package, from one process to another. Each asker and each responder is a
// process that does nothing else. The baseline runs over a nats-server as anybody starts one, and once more over the one that troupe has
// started and set up for itself. The frames are the honest limit: what actors send, sent on by nobody who reads it.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import type { BusAddress } from "../bus/bus-address.js"
import { type ActorAsker, AskerProcess } from "./asker-process.js"
import type { BenchCase, BenchGroup } from "./bench-case.js"
import { processCpuNs } from "./compare/cpu-clock.js"
import { type Resting, RESTING_ACTORS } from "./resting.js"
import type { Round } from "./round.js"
import { StockServer } from "./stock-server.js"

const WIDTH = 256
const MOST = 2048
/** As long a round as one of bare requests takes. */
const ASKS = 400_000
const BARE_ASKS = 30_000
const SEQUENCE = 1000
const TELLS = 400_000
/** Payloads, with how many asks a round makes of each; the server takes none of 1 MB in one message. */
const PAYLOADS = [
  { bytes: 1024, shown: "1 KB", total: 20_000, width: WIDTH, bare: true },
  { bytes: 64 * 1024, shown: "64 KB", total: 1000, width: 16, bare: true },
  { bytes: 1024 * 1024, shown: "1 MB", total: 40, width: 4, bare: false },
] as const
const REST_MS = 1000

export async function processGroup(): Promise<BenchGroup> {
  const stateDirs = [await newStateDir()]
  const actors = await AskerProcess.start<ActorAsker>("actor-asker.js", { stateDir: stateDirs[0] ?? "" })
  const { address, binary } = actors.ready
  const server = await StockServer.start(binary)
  const responders = await startBoth("bare-responder.js", { stock: server.address, ours: address })
  const { stock: bare, ours: bareOnOurs } = await startBoth("bare-asker.js", { stock: server.address, ours: address })
  let resting: AskerProcess<Resting> | undefined
  const rest = async (): Promise<Resting> => {
    if (resting === undefined) {
      const stateDir = await newStateDir()
      stateDirs.push(stateDir)
      resting = await AskerProcess.start<Resting>("resting-node.js", { stateDir })
    }
    return resting.ready
  }
  const ofBareAsker = [bare.pid, responders.stock.pid, server.pid]
  const pair = (bareName: string, name: string, { ofBare, ofActor }: Pair): BenchCase[] => [
    {
      name: bareName,
      unit: ofBare.type === "sequence" ? "µs" : "per second",
      processes: ofBareAsker,
      round: () => bare.round(ofBare),
    },
    {
      name,
      unit: ofActor.type === "sequence" ? "µs" : "per second",
      baseline: bareName,
      processes: actors.ready.processes,
      round: () => actors.round(ofActor),
    },
  ]
  const sequence = { type: "sequence", total: SEQUENCE } as const
  return {
    question: "What does a message to a process actor cost, against a bare NATS request?",
    baseline: undefined,
    aims: [
      { case: MANY, atLeast: 8, of: "baseline" },
      { case: MANY, atLeast: 12, of: "baseline" },
      { case: ONE, atMost: 0.7, of: "baseline" },
      { case: TELL, atLeast: 1e6, of: "absolute" },
      { case: REST, atMost: REST_MS / 100, of: "absolute" },
    ],
    cases: [
      ...pair(BARE_ONE, ONE, { ofBare: sequence, ofActor: sequence }),
      ...[WIDTH, MOST].flatMap((width) =>
        pair(bareMany(width), many(width), {
          ofBare: { type: "many", total: BARE_ASKS, width },
          ofActor: { type: "many", total: ASKS, width },
        }),
      ),
      { name: `${BARE_ONE}, troupe's server`, unit: "µs", baseline: BARE_ONE, round: () => bareOnOurs.round(sequence) },
      {
        name: `${BARE_MANY}, troupe's server`,
        unit: "per second",
        baseline: BARE_MANY,
        round: () => bareOnOurs.round({ type: "many", total: BARE_ASKS, width: WIDTH }),
      },
      {
        name: FRAME,
        unit: "µs",
        baseline: BARE_ONE,
        round: async () => 1e6 / (await bareOnOurs.round({ type: "frames", total: SEQUENCE, width: 1 })),
      },
      {
        name: FRAMES,
        unit: "per second",
        baseline: BARE_MANY,
        round: () => bareOnOurs.round({ type: "frames", total: 2 * ASKS, width: WIDTH }),
      },
      { name: TELL, unit: "per second", round: () => actors.round({ type: "tells", total: TELLS }) },
      ...PAYLOADS.flatMap(({ bytes, shown, total, width, bare: both }) => {
        const round: Round = { type: "many", total, width, bytes }
        const name = `ask with ${shown}, ${String(width)} in flight`
        if (both) return pair(`bare request with ${shown}, ${String(width)} in flight`, name, { ofBare: round, ofActor: round })
        return [{ name, unit: "per second" as const, round: () => actors.round(round) }]
      }),
      ...restCases(rest),
    ],
    async end() {
      for (const each of [bare, bareOnOurs, responders.stock, responders.ours, actors]) await each.end()
      await resting?.end()
      await server.end()
      for (const stateDir of stateDirs) await rm(stateDir, { recursive: true, force: true })
    },
  }
}

interface Pair {
  readonly ofBare: Round
  readonly ofActor: Round
}

const BARE_ONE = "bare request, one at a time, p50"
const ONE = "ask, one at a time, p50"
const BARE_MANY = bareMany(WIDTH)
const MANY = many(WIDTH)
const FRAME = "frame of one ask echoed, one at a time, mean"
const FRAMES = `frames of as many asks echoed, ${String(WIDTH)} in flight`
const TELL = "tell"
const REST = `${String(RESTING_ACTORS)} thread and ${String(RESTING_ACTORS)} process actors at rest: processor time of a second`
const REST_SERVER = "their nats-server at rest: processor time of a second"

function bareMany(width: number): string {
  return `bare request, ${String(width)} in flight`
}

function many(width: number): string {
  return `ask, ${String(width)} in flight`
}

/** Both are taken in the same second, by the processes' own count of the kernel. */
function restCases(rest: () => Promise<Resting>): BenchCase[] {
  let ofServer = Number.NaN
  return [
    {
      name: REST,
      unit: "ms",
      async round() {
        const { node, hosts, server } = await rest()
        const before = [node, ...hosts, server].map(cpuMs)
        await pause(REST_MS)
        const took = [node, ...hosts, server].map((pid, index) => cpuMs(pid) - (before[index] ?? 0))
        ofServer = took.pop() ?? Number.NaN
        return took.reduce((sum, one) => sum + one, 0)
      },
    },
    { name: REST_SERVER, unit: "ms", round: () => Promise.resolve(ofServer) },
  ]
}

/** A side of the bare baseline, for either server. */
async function startBoth(
  file: string,
  { stock, ours }: { readonly stock: BusAddress; readonly ours: BusAddress },
): Promise<{ readonly stock: AskerProcess; readonly ours: AskerProcess }> {
  return { stock: await AskerProcess.start(file, stock), ours: await AskerProcess.start(file, ours) }
}

function cpuMs(pid: number): number {
  return (processCpuNs(pid) ?? Number.NaN) / 1e6
}

function newStateDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), "troupe-bench-"))
}
