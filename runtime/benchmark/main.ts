// `npm run bench`: interleaved rounds of every case, as a table, or as JSON with --json. `--rounds N` (default 5), `--only inline|process`.

import { parseArgs } from "node:util"
import Table from "cli-table3"
import type { Aim, BenchGroup } from "./bench-case.js"
import { inlineGroup } from "./inline-group.js"
import { describeMachine } from "./machine.js"
import { processGroup } from "./process-group.js"
import { spreadOf, type Spread } from "./statistics.js"

const GROUPS: Readonly<Record<string, () => Promise<BenchGroup>>> = { inline: inlineGroup, process: processGroup }

/** Rounds that do not count: Node.js takes some 400,000 asks until it has compiled the path for good, on both sides. */
const WARM_UPS = 3

interface Measured {
  readonly name: string
  readonly unit: string
  readonly spread: Spread
  /** Median as a multiple of the baseline's of the same rounds. */
  readonly ofBaseline: number
}

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, rounds: { type: "string", default: "5" }, only: { type: "string" } },
})
const rounds = Number(values.rounds)
if (!Number.isSafeInteger(rounds) || rounds < 1)
  throw new RangeError(`--rounds: expected an integer, 1 or more, got ${values.rounds}`)
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
process.stdout.write(values.json ? `${JSON.stringify({ machine, rounds, groups: report }, null, 2)}\n` : asText())

async function measure(group: BenchGroup): Promise<(typeof report)[number]> {
  const figures = new Map<string, number[]>(group.cases.map(({ name }) => [name, []]))
  for (let round = -WARM_UPS; round < rounds; round++) {
    for (const one of group.cases) {
      const figure = await one.round()
      if (round >= 0) figures.get(one.name)?.push(figure)
    }
  }
  const of = (name: string): readonly number[] => figures.get(name) ?? []
  const baseline = of(group.baseline)
  const cases = group.cases.map(({ name, unit }) => ({
    name,
    unit,
    spread: spreadOf(of(name)),
    ofBaseline: spreadOf(of(name).map((figure, round) => figure / (baseline[round] ?? Number.NaN))).median,
  }))
  const aims = group.aims.map((aim) => {
    const measured = cases.find(({ name }) => name === aim.case)
    const got = (aim.of === "baseline" ? measured?.ofBaseline : measured?.spread.median) ?? Number.NaN
    return { ...aim, got, reached: got >= aim.atLeast }
  })
  return { question: group.question, cases, aims }
}

function asText(): string {
  const { cpu, cores, memoryGiB, system, node, governor, load } = machine
  let text = `${cpu}, ${String(cores)} cores, ${String(memoryGiB)} GiB, ${system}, Node.js ${node}, governor ${governor}, load ${load.toFixed(2)}\n`
  text += `${String(rounds)} rounds, interleaved, after ${String(WARM_UPS)} that warm up; medians, with the least and the most\n`
  for (const { question, cases, aims } of report) {
    const table = new Table({ head: ["case", "median", "min … max", "× baseline"], style: { head: [], border: [] } })
    for (const { name, unit, spread, ofBaseline } of cases) {
      table.push([name, `${shown(spread.median)} ${unit}`, `${shown(spread.min)} … ${shown(spread.max)}`, ofBaseline.toFixed(2)])
    }
    text += `\n${question}\n${table.toString()}\n`
    for (const { case: name, atLeast, of, got, reached } of aims) {
      const unit = of === "baseline" ? "× baseline" : "per second"
      text += `${reached ? "reached" : "MISSED "}  ${name}: ${shown(got)} ${unit}, aim ${shown(atLeast)}\n`
    }
  }
  return text
}

function shown(figure: number): string {
  return figure >= 1000 ? Math.round(figure).toLocaleString("en-US") : figure.toFixed(2)
}
