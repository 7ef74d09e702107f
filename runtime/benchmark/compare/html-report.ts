// A report as one page that needs nothing else: no script, no network, plots as SVG.

import { CARRIERS, carrierWords } from "./carrier-list.js"
import type { CarrierWords } from "./carrier.js"
import { shownBytes } from "./shown-bytes.js"
import { breakEvenSection } from "./html-break-even.js"
import { STYLE } from "./html-style.js"
import { LATENCY, Plots, THROUGHPUT } from "./plots.js"
import { shownMicros } from "./shown-figures.js"
import type { Handover, Report } from "./report-schema.js"
import { againstSection } from "./html-against.js"
import { offeredSection } from "./html-offered.js"
import { carrierLook, legend, type LegendItem } from "./html-legend.js"
import { squareSection } from "./html-square.js"
import { scrolled, table, text } from "./html-text.js"
import { workloadSections } from "./html-workloads.js"
import { unmeasuredOf } from "./text-report.js"
import { shownFigure } from "./verdict.js"

/** The panels: what is compared within a process, and what between processes; the call is in both, as the baseline. */
const PANELS: readonly { readonly title: string; readonly places: readonly CarrierWords["place"][] }[] = [
  { title: "Threads", places: ["inline", "thread"] },
  { title: "Processes", places: ["inline", "process"] },
]

const PARTS_LEGEND = `<ul class="legend">${(["here", "there", "between"] as const)
  .map((part) => {
    const words = part === "between" ? "in nats-server, between the two" : part
    return `<li><i class="swatch" style="background:var(--${part})"></i>${words}</li>`
  })
  .join("")}</ul>`

/** Renders a report. */
export async function htmlReport(report: Report): Promise<string> {
  const plots = await Plots.load()
  const { machine, others, at, mode, tookSeconds, advice } = report
  const sections = [
    `<h1>Share or send, thread or process?</h1>
<p class="dim">troupe compare, ${text(mode)} run of ${shownFigure(tookSeconds)} s, ${text(at.slice(0, 16).replace("T", " "))} UTC, payload: ${text(report.payload)}</p>`,
    others.quiet ? "" : `<p class="warn">${text(others.words)}.</p>`,
    squareSection(report),
    advice.length === 0
      ? ""
      : `<h2>What follows</h2><ul class="follows">${advice.map((line) => `<li>${text(line)}</li>`).join("")}</ul>`,
    againstSection(report),
    handoverSection(report, plots),
    breakEvenSection(report, plots),
    offeredSection(report),
    ...workloadSections(report, plots),
    claimsSection(report),
    figuresSection(report),
    `<h2>How it was measured</h2>
<dl><dt>Machine</dt><dd>${text(`${machine.cpu}, ${String(machine.cores)} cores, ${String(machine.memoryGiB)} GiB`)}</dd>
<dt>System</dt><dd>${text(`${machine.system}, governor ${machine.governor}`)}</dd>
<dt>Programs</dt><dd>${text(`Node.js ${machine.node}, nats-server ${machine.natsServer}`)}</dd>
<dt>Others</dt><dd>${text(`${others.words}; load ${machine.load.toFixed(2)} at the beginning`)}</dd>
<dt>Clock</dt><dd>reading it takes ${shownMicros(machine.clockUs)}; no latency is known better</dd></dl>
<p>Rounds of all carriers are interleaved, in an order drawn anew each time; what warms up does not count. Every handover is answered with a receipt computed
from what arrived, and each round checks a whole payload before and after. Lines are medians of the rounds' medians; bands reach from the least to the most.
Where bands overlap, nothing is said to be better. Processor time is that of the two threads concerned, and of nats-server; the engine's own threads beside them do not count.
Copies are counted in handovers of their own, on both sides and in the kernel; what the engine and nats-server copy inside is added by how they work.</p>`,
    unmeasuredSection(report),
  ]
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width,initial-scale=1"/>
<title>troupe compare</title><style>${STYLE}</style></head><body><main>
${sections.filter((section) => section !== "").join("\n")}
</main></body></html>
`
}

function handoverSection(report: Report, plots: Plots): string {
  const sizes = [...new Set(report.handovers.map(({ bytes }) => bytes))].sort((a, b) => a - b)
  const panels = (aspect: typeof LATENCY): string =>
    PANELS.map(({ title, places }) =>
      sizes.length === 1
        ? `<figure><h3>${title}</h3>${plots.handoversOfOne(report, places, aspect)}</figure>`
        : `<figure><h3>${title}</h3>${legend(carrierItems(places))}${plots.handovers(report, places, aspect)}</figure>`,
    ).join("")
  const shown = [sizes[0], sizes.findLast((bytes) => bytes <= 65_536)].filter((bytes) => bytes !== undefined)
  return `<h2 id="how-long">Handing over a payload: how long</h2>
<p>One at a time, until the receipt is back. ${sizes.length === 1 ? "The axis is logarithmic: one line further on is ten times longer." : "Both axes are logarithmic: one line further up is ten times longer."}</p><div class="pair">${panels(LATENCY)}</div>
<h2>Handing over a payload: how many</h2>
<p>As many under way as the carrier takes.</p><div class="pair">${panels(THROUGHPUT)}</div>
<h2>Handing over a payload: what it costs the processor</h2>
<p>With several under way.</p>${PARTS_LEGEND}
<div class="pair">${[...new Set(shown)].map((bytes) => `<figure><h3>${shownBytes(bytes)}</h3>${plots.cpu(report, bytes)}</figure>`).join("")}</div>`
}

function carrierItems(places: readonly CarrierWords["place"][]): LegendItem[] {
  return CARRIERS.filter(({ place }) => places.includes(place)).map((carrier) => ({
    name: carrier.label,
    look: carrierLook(carrier),
    more: carrier.how,
  }))
}

function claimsSection({ claims }: Report): string {
  if (claims.length === 0) return ""
  const kinds = { holds: "holds", "does not hold": "not", depends: "depends", "not measured": "dim" }
  const rows = claims.map(
    ({ claim, of, verdict, measured }) =>
      `<tr><td>${text(of)}</td><th scope="row" class="words">${text(claim)}</th><td class="${kinds[verdict]}">${verdict}</td><td class="words">${text(measured)}</td></tr>`,
  )
  return `<h2 id="claims">What is said of threads and processes, and what was measured here</h2>
${scrolled(`<table class="claims"><thead><tr><th scope="col">of</th><th scope="col" class="words">claim</th><th scope="col">here</th><th scope="col" class="words">measured</th></tr></thead><tbody>${rows.join("")}</tbody></table>`, "claims")}`
}

function figuresSection({ handovers }: Report): string {
  const sizes = [...new Set(handovers.map(({ bytes }) => bytes))].sort((a, b) => a - b)
  const head = ["carrier", "p50", "range", "p99", "p99.9", "per second", "CPU here", "there", "between", "copied"]
  const tables = sizes.map((bytes, i) => {
    const rows = handovers.filter((row) => row.bytes === bytes)
    return `<details${i === 0 ? " open" : ""}><summary>${shownBytes(bytes)}</summary>${table(head, rows.map(figuresOf))}</details>`
  })
  return `<h2>All figures of the handovers</h2>${tables.join("")}`
}

function figuresOf({ carrier, bytes, outcome }: Handover): string[] {
  const label = `<span data-cell="${carrier}-${String(bytes)}">${text(carrierWords(carrier).label)}</span>`
  if (outcome.status !== "measured") return [label, `<span class="dim">${outcome.status}: ${text(outcome.why)}</span>`]
  const { p50, p99, p999, perSecond, cpu, copiedBytes } = outcome
  const optional = (us: number | undefined): string => (us === undefined ? "–" : shownMicros(us))
  return [
    label,
    shownMicros(p50.median),
    `${shownMicros(p50.min)} … ${shownMicros(p50.max)}`,
    optional(p99),
    optional(p999),
    shownFigure(perSecond.median),
    optional(cpu?.here),
    optional(cpu?.there),
    optional(cpu?.between),
    copiedBytes === undefined ? "–" : shownBytes(copiedBytes),
  ]
}

function unmeasuredSection(report: Report): string {
  const lines = unmeasuredOf(report)
  return lines.length === 0 ? "" : `<h2>Not measured</h2><ul>${lines.map((line) => `<li>${text(line)}</li>`).join("")}</ul>`
}
