// The break-even lines on the page.

import { effortLines, type Line, sharingLines } from "./break-even-lines.js"
import { legend } from "./html-legend.js"
import type { Plots } from "./plots.js"
import { shownCount, shownMicros } from "./shown-figures.js"
import type { Report } from "./report-schema.js"

export function breakEvenSection(report: Report, plots: Plots): string {
  const [sharing, effort] = [sharingLines(report), effortLines(report)]
  const figures = [
    figure("Sharing against sending", sharing, () =>
      plots.bySize(sharing, { label: "times as long sent as shared", tick: shownCount, even: 1 }),
    ),
    figure("Work worth handing over", effort, () =>
      plots.bySize(effort, { label: "work that takes as long as handing it over", tick: shownMicros }),
    ),
  ].join("")
  if (figures === "") return ""
  return `<h2 id="lines">Break-even lines</h2>
<p>On the left, above the line at 1 sharing is sooner and below it sending; where a band holds the 1, they cannot be told apart.
On the right, work above a line keeps your event loop busy for longer than handing it over does; below it, do the work where it is.</p><div class="pair">${figures}</div>`
}

/** Nothing where there are no two sizes for a line. */
function figure(title: string, lines: readonly Line[], draw: () => string): string {
  if (!lines.some(({ points }) => points.length > 1)) return ""
  return `<figure><h3>${title}</h3>${legend(lines)}${draw()}</figure>`
}
