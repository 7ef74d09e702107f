// The forces of Lennard-Jones molecules against every pair and against the formula, and the motion against what physics keeps.

import { describe, expect, it } from "vitest"
import { randomFrom } from "../../actors/examples/harness/random.js"
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
  for (let step = 0; step < 200; step++) {
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
