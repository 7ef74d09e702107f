// The forces of Lennard-Jones molecules against every pair and against the formula, and the motion against what physics keeps.

import { describe, expect, it } from "vitest"
import { randomFrom } from "../../actors/examples/harness/random.js"
import { crystal, step } from "../../actors/examples/molecules/course.js"
import {
  type Box,
  cellsPerSide,
  CUT_OFF,
  drift,
  forcesOn,
  kick,
  kineticEnergy,
  naiveForces,
} from "../../actors/examples/molecules/kernel.js"

/** Molecules on a grid, each a little off its place. */
function gas(perSide: number, length: number): { positions: Float64Array; box: Box } {
  const random = randomFrom(perSide)
  const count = perSide ** 3
  const positions = Float64Array.from({ length: 3 * count }, (_, k) => {
    const i = Math.floor(k / 3)
    const at = [Math.floor(i / perSide ** 2), Math.floor(i / perSide) % perSide, i % perSide][k % 3] ?? 0
    return ((at + 0.3 + 0.4 * random()) * length) / perSide
  })
  return { positions, box: { length, count } }
}

describe("the forces", () => {
  it.each([
    [4, 5.5, 2],
    [6, 8, 3],
    [7, 11, 4],
  ])("on %i³ molecules in a box of %f are those of every pair", (perSide, length, cells) => {
    const { positions, box } = gas(perSide, length)
    expect(cellsPerSide(box)).toBe(cells)
    const expected = naiveForces(positions, box)
    const { forces, potential } = forcesOn([0, box.count], positions, box)
    expect(potential).toBeCloseTo(expected.potential, 7)
    const scale = Math.max(...expected.forces.map(Math.abs))
    expect(Math.max(...forces.map((force, k) => Math.abs(force - (expected.forces[k] ?? NaN))))).toBeLessThan(1e-12 * scale)
  })

  it("of two molecules are the slope of the potential: none at 2^(1/6), and equal and opposite", () => {
    const box = { length: 10, count: 2 }
    const at = (r: number): Float64Array => Float64Array.of(9.9, 5, 5, (9.9 + r) % 10, 5, 5)
    expect(Math.abs(forcesOn([0, 2], at(2 ** (1 / 6)), box).forces[0] ?? NaN)).toBeLessThan(1e-12)
    const { forces } = forcesOn([0, 2], at(1.3), box)
    const slope = (forcesOn([0, 2], at(1.3 + 1e-6), box).potential - forcesOn([0, 2], at(1.3 - 1e-6), box).potential) / 2e-6
    expect(forces[3]).toBeCloseTo(-slope, 6)
    expect(forces[0]).toBeCloseTo(slope, 6)
    expect(forcesOn([0, 2], at(CUT_OFF + 0.01), box)).toEqual({ forces: new Float64Array(6), potential: 0 })
  })

  it("on parts of the molecules are those on all", () => {
    const { positions, box } = gas(6, 8)
    const whole = forcesOn([0, 216], positions, box)
    const parts = [forcesOn([0, 100], positions, box), forcesOn([100, 216], positions, box)]
    expect(parts.flatMap(({ forces }) => [...forces])).toEqual([...whole.forces])
  })
})

it("the motion keeps energy and momentum, and everybody in the box", () => {
  const { positions, box } = gas(5, 6.5)
  const velocities = new Float64Array(3 * box.count)
  let { forces, potential } = forcesOn([0, box.count], positions, box)
  const before = potential
  for (let done = 0; done < 200; done++) {
    kick(velocities, forces, 0.001)
    drift(positions, velocities, { step: 0.001, length: box.length })
    ;({ forces, potential } = forcesOn([0, box.count], positions, box))
    kick(velocities, forces, 0.001)
  }
  expect(kineticEnergy(velocities)).toBeGreaterThan(1)
  expect(Math.abs((potential + kineticEnergy(velocities) - before) / before)).toBeLessThan(1e-3)
  for (const k of [0, 1, 2]) expect(velocities.filter((_, at) => at % 3 === k).reduce((sum, v) => sum + v, 0)).toBeCloseTo(0, 9)
  expect(positions.every((x) => x >= 0 && x < box.length)).toBe(true)
})

it("a course moved in parts is that of the whole, and its velocities are those of whole steps in the end", () => {
  const courseOf = (cuts: readonly number[]) => {
    const { box, velocities, ...start } = crystal(108)
    let { positions } = start
    for (const at of ["first", "middle", "middle", "last"] as const)
      positions = Float64Array.from(
        cuts.slice(1).flatMap((to, i) => {
          const span = { from: cuts[i] ?? 0, to }
          const own = velocities.subarray(3 * span.from, 3 * to)
          return [...step({ box, span, at }, { positions, velocities: own }).positions]
        }),
      )
    return { positions, velocities }
  }
  const whole = courseOf([0, 108])
  expect(courseOf([0, 50, 51, 108])).toEqual(whole)
  const { box, velocities, ...start } = crystal(108)
  const positions = start.positions.slice()
  let { forces } = forcesOn([0, 108], positions, box)
  for (let moved = 0; moved < 3; moved++) {
    kick(velocities, forces, 0.002)
    drift(positions, velocities, { step: 0.002, length: box.length })
    ;({ forces } = forcesOn([0, 108], positions, box))
    kick(velocities, forces, 0.002)
  }
  expect(whole).toEqual({ positions, velocities })
})
