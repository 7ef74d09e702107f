// Break-even lines — from a report's figures: where sharing is as quick as sending, and from which work on handing it over is worth it.

import { shownBytes } from "./shown-bytes.js"
import { type Look, seriesLook } from "./html-legend.js"
import type { CarrierId } from "./carrier.js"
import { carrierWords } from "./carrier-list.js"
import type { MeasuredHandover, Report } from "./report-schema.js"
import { shownFigure } from "./verdict.js"

export interface Line {
  readonly name: string
  readonly look: Look
  readonly points: readonly {
    readonly bytes: number
    readonly median: number
    readonly min: number
    readonly max: number
    readonly words: string
  }[]
}

const PAIRS = [
  { name: "threads", shared: "thread-shared", sent: "thread-actor" },
  { name: "processes", shared: "process-shared", sent: "process-actor" },
] as const

const AWAY: readonly CarrierId[] = ["thread-shared", "thread-actor", "process-shared", "process-actor"]

/** How many times sooner sharing is than sending, by size: below 1 it is later. The band is what all pairs of rounds allow. */
export function sharingLines(report: Report): Line[] {
  return PAIRS.map(({ name, shared, sent }, i) => ({
    name,
    look: seriesLook(i),
    points: sizesOf(report).flatMap((bytes) => {
      const [a, b] = [measuredAt(report, shared, bytes)?.p50, measuredAt(report, sent, bytes)?.p50]
      if (a === undefined || b === undefined) return []
      const [median, min, max] = [b.median / a.median, b.min / a.max, b.max / a.min]
      const words = `${name}, ${shownBytes(bytes)}: sharing takes 1/${shownFigure(median)} of the time (1/${shownFigure(min)} to 1/${shownFigure(max)})`
      return [{ bytes, median, min, max, words }]
    }),
  }))
}

/** Microseconds of this side's processor time that a handover takes: work that takes less is done with less effort where it is. */
export function effortLines(report: Report): Line[] {
  return AWAY.map((id, i) => ({
    name: carrierWords(id).label,
    look: seriesLook(i),
    points: sizesOf(report).flatMap((bytes) => {
      const us = measuredAt(report, id, bytes)?.cpu?.here
      if (us === undefined || us === 0) return []
      const words = `${carrierWords(id).label}, ${shownBytes(bytes)}: worth it for work of more than ${shownFigure(us)} µs`
      return [{ bytes, median: us, min: us, max: us, words }]
    }),
  }))
}

function sizesOf({ handovers }: Report): number[] {
  return [...new Set(handovers.map(({ bytes }) => bytes))].sort((a, b) => a - b)
}

function measuredAt({ handovers }: Report, id: CarrierId, bytes: number): MeasuredHandover | undefined {
  const outcome = handovers.find((row) => row.carrier === id && row.bytes === bytes)?.outcome
  return outcome?.status === "measured" ? outcome : undefined
}
