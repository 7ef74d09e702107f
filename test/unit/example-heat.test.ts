// The diffusion scheme against the analytic solution, and a rod in parts with halos against the whole rod.

import { describe, expect, it } from "vitest"
import { advance, exact, initial } from "../../actors/examples/heat/kernel.js"

const BOTH = { left: true, right: true }

function whole(cells: number, steps: number): Float64Array {
  return advance({ cells: initial(cells), ends: BOTH }, steps, new Float64Array(cells))
}

describe("heat in a rod", () => {
  it.each([
    [200, 1000],
    [1000, 500],
  ])("of %i cells is after %i steps what the analytic solution says", (cells, steps) => {
    const rod = whole(cells, steps)
    // Not what it was: the short wave has lost some of its height.
    const moved = Math.max(...rod.map((u, i) => Math.abs(u - exact(cells, i, 0))))
    expect(moved).toBeGreaterThan(0.03)
    expect(Math.max(...rod.map((u, i) => Math.abs(u - exact(cells, i, steps))))).toBeLessThan(moved / 1000)
  })

  it("stays 0 at both ends", () => {
    const rod = whole(300, 77)
    expect([rod[0], rod[299]]).toEqual([0, 0])
  })

  it("is the same bit by bit when parts advance alone with halos as wide as the steps", () => {
    const rod = initial(400)
    const steps = 30
    const joined = new Float64Array(400)
    for (const [from, to] of [
      [0, 100],
      [100, 230],
      [230, 400],
    ] as const) {
      const low = Math.max(0, from - steps)
      const high = Math.min(400, to + steps)
      const cells = rod.slice(low, high)
      const result = advance({ cells, ends: { left: low === 0, right: high === 400 } }, steps, new Float64Array(cells.length))
      joined.set(result.subarray(from - low, to - low), from)
    }
    expect(joined).toEqual(whole(400, steps))
  })

  it("is wrong at the seam when the halo is one cell too narrow", () => {
    const rod = initial(400)
    const cells = rod.slice(100 - 29, 300)
    const result = advance({ cells, ends: { left: false, right: false } }, 30, new Float64Array(cells.length))
    expect(result[29]).not.toBe(whole(400, 30)[100])
  })
})
