// Merging equivalents: measurements of the same h k l become one, as SHELXL reports it.
//   ⟨F²⟩    = Σ wF² / Σ w with w = 1/σ²: the inverse-variance weighted mean
//   σ(⟨F²⟩) = the larger of 1/√(Σ 1/σ²), what the measurements promise, and Σ|F² − ⟨F²⟩| / (n√(n−1)), how far they differ
//   R(int)  = Σ|F² − ⟨F²⟩| / Σ F² over the groups of two or more measurements
//   R(σ)    = Σ σ(⟨F²⟩) / Σ ⟨F²⟩ over all groups
// Source: the SHELX manual on MERG and on R(int). Merged by the symmetry of sodium chloride instead of by equal indices, the
// fixture NaCl.hkl gives the figures of SHELXL's own listing, NaCl.lst; a test compares them.

import type { Reflection } from "./hklf4.js"

/** One unique reflection: the weighted mean of its `n` measurements. */
export interface Merged extends Reflection {
  readonly n: number
}

/** The unique reflections, sorted by h, then k, then l, and how well their measurements agree. */
export interface Merging {
  readonly merged: readonly Merged[]
  /** How many of the merged stand for two measurements or more. */
  readonly groups: number
  /** null when nothing was measured twice. */
  readonly rInt: number | null
  readonly rSigma: number | null
}

/** Without a positive σ a measurement has no weight and cannot be merged. */
export function hasWeight({ sigma }: Reflection): boolean {
  return sigma > 0
}

/** Merges measurements that all have weight. The array stays as it is. */
export function mergeEquivalents(measured: readonly Reflection[]): Merging {
  const merged: Merged[] = []
  const repeated = { groups: 0, spread: 0, f2: 0 }
  for (const group of groupsOf([...measured].sort(byIndex))) {
    const { mean, spread } = meanOf(group)
    merged.push(mean)
    if (mean.n === 1) continue
    repeated.groups++
    repeated.spread += spread
    repeated.f2 += sum(group, (one) => one.f2)
  }
  const rSigma = ratio(
    sum(merged, (one) => one.sigma),
    sum(merged, (one) => one.f2),
  )
  return { merged, groups: repeated.groups, rInt: ratio(repeated.spread, repeated.f2), rSigma }
}

/** The mean of F²/σ; null for no reflections. */
export function meanF2OverSigma(reflections: readonly Reflection[]): number | null {
  return ratio(
    sum(reflections, (one) => one.f2 / one.sigma),
    reflections.length,
  )
}

function byIndex(a: Reflection, b: Reflection): number {
  return a.h - b.h || a.k - b.k || a.l - b.l
}

function* groupsOf(sorted: readonly Reflection[]): Generator<[Reflection, ...Reflection[]], void, undefined> {
  let group: [Reflection, ...Reflection[]] | undefined
  for (const one of sorted) {
    if (group !== undefined && byIndex(group[0], one) === 0) {
      group.push(one)
      continue
    }
    if (group !== undefined) yield group
    group = [one]
  }
  if (group !== undefined) yield group
}

function meanOf(group: readonly [Reflection, ...Reflection[]]): { mean: Merged; spread: number } {
  const n = group.length
  const [{ h, k, l, f2: only, sigma }] = group
  if (n === 1) return { mean: { h, k, l, f2: only, sigma, n }, spread: 0 }
  // Weights relative to the smallest σ: 1/σ² itself can overflow.
  const smallest = group.reduce((least, one) => Math.min(least, one.sigma), Infinity)
  const weight = (one: Reflection): number => (smallest / one.sigma) ** 2
  const weights = sum(group, weight)
  const f2 = sum(group, (one) => weight(one) * one.f2) / weights
  const spread = sum(group, (one) => Math.abs(one.f2 - f2))
  return { mean: { h, k, l, f2, sigma: Math.max(smallest / Math.sqrt(weights), spread / (n * Math.sqrt(n - 1))), n }, spread }
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null
}
