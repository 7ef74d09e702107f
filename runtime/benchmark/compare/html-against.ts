// What has changed since an earlier report, on the page: a bar for each change, to the right of the middle what is better.

import { againstRemarks, doubts } from "./against.js"
import { text } from "./html-text.js"
import type { Report } from "./report-schema.js"
import { shownFigure, shownRange } from "./verdict.js"

type Change = NonNullable<Report["against"]>["changes"][number]

/** Beyond so many times as much the bar is full. */
const FULL = 10

export function againstSection({ against }: Report): string {
  if (against === undefined) return ""
  const worse = against.changes.filter(({ verdict }) => verdict === "worse").length
  const counts = `<p class="counts"><span class="holds">${String(against.changes.length - worse)} better</span> <span class="not">${String(worse)} worse</span> <span class="dim">${String(against.same)} cannot be told apart</span></p>`
  const remarks = againstRemarks(against).map((line) => `<p class="dim">${text(line)}.</p>`)
  const rows = [...against.changes].sort((a, b) => factorOf(b) - factorOf(a)).map((change) => rowOf(change))
  const list = rows.length === 0 ? "" : `<ul class="changes">${rows.join("")}</ul>`
  const warnings = doubts(against).map((line) => `<p class="warn">${text(line)}.</p>`)
  return `<h2 id="against">Against the earlier report</h2>${warnings.join("")}${counts}${list}${remarks.join("")}`
}

function rowOf(change: Change): string {
  const { what, verdict, was, now, unit } = change
  const factor = factorOf(change)
  const half = (Math.min(1, Math.log(factor) / Math.log(FULL)) * 50).toFixed(1)
  const bar =
    verdict === "better" ? `left:50%;width:${half}%;background:var(--good)` : `right:50%;width:${half}%;background:var(--bad)`
  const kind = verdict === "better" ? "holds" : "not"
  const times = Number.isFinite(factor) ? `${shownFigure(factor)} times ${verdict}` : verdict
  return `<li><span class="what">${text(what)}</span><span class="${kind}">${times}</span><span class="bar"><i style="${bar}"></i></span><span class="dim">${shownRange(was)} → ${shownRange(now)} ${text(unit)}</span></li>`
}

/** How many times as much the larger of both medians is. */
function factorOf({ was, now }: Change): number {
  const [less, more] = [Math.min(was.median, now.median), Math.max(was.median, now.median)]
  return more / less
}
