// The examples that work on files, with folders of them, on odd ones, and when a worker dies in the middle.

import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import sharp from "sharp"
import { describe, expect, it } from "vitest"
import { projectRoot } from "../support/project-root.js"
import { runCli } from "../support/run-cli.js"
import { ownEnv, report, type Report } from "../support/run-example.js"
import { tempDir } from "../support/temp-dir.js"

describe("troupe run, on files", () => {
  it("finds the best solution of a folder, whoever scans which listing", async () => {
    const cwd = tempDir()
    const listing = readFileSync(join(projectRoot, "test/fixtures/NaCl.lst"), "latin1")
    for (const [at, wR2] of ["0.0300", "0.0199", "0.0250", "0.0199"].entries())
      writeFileSync(join(cwd, `trial-${String(at)}.lst`), listing.replace("wR2 =  0.0267,", `wR2 =  ${wR2},`), "latin1")
    writeFileSync(join(cwd, "notes.txt"), "wR2 = 0.0001, for all data")
    const { figures, checks } = await report(["best-solution", "--input", ".", "--workers", "2"], cwd)
    expect(checks.filter(({ holds }) => !holds)).toEqual([])
    expect(figures).toMatchObject({ listings: 4, "best wR2": 0.0199, "found in": `${join(cwd, "trial-1.lst")}, line 243` })
  })

  it.each(["messages", "shared"])(
    "finds the best solution beside a file that is no listing, and ends with 1 (%s)",
    async (how) => {
      const cwd = tempDir()
      writeFileSync(join(cwd, "a-broken.lst"), "\n wR2 = ***** before cycle 1\n")
      writeFileSync(join(cwd, "good.lst"), readFileSync(join(projectRoot, "test/fixtures/NaCl.lst")))
      const args = ["run", "best-solution", "--input", ".", "--workers", "2", "--exchange", how, "--json"]
      const { exit, stdout } = await runCli(args, { cwd })
      const { figures } = JSON.parse(stdout) as Report
      expect({ exit, figures }).toMatchObject({ exit: 1, figures: { listings: 2, "best wR2": 0.0267 } })
      expect(figures["a-broken.lst"]).toMatch(/^ERR_BAD_LISTING: .*a-broken\.lst: line 2: wR2: expected a number/)
    },
  )

  it("keeps the images that are some, names the file that is none, and ends with 1", async () => {
    const cwd = tempDir()
    const made = await report(["images", "--size", "2", "--workers", "1", "--output", "folder"], cwd)
    expect(made.wrote).toHaveLength(2)
    writeFileSync(join(cwd, "folder", "broken.png"), "no image")
    const { env } = ownEnv()
    const { exit, stdout } = await runCli(["run", "images", "--input", "folder", "--output", "small", "--json"], { cwd, env })
    const { figures, wrote } = JSON.parse(stdout) as Report
    expect({ exit, images: figures["images"], wrote: wrote.length }).toEqual({ exit: 1, images: 2, wrote: 2 })
    // With its folder, although no error carries a path out of the thread that read it.
    expect(figures["item 0"]).toContain(`${join(cwd, "folder", "broken.png")}: it cannot be read as an image`)
  })

  it("takes a photograph of 48 million pixels, and an empty file to sort", async () => {
    const cwd = tempDir()
    await sharp({ create: { width: 8000, height: 6000, channels: 3, background: "red" } })
      .jpeg()
      .toFile(join(cwd, "large.jpg"))
    const { checks, wrote } = await report(["images", "--input", "large.jpg", "--workers", "1"], cwd)
    expect(checks.filter(({ holds }) => !holds)).toEqual([])
    expect(await sharp(wrote[0]).metadata()).toMatchObject({ width: 320, height: 240 })
    writeFileSync(join(cwd, "empty.txt"), "")
    const sorted = await report(["command-pool", "--input", "empty.txt", "--workers", "1"], cwd)
    expect(sorted.checks.filter(({ holds }) => !holds)).toEqual([])
  })
})
