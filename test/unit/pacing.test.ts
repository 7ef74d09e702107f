// How long a restart waits, however often there was one before.

import { describe, expect, it } from "vitest"
import { Pacing } from "../../runtime/time/pacing.js"

describe("the wait before a restart", () => {
  const waitsOf = (given: ConstructorParameters<typeof Pacing>[0], tries: number): Set<number> => {
    const pacing = new Pacing(given)
    return new Set(Array.from({ length: tries }, (_, at) => pacing.failed(at, 0)))
  }

  it("S7 is none after any number of failures when it is to be none", () => {
    expect(waitsOf({ minMs: 0, maxMs: 0 }, 2_000)).toEqual(new Set([0]))
    expect(waitsOf({ minMs: 0, maxMs: 1_000 }, 2_000)).toEqual(new Set([0]))
  })

  it("S7 doubles up to the longest, and stays there after any number of failures", () => {
    expect(waitsOf({ minMs: 1, maxMs: 5 }, 2_000)).toEqual(new Set([1, 2, 4, 5]))
    expect(waitsOf(undefined, 2_000)).toEqual(new Set([0, 50, 100, 200, 400, 800, 1600, 3200, 5000]))
  })
})
