// `npm run bench`: interleaved rounds of every case, as a table, and as JSON into a file with `--out FILE`, or in its place with `--json`.
// `--rounds N` (default 5), `--only inline|crowd|thread|process|supervision|toolkit`, `--actors N` in the crowd (default 100,000).
// `npm run bench -- --peers` measures other libraries beside troupe instead; test/peers/run.js has its own flags.

import { writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { runPeers } from "./peers.js"
import Table from "cli-table3"
import type { Aim, BenchGroup } from "./bench-case.js"
import { crowdGroup } from "./crowd-group.js"
import { inlineGroup } from "./inline-group.js"
import { describeMachine } from "./machine.js"
import { processGroup } from "./process-group.js"
import { supervisionGroup } from "./supervision-group.js"
import { threadGroup } from "./thread-group.js"
import { spreadOf, type Spread } from "./statistics.js"
import { toolkitGroup } from "./toolkit-group.js"

const GROUPS: Readonly<Record<string, () => Promise<BenchGroup>>> = {
  inline: inlineGroup,
  crowd: () => crowdGroup(actors),
  thread: threadGroup,
  process: processGroup,
  supervision: supervisionGroup,
  toolkit: toolkitGroup,
}

/** Rounds that do not count, unless a group says so: Node.js takes some 400,000 asks until it has compiled the path, on both sides. */
const WARM_UPS = 3

interface Measured {
  readonly name: string
  readonly unit: string
  readonly spread: Spread
  /** Median as a multiple of the baseline's of the same rounds; undefined without a baseline. */
  readonly ofBaseline: number | undefined
}

if (process.argv.includes("--peers")) process.exit(runPeers())

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    out: { type: "string" },
    rounds: { type: "string", default: "5" },
    actors: { type: "string", default: "100000" },
    only: { type: "string" },
  },
})
const rounds = naturalOf("rounds")
const actors = naturalOf("actors")
if (values.only !== undefined && !(values.only in GROUPS)) {
  throw new RangeError(`--only: expected ${Object.keys(GROUPS).join(" or ")}, got ${values.only}`)
}

const machine = describeMachine()
const report: { question: string; cases: Measured[]; aims: (Aim & { reached: boolean; got: number })[] }[] = []
for (const [name, make] of Object.entries(GROUPS)) {
  if (values.only !== undefined && values.only !== name) continue
  const group = await make()
  try {
    report.push(await measure(group))
  } finally {
    await group.end()
  }
}
const json = `${JSON.stringify({ machine, rounds, groups: report }, null, 2)}\n`
if (values.out !== undefined) writeFileSync(values.out, json)
process.stdout.write(values.json ? json : asText())

function naturalOf(option: "rounds" | "actors"): number {
  const number = Number(values[option])
  if (!Number.isSafeInteger(number) || number < 1)
    throw new RangeError(`--${option}: expected an integer, 1 or more, got ${values[option]}`)
  return number
}

async function measure(group: BenchGroup): Promise<(typeof report)[number]> {
  const figures = new Map<string, number[]>(group.cases.map(({ name }) => [name, []]))
  for (let round = -(group.warmUps ?? WARM_UPS); round < rounds; round++) {
    for (const one of group.cases) {
      const samples = await one.round()
      if (round >= 0) figures.get(one.name)?.push(...(typeof samples === "number" ? [samples] : samples))
    }
  }
  const of = (name: string): readonly number[] => figures.get(name) ?? []
  const cases = group.cases.map(({ name, unit, baseline = group.baseline }) => ({
    name,
    unit,
    spread: spreadOf(of(name)),
    ofBaseline:
      baseline === undefined
        ? undefined
        : spreadOf(of(name).map((figure, round) => figure / (of(baseline)[round] ?? Number.NaN))).median,
  }))
  const aims = group.aims.map((aim) => {
    const measured = cases.find(({ name }) => name === aim.case)
    const got = (aim.of === "baseline" ? measured?.ofBaseline : measured?.spread.median) ?? Number.NaN
    return { ...aim, got, reached: "atLeast" in aim ? got >= aim.atLeast : got <= aim.atMost }
  })
  return { question: group.question, cases, aims }
}

function asText(): string {
  const { cpu, cores, memoryGiB, system, node, governor, load } = machine
  let text = `${cpu}, ${String(cores)} cores, ${String(memoryGiB)} GiB, ${system}, Node.js ${node}, governor ${governor}, load ${load.toFixed(2)}\n`
  text += `${String(rounds)} rounds, interleaved, after some that warm up; medians, with the least and the most\n`
  for (const { question, cases, aims } of report) {
    const table = new Table({ head: ["case", "median", "p99", "min … max", "× baseline"], style: { head: [], border: [] } })
    for (const { name, unit, spread, ofBaseline } of cases) {
      const { median, p99, min, max } = spread
      const tail = unit === "ms" ? shown(p99) : ""
      table.push([name, `${shown(median)} ${unit}`, tail, `${shown(min)} … ${shown(max)}`, ofBaseline?.toFixed(2) ?? ""])
    }
    text += `\n${question}\n${table.toString()}\n`
    for (const aim of aims) {
      const { case: name, of, got, reached } = aim
      const unit = of === "baseline" ? "× baseline" : (cases.find((one) => one.name === name)?.unit ?? "")
      const wanted = "atLeast" in aim ? `at least ${shown(aim.atLeast)}` : `at most ${shown(aim.atMost)}`
      text += `${reached ? "reached" : "MISSED "}  ${name}: ${shown(got)} ${unit}, aim ${wanted}\n`
    }
  }
  return text
}

function shown(figure: number): string {
  return figure >= 1000 ? Math.round(figure).toLocaleString("en-US") : figure.toFixed(2)
}
