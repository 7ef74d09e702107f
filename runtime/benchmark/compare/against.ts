// What has changed since an earlier report, beyond the noise of both.

import { carrierWords } from "./carrier-list.js"
import { shownBytes } from "./shown-bytes.js"
import type { Report, RoundSpread } from "./report-schema.js"
import { chanceOf, changed, shownRange } from "./verdict.js"

export type Changes = NonNullable<Report["against"]>

interface Figure {
  readonly spread: RoundSpread
  readonly unit: string
  readonly better: "less" | "more"
}

/** Compares what both have measured; a change counts only where the rounds of one lie well apart from those of the other. */
export function changesSince(old: Report, now: Report): Changes {
  const before = figuresOf(old)
  const changes: Changes["changes"] = []
  let same = 0
  let byChance = 0
  for (const [what, { spread, unit, better }] of figuresOf(now)) {
    const was = before.get(what)?.spread
    if (was === undefined) continue
    byChance += chanceOf(spread, was)
    const verdict = changed(spread, was)
    if (verdict === "cannot tell apart") same++
    else changes.push({ what, verdict: verdict === better ? "better" : "worse", was, now: spread, unit })
  }
  return {
    at: old.at,
    sameMachine: machineOf(old) === machineOf(now),
    quiet: old.others.quiet && now.others.quiet,
    byChance: Math.round(byChance * 10) / 10,
    changes,
    same,
  }
}

/** What there is to say beside the changes: what has not changed. */
export function againstRemarks({ at, byChance, changes, same }: Changes): string[] {
  const told = changes.length + same
  if (told === 0) return [`no figure is in both this report and that of ${dateOf(at)}`]
  const none = changes.length === 0 ? ["nothing has changed beyond the noise"] : []
  const chance = `of ${String(told)} figures, ${byChance < 1 ? "less than one" : `at most about ${String(Math.round(byChance))}`} would seem changed by chance alone`
  return [...none, `${String(same)} figures cannot be told apart from those of ${dateOf(at)}`, chance]
}

/** Why what differs may not be due to what was changed. */
export function doubts({ sameMachine, quiet }: Pick<Changes, "sameMachine" | "quiet">): string[] {
  return [
    ...(sameMachine ? [] : ["the earlier report is of another machine, or of other programs: what differs may be theirs"]),
    ...(quiet ? [] : ["the machine was not quiet during both runs: what differs may be the doing of others"]),
  ]
}

function dateOf(at: string): string {
  return `${at.slice(0, 16).replace("T", " ")} UTC`
}

export function changesText(changes: Changes): string[] {
  const lines = changes.changes.map(
    ({ what, verdict, was, now, unit }) => `${what}: ${verdict}: ${shownRange(was)} → ${shownRange(now)} ${unit}`,
  )
  return [...doubts(changes), ...lines, ...againstRemarks(changes)]
}

function figuresOf({ handovers, workloads }: Report): Map<string, Figure> {
  const figures = new Map<string, Figure>()
  for (const { carrier, bytes, outcome } of handovers) {
    if (outcome.status !== "measured") continue
    const what = `${carrierWords(carrier).label}, ${shownBytes(bytes)}`
    figures.set(`${what}, p50`, { spread: outcome.p50, unit: "µs", better: "less" })
    figures.set(`${what}, throughput`, { spread: outcome.perSecond, unit: "per second", better: "more" })
  }
  for (const { title, unit, better, points } of workloads)
    for (const { series, x, outcome } of points)
      if (outcome.status === "measured")
        figures.set(`${title}, ${series}${x === undefined ? "" : `, ${String(x)}`}`, { spread: outcome.spread, unit, better })
  return figures
}

function machineOf({ machine }: Report): string {
  const { cpu, cores, memoryGiB, system, node, natsServer } = machine
  return [cpu, cores, memoryGiB, system, node, natsServer].join("|")
}
