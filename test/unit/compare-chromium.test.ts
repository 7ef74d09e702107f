// The page of the run that the documentation shows, as Chromium lays it out: on a phone, a tablet and a desk, light and dark.

import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { type Browser, chromium } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { htmlReport } from "../../runtime/benchmark/compare/html-report.js"
import { reportSchema } from "../../runtime/benchmark/compare/report-schema.js"
import { projectRoot } from "../support/project-root.js"
import { makeTempDir } from "../support/temp-dir.js"

/** Debian's, and what others call it. */
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path))

/** What is seen of the page. */
interface Seen {
  /** Pixels that it reaches beyond its window. */
  readonly beyond: number
  readonly plots: number
  /** Plots that are not drawn, without a mark, or without words for who cannot see them. */
  readonly empty: readonly string[]
  /** Words in one plot that lie over each other, or beyond its edge. */
  readonly touching: readonly string[]
  /** Words that stand out too little from what is behind them: less than 4.5 to 1, 3 to 1 where they are large. */
  readonly faint: readonly string[]
}

/** Runs in the browser. */
const LOOK = `(() => {
  const shown = (one) => (one.textContent ?? "").trim().slice(0, 40)
  const plots = [...document.querySelectorAll("svg[role=img]")]
  const empty = plots.filter((svg) => {
    const { width, height } = svg.getBoundingClientRect()
    const mark = svg.querySelector("rect, circle, path[stroke], path[fill]")
    return width < 100 || height < 60 || mark === null || (svg.getAttribute("aria-label") ?? "").length < 20
  })
  const touching = []
  for (const svg of plots) {
    const edge = svg.getBoundingClientRect()
    const boxes = [...svg.querySelectorAll("text")].filter((one) => shown(one) !== "").map((one) => ({ said: shown(one), box: one.getBoundingClientRect() }))
    boxes.forEach((a, i) => {
      if (a.box.left < edge.left - 8 || a.box.right > edge.right + 8) touching.push(a.said + " | edge")
      for (const b of boxes.slice(i + 1)) {
        const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left)
        const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top)
        if (wide > 1 && high > 1) touching.push(a.said + " | " + b.said)
      }
    })
  }
  const channels = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number)
  const light = ([r, g, b]) => [r, g, b].map((c) => (c / 255 <= 0.03928 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0)
  const behind = (one) => {
    for (let at = one; at !== null; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor)
      if (colour.length === 3 || colour[3] > 0) return colour
    }
    return [255, 255, 255]
  }
  const faint = [...document.querySelectorAll("h1, h2, h3, p, li, td, th, dt, dd, b, summary, caption, .dim, .holds, .not, .depends, .warn")].filter((one) => {
    if (shown(one) === "") return false
    const style = getComputedStyle(one)
    const [a, b] = [light(channels(style.color)), light(behind(one))]
    const large = parseFloat(style.fontSize) >= 18.66
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < (large ? 3 : 4.5)
  })
  const { scrollWidth, clientWidth } = document.documentElement
  return { beyond: scrollWidth - clientWidth, plots: plots.length, empty: empty.map((svg) => svg.getAttribute("aria-label")), touching, faint: faint.map(shown) }
})()`

describe.skipIf(CHROMIUM === undefined)("the page of the run in docs/compare-run (skipped where there is no Chromium)", () => {
  let browser: Browser
  let page: string
  let dir: ReturnType<typeof makeTempDir>

  beforeAll(async () => {
    const committed: unknown = JSON.parse(readFileSync(join(projectRoot, "docs/compare-run/report.json"), "utf8"))
    dir = makeTempDir()
    const file = join(dir.path, "report.html")
    writeFileSync(file, await htmlReport(reportSchema.parse(committed)))
    page = pathToFileURL(file).href
    browser = await chromium.launch({ executablePath: CHROMIUM ?? "", args: ["--no-sandbox", "--disable-gpu"] })
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    dir.remove()
  })

  for (const width of [390, 768, 1280])
    for (const colorScheme of ["light", "dark"] as const)
      it(`fits ${String(width)} pixels, ${colorScheme}: nothing beyond the window, no words over each other or too faint, no plot empty`, async () => {
        const view = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
        const said: string[] = []
        const asked: string[] = []
        view.on("console", (message) => said.push(message.text()))
        view.on("pageerror", (error) => said.push(error.message))
        view.on("request", (request) => asked.push(request.url()))
        try {
          await view.goto(page)
          const seen = await view.evaluate<Seen>(LOOK)
          expect(seen).toEqual({ plots: seen.plots, beyond: 0, touching: [], empty: [], faint: [] })
          expect(seen.plots).toBeGreaterThan(15)
          expect({ said, asked }).toEqual({ said: [], asked: [page] })
        } finally {
          await view.close()
        }
      }, 60_000)

  it("is reached by the keyboard: what folds open, and what scrolls", async () => {
    const view = await browser.newPage({ viewport: { width: 390, height: 900 } })
    await view.goto(page)
    await view.keyboard.press("Tab")
    const first = await view.evaluate<string>("document.activeElement.tagName")
    expect(["SUMMARY", "DIV"]).toContain(first)
    const summary = view.locator("summary").first()
    await summary.focus()
    await view.keyboard.press("Enter")
    expect(await view.locator("details[open]").count()).toBeGreaterThan(0)
    await view.close()
  })
})
