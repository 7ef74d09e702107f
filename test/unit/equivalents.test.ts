import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { meanF2OverSigma, mergeEquivalents } from "../../actors/reflections/equivalents.js"
import type { Reflection } from "../../actors/reflections/hklf4.js"

function at(l: number, f2: number, sigma: number): Reflection {
  return { h: 0, k: 0, l, f2, sigma }
}

const index = fc.integer({ min: -3, max: 3 })
/** Numbers as a line holds them, with two decimals. */
const decimal = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: min * 100, max: max * 100 }).map((n) => n / 100)
const reflection = fc.record({ h: index, k: index, l: index, f2: decimal(-1e4, 1e6), sigma: decimal(0.01, 1e4) })
const list = fc.array(reflection, { maxLength: 60 })
const key = ({ h, k, l }: Reflection): string => `${String(h)} ${String(k)} ${String(l)}`

describe("merging equivalents", () => {
  it("weighs each measurement by 1/σ²", () => {
    // w = 1, 1/4: (100·1 + 120·¼) / 1.25 = 104; |−4| + |16| = 20, and 20 / (2√1) = 10 > 1/√1.25
    expect(mergeEquivalents([at(1, 100, 1), at(1, 120, 2)])).toEqual({
      merged: [{ h: 0, k: 0, l: 1, f2: 104, sigma: 10, n: 2 }],
      groups: 1,
      rInt: 20 / 220,
      rSigma: 10 / 104,
    })
  })

  it("trusts the σ of the measurements where they agree", () => {
    const [mean] = mergeEquivalents([at(1, 100, 2), at(1, 100, 2), at(1, 100, 2), at(1, 100, 2)]).merged
    expect(mean).toEqual({ h: 0, k: 0, l: 1, f2: 100, sigma: 1, n: 4 })
  })

  it("leaves alone what was measured once, and has no R(int) for it", () => {
    expect(mergeEquivalents([at(2, 5, 1), at(1, -3, 2)])).toEqual({
      merged: [
        { ...at(1, -3, 2), n: 1 },
        { ...at(2, 5, 1), n: 1 },
      ],
      groups: 0,
      rInt: null,
      rSigma: 1.5,
    })
    expect(mergeEquivalents([])).toEqual({ merged: [], groups: 0, rInt: null, rSigma: null })
    expect(meanF2OverSigma([])).toBeNull()
  })

  it("sorts by h, then k, then l, as numbers, and leaves the given list as it is", () => {
    const given = [
      { h: 10, k: 0, l: 0, f2: 1, sigma: 1 },
      { h: 9, k: 0, l: 0, f2: 1, sigma: 1 },
      { h: -1, k: 2, l: 0, f2: 1, sigma: 1 },
      { h: -1, k: -2, l: 5, f2: 1, sigma: 1 },
      { h: -1, k: -2, l: -5, f2: 1, sigma: 1 },
    ]
    expect(mergeEquivalents(Object.freeze(given)).merged.map(key)).toEqual(["-1 -2 -5", "-1 -2 5", "-1 2 0", "9 0 0", "10 0 0"])
  })

  it("stays finite for the smallest and largest numbers a line can hold", () => {
    const { merged, rInt } = mergeEquivalents([at(1, 9e99, 1e-99), at(1, -9e99, 1e-99), at(1, 1, 9e99)])
    expect(merged.every(({ f2, sigma }) => Number.isFinite(f2) && Number.isFinite(sigma))).toBe(true)
    expect(Number.isFinite(rInt)).toBe(true)
  })

  it("accounts for every measurement once, in any order of them", () => {
    fc.assert(
      fc.property(list, fc.infiniteStream(fc.nat()), (measured, order) => {
        const { merged, groups } = mergeEquivalents(measured)
        expect(merged.reduce((all, { n }) => all + n, 0)).toBe(measured.length)
        expect(new Set(merged.map(key)).size).toBe(merged.length)
        expect(merged.filter(({ n }) => n > 1)).toHaveLength(groups)
        const ranks = new Map(measured.map((one) => [one, order.next().value]))
        const shuffled = mergeEquivalents([...measured].sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0)))
        for (const [i, one] of shuffled.merged.entries()) {
          expect(key(one)).toBe(key(merged[i] ?? one))
          expect(one.f2).toBeCloseTo(merged[i]?.f2 ?? NaN, 3)
        }
      }),
    )
  })

  it("gives a mean between its measurements that is no less sure than the surest where they agree", () => {
    fc.assert(
      fc.property(fc.array(reflection, { minLength: 1, maxLength: 20 }), (given) => {
        const measured = given.map((one) => ({ ...one, h: 0, k: 0, l: 1 }))
        const [mean] = mergeEquivalents(measured).merged
        const f2 = mean?.f2 ?? NaN
        const slack = 1e-9 * (1 + Math.abs(f2))
        expect(f2).toBeGreaterThanOrEqual(Math.min(...measured.map((one) => one.f2)) - slack)
        expect(f2).toBeLessThanOrEqual(Math.max(...measured.map((one) => one.f2)) + slack)
        const agreeing = mergeEquivalents(measured.map((one) => ({ ...one, f2: 7 }))).merged[0]
        expect(agreeing?.sigma).toBeLessThanOrEqual(Math.min(...measured.map((one) => one.sigma)) * (1 + 1e-9))
      }),
    )
  })

  it("does not depend on the scale of the data", () => {
    fc.assert(
      fc.property(list, fc.constantFrom(2 ** -8, 2, 2 ** 20), (measured, scale) => {
        const one = mergeEquivalents(measured)
        const scaled = mergeEquivalents(measured.map((r) => ({ ...r, f2: r.f2 * scale, sigma: r.sigma * scale })))
        expect(scaled.rInt).toBe(one.rInt)
        expect(scaled.merged).toEqual(one.merged.map((r) => ({ ...r, f2: r.f2 * scale, sigma: r.sigma * scale })))
      }),
    )
  })
})
