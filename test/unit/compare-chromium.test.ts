// The page of the run that the documentation shows, as Chromium lays it out: on a phone and on a desk.

import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { htmlReport } from "../../runtime/benchmark/compare/html-report.js"
import { reportSchema } from "../../runtime/benchmark/compare/report-schema.js"
import { projectRoot } from "../support/project-root.js"
import { tempDir } from "../support/temp-dir.js"

/** Debian's, and what others call it. */
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path))
const HEADLESS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
] // prettier-ignore

/** What is seen of the page: how far it reaches beyond its window, words in plots that lie over each other, plots without a mark. */
interface Seen {
  readonly plots: number
  readonly beyond: number
  readonly touching: readonly string[]
  readonly empty: number
}

/** Runs in the browser. A window there is 500 pixels wide at least, a frame may be narrower. */
const LOOK = `
  const page = document.querySelector("iframe").contentDocument
  const touching = []
  const plots = [...page.querySelectorAll("svg.plot, svg[class^=plot]")]
  for (const svg of plots) {
    const words = [...svg.querySelectorAll("text")].filter((one) => one.textContent.trim() !== "")
    const boxes = words.map((one) => ({ said: one.textContent, box: one.getBoundingClientRect() }))
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
      const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left)
      const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top)
      if (wide > 1 && high > 1) touching.push(a.said + " | " + b.said)
    }))
  }
  const empty = plots.filter((svg) => svg.querySelector("rect, circle, path[stroke], path[fill]") === null).length
  const { scrollWidth, clientWidth } = page.documentElement
  document.body.dataset.seen = encodeURIComponent(JSON.stringify({ plots: plots.length, beyond: scrollWidth - clientWidth, touching, empty }))
`

function look(chromium: string, html: string, width: number): Seen {
  const dir = tempDir()
  const file = join(dir, "frame.html")
  const framed = html.replaceAll("&", "&amp;").replaceAll('"', "&quot;")
  writeFileSync(
    file,
    `<!DOCTYPE html><body><iframe width="${String(width)}" height="900" srcdoc="${framed}"></iframe><script>addEventListener("load", () => {${LOOK}})</script></body>`,
  )
  const args = [...HEADLESS, `--user-data-dir=${join(dir, "profile")}`, "--window-size=1400,1000", "--dump-dom", `file://${file}`]
  const { stdout, stderr } = spawnSync(chromium, args, { encoding: "utf8", timeout: 60_000 })
  const seen = /data-seen="([^"]*)"/.exec(stdout)?.[1]
  if (seen === undefined) throw new Error(`Chromium gave no page: ${stderr.slice(-500)}`)
  return JSON.parse(decodeURIComponent(seen)) as Seen
}

describe("the page of the run in docs/compare-run", async () => {
  const committed: unknown = JSON.parse(readFileSync(join(projectRoot, "docs/compare-run/report.json"), "utf8"))
  const html = await htmlReport(reportSchema.parse(committed))

  for (const width of [390, 1280])
    it(`fits ${String(width)} pixels in Chromium: nothing beyond the window, no words over each other, no plot empty`, (context) => {
      if (CHROMIUM === undefined) return context.skip("there is no chromium on this machine")
      const seen = look(CHROMIUM, html, width)
      expect(seen).toEqual({ plots: seen.plots, beyond: 0, touching: [], empty: 0 })
      expect(seen.plots).toBeGreaterThan(15)
    }, 120_000)
})
