// A reflection list read in parts is the list read as a whole, wherever it is cut.

import { statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { bundled, joined, type Range, readPart, shareOf } from "../../actors/examples/reflections/parts.js"
import { readHklf4, summarise } from "../../actors/reflections.js"
import { projectRoot } from "../support/project-root.js"
import { tempDir } from "../support/temp-dir.js"

const LINE = "   1   0   0   10.00    1.00\n"

async function inParts(path: string, bounds: readonly number[]): Promise<number[]> {
  const ranges = bounds.slice(1).map((to, at): Range => [bounds[at] ?? 0, to])
  const parts = await Promise.all(ranges.map((range) => readPart(path, range)))
  return joined(path, parts).flatMap((packed) => [...packed])
}

function fileOf(text: string): string {
  const path = join(tempDir(), "x.hkl")
  writeFileSync(path, text)
  return path
}

describe("a list in parts", () => {
  it("cut anywhere gives every line once", async () => {
    const text = ["   1   2   3   10.00    1.00\n", "   4   5   6   20.00    2.00\r\n", "  -7  -8  -9   30.00    3.00"].join("")
    const path = fileOf(text)
    const whole = await inParts(path, [0, text.length])
    expect(whole).toEqual([1, 2, 3, 10, 1, 4, 5, 6, 20, 2, -7, -8, -9, 30, 3])
    for (let at = 1; at < text.length; at++) expect(await inParts(path, [0, at, text.length])).toEqual(whole)
  })

  it("ends where the list ends, whatever follows in later parts", async () => {
    const text = `${LINE}${LINE}   0   0   0    0.00    0.00\nnot a reflection\n${LINE}`
    for (const cut of [LINE.length, 2 * LINE.length + 3, 3 * LINE.length + 5])
      expect(await inParts(fileOf(text), [0, cut, text.length])).toHaveLength(10)
  })

  it("tells the line of what is wrong as the whole does", async () => {
    const text = `${LINE.repeat(5)}   1   x   0   10.00    1.00\n${LINE}`
    const path = fileOf(text)
    const whole = await readHklf4(path).catch((error: unknown) => (error as Error).message)
    for (const cut of [1, LINE.length * 3, LINE.length * 5, LINE.length * 5 + 4])
      await expect(inParts(path, [0, cut, text.length])).rejects.toMatchObject({
        code: "ERR_BAD_HKL",
        message: whole,
        data: { line: 6 },
      })
  })

  it("merged in bundles has the figures of the whole", async () => {
    const path = join(projectRoot, "test/fixtures/NaCl.hkl")
    const whole = summarise(path, await readHklf4(path))
    const { size } = statSync(path)
    const parts = joined(path, [await readPart(path, [0, 99_999]), await readPart(path, [99_999, size])])
    const shares = bundled(parts, 5).map(shareOf)
    const sum = (of: (share: (typeof shares)[number]) => number): number => shares.reduce((total, share) => total + of(share), 0)
    expect(sum(({ weighted }) => weighted)).toBe(whole.measured - whole.rejected)
    expect(sum(({ unique }) => unique)).toBe(whole.unique)
    expect(sum(({ groups }) => groups)).toBe(whole.mergedGroups)
    expect(sum(({ repeated }) => repeated.spread) / sum(({ repeated }) => repeated.f2)).toBeCloseTo(whole.rInt ?? NaN, 12)
    expect(sum(({ merged }) => merged.sigma) / sum(({ merged }) => merged.f2)).toBeCloseTo(whole.rSigma ?? NaN, 12)
  })
})
