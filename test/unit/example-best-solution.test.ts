// Reading listings, and which of two solutions is the better one.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { isBetter, scanListing, type Solution } from "../../actors/examples/best-solution/listing.js"
import { projectRoot } from "../support/project-root.js"
import { tempDir } from "../support/temp-dir.js"

describe("a listing", () => {
  it("of SHELXL gives wR2 of each cycle and at the end, each with its line", async () => {
    const path = join(projectRoot, "test/fixtures/NaCl.lst")
    const { solutions } = await scanListing(path)
    expect(solutions.map(({ wR2, line }) => [wR2, line])).toEqual([145, 163, 181, 199, 237, 243].map((line) => [0.0267, line]))
  })

  it.each([
    ["empty", "", "ERR_BAD_LISTING", "it is empty"],
    ["of something else", "one\ntwo\n", "ERR_BAD_LISTING", "none of its 2 lines gives wR2"],
    [
      "with stars",
      " wR2 = 0.1000 before cycle 1\n wR2 = ****** before cycle 2\n",
      "ERR_BAD_LISTING",
      "line 2: wR2: expected a number",
    ],
    ["binary", "a\0b", "ERR_BINARY_FILE", "byte 1 is NUL"],
  ])("that is %s is refused with the place", async (_, text, code, message) => {
    const path = join(tempDir(), "x.lst")
    writeFileSync(path, text)
    await expect(scanListing(path)).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string })
  })

  it("that was cut off counts as far as it goes", async () => {
    const path = join(tempDir(), "x.lst")
    writeFileSync(path, " wR2 = 0.1000 before cycle 1\n wR2 = 0.09")
    expect((await scanListing(path)).solutions.map(({ wR2 }) => wR2)).toEqual([0.1])
  })
})

it("the better of two is the lower one, and of equal ones the same one whoever comes first", () => {
  const solution = (wR2: number, path: string, line: number): Solution => ({ wR2, path, line })
  expect(isBetter(solution(0.1, "b", 2), undefined)).toBe(true)
  expect(isBetter(solution(0.1, "b", 2), solution(0.2, "a", 1))).toBe(true)
  for (const [better, worse] of [
    [solution(0.1, "a", 9), solution(0.1, "b", 1)],
    [solution(0.1, "a", 1), solution(0.1, "a", 2)],
  ] as const) {
    expect(isBetter(better, worse)).toBe(true)
    expect(isBetter(worse, better)).toBe(false)
  }
})
