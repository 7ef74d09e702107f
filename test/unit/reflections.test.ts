import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { readHklf4, summarise } from "../../actors/reflections.js"
import { mergeEquivalents } from "../../actors/reflections/equivalents.js"
import { projectRoot } from "../support/project-root.js"
import { tempDir } from "../support/temp-dir.js"

const NACL = join(projectRoot, "test/fixtures/NaCl.hkl")
const LISTING = join(projectRoot, "test/fixtures/NaCl.lst")
const GOOD = "   1   2   3  100.00    2.00   1"

function fileOf(text: string | Buffer): string {
  const path = join(tempDir(), "data.hkl")
  writeFileSync(path, text)
  return path
}

async function summaryOf(text: string): Promise<unknown> {
  return summarise("data.hkl", await readHklf4(fileOf(text)))
}

describe("the reflections of a file", () => {
  it("have the figures that a script in another language found in NaCl.hkl", async () => {
    const summary = summarise(NACL, await readHklf4(NACL))
    expect(summary).toMatchObject({ measured: 8578, rejected: 0, unique: 2861, mergedGroups: 2240, terminated: true })
    expect(summary.meanF2OverSigma.measured).toBeCloseTo(21.814062918070942, 9)
    expect(summary.meanF2OverSigma.merged).toBeCloseTo(30.722540936963767, 9)
    expect(summary.rInt).toBeCloseTo(0.02072160712952414, 12)
    expect(summary.rSigma).toBeCloseTo(0.015841587280476785, 12)
  })

  it("have the figures of SHELXL's own listing when merged by the symmetry of sodium chloride", async () => {
    const listing = readFileSync(LISTING, "utf8")
    const listed = (pattern: RegExp): number => Number(pattern.exec(listing)?.[1])
    const { reflections } = await readHklf4(NACL)
    // In the Laue group m-3m every permutation of the indices and every change of their signs is equivalent.
    const asymmetric = reflections.map(({ f2, sigma, ...index }) => {
      const [h = 0, k = 0, l = 0] = [index.h, index.k, index.l].map(Math.abs).sort((a, b) => a - b)
      return { h, k, l, f2, sigma }
    })
    const { merged, rInt, rSigma } = mergeEquivalents(asymmetric)
    expect(reflections).toHaveLength(listed(/(\d+) +Reflections read/))
    expect(merged).toHaveLength(listed(/(\d+) +Unique reflections/))
    expect(rInt?.toFixed(4)).toBe(listed(/R\(int\) = ([\d.]+)/).toFixed(4))
    expect(rSigma?.toFixed(4)).toBe(listed(/R\(sigma\) = ([\d.]+)/).toFixed(4))
  })

  it("are the same with CRLF as with LF, and end at the line of zeros", async () => {
    const lines = [GOOD, GOOD, "   0   0   0    0.00    0.00   0", "anything may follow", ""]
    const expected = { measured: 2, unique: 1, mergedGroups: 1, terminated: true }
    expect(await summaryOf(lines.join("\n"))).toMatchObject(expected)
    expect(await summaryOf(lines.join("\r\n"))).toMatchObject(expected)
  })

  it("are accepted without a line that ends them, and said not to be terminated", async () => {
    expect(await summaryOf(`${GOOD}\n${GOOD}`)).toMatchObject({ measured: 2, terminated: false })
    expect(await summaryOf(`${GOOD}\n${GOOD}\n`)).toMatchObject({ measured: 2, terminated: false })
  })

  it("are left out and counted when their σ is zero or negative", async () => {
    const summary = await summaryOf(`${GOOD}\n   1   2   3  900.00    0.00\n   1   2   4  900.00   -1.00\n`)
    expect(summary).toMatchObject({
      measured: 3,
      rejected: 2,
      unique: 1,
      mergedGroups: 0,
      meanF2OverSigma: { measured: 50, merged: 50 },
    })
    expect(await summaryOf("   1   2   3  900.00    0.00\n")).toMatchObject({
      rejected: 1,
      unique: 0,
      meanF2OverSigma: { measured: null, merged: null },
      rInt: null,
      rSigma: null,
    })
  })

  it("are refused with file, line, column and text where one cannot be read", async () => {
    const path = fileOf(`${GOOD}\n${GOOD}\n   1   2   3  1oo.00    2.00   1\n${GOOD}\n`)
    await expect(readHklf4(path)).rejects.toMatchObject({
      code: "ERR_BAD_HKL",
      message: `${path}: line 3, column 13: F²: expected a number, got "  1oo.00"`,
      data: { path, line: 3, column: 13, field: "F²", text: "  1oo.00" },
    })
  })

  it("are refused for a file that is empty, holds none, or is binary", async () => {
    for (const text of ["", "\n\n", "   0   0   0    0.00    0.00   0\n"]) {
      await expect(readHklf4(fileOf(text))).rejects.toMatchObject({
        code: "ERR_BAD_HKL",
        message: expect.stringContaining("no reflections") as unknown,
      })
    }
    await expect(readHklf4(fileOf(Buffer.alloc(3_000_000)))).rejects.toMatchObject({
      code: "ERR_BAD_HKL",
      data: { line: 1, column: 1 },
    })
  })
})
