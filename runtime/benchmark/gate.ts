// The performance gate: is a path much slower than it was, against its bare baseline of the same run?
// Ratios only, for the machine's speed is nobody's fault; of processor time, for on a busy machine the time that passes says who else
// works there; in rounds that take turns, for speed changes. Each path has several tries, and the best counts: noise makes a ratio worse
// now and then, a regression does every time. What is measured is what `npm run bench` measures. Linux alone tells what it needs to know.
// Usage: node dist/runtime/benchmark/gate.js

import type { BenchCase, BenchGroup } from "./bench-case.js"
import { processCpuNs } from "./compare/cpu-clock.js"
import { GATED, type GatedPath } from "./gated-paths.js"
import { inlineGroup } from "./inline-group.js"
import { processGroup } from "./process-group.js"
import { spreadOf } from "./statistics.js"
import { threadGroup } from "./thread-group.js"

const GROUPS = { inline: inlineGroup, thread: threadGroup, process: processGroup }
/** How often a path may try to be as fast as it was. */
const TRIES = 4
/** A try is the median of so many rounds. */
const ROUNDS = 3
/** Rounds until Node.js has compiled a path, on both sides; they count in no try. */
const WARM_UPS = 2

if (processCpuNs(process.pid) === undefined) {
  process.stdout.write("not measured: the system does not tell the processor time of a process\n")
  process.exit(0)
}
const startedAt = performance.now()
const failed: string[] = []
for (const [name, make] of Object.entries(GROUPS)) {
  const group = await make()
  try {
    for (const path of GATED.filter((one) => one.group === name)) if (!(await isFastEnough(path, group))) failed.push(path.name)
  } finally {
    await group.end()
  }
}
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
process.stdout.write(
  failed.length === 0 ? `as fast as they were, ${seconds} s\n` : `slower than they were: ${failed.join(", ")}\n`,
)
process.exit(failed.length === 0 ? 0 : 1)

async function isFastEnough({ name, path, bare, atLeast }: GatedPath, group: BenchGroup): Promise<boolean> {
  const pair = { path: caseOf(group, path), bare: caseOf(group, bare) }
  for (let i = 0; i < WARM_UPS; i++) await ratioOf(pair)
  let best = 0
  let tries = 0
  while (best < atLeast && tries < TRIES) {
    const ratios: number[] = []
    for (let i = 0; i < ROUNDS; i++) ratios.push(await ratioOf(pair))
    best = Math.max(best, spreadOf(ratios).median)
    tries++
  }
  const verdict = best >= atLeast ? "ok" : "TOO SLOW"
  process.stdout.write(`${name.padEnd(20)} ${shown(best)} x bare, at least ${shown(atLeast)}: ${verdict}, try ${String(tries)}\n`)
  return best >= atLeast
}

/** How many times the processor time of its path a baseline takes. */
async function ratioOf({ path, bare }: { readonly path: BenchCase; readonly bare: BenchCase }): Promise<number> {
  const ofBare = await cpuOf(bare)
  return ofBare / (await cpuOf(path))
}

/** The processor time that one operation takes, over all processes that work for it. */
async function cpuOf(one: BenchCase): Promise<number> {
  const { name, processes = [process.pid] } = one
  const before = cpuNs(processes)
  const start = performance.now()
  const figure = await one.round()
  if (typeof figure !== "number") throw new Error(`${name} gives more than one figure`)
  return (cpuNs(processes) - before) / (figure * (performance.now() - start))
}

function cpuNs(processes: readonly number[]): number {
  return processes.reduce((sum, pid) => sum + (processCpuNs(pid) ?? Number.NaN), 0)
}

function caseOf({ cases }: BenchGroup, name: string): BenchCase {
  const found = cases.find((one) => one.name === name)
  if (found?.unit !== "per second") throw new Error(`no group has a case ${name}, per second`)
  return found
}

function shown(ratio: number): string {
  return ratio.toPrecision(2)
}
