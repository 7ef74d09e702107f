// Where molecules start, and how they move: velocity Verlet, half a kick by the forces, a step, new forces, half a kick.
// Source: W. C. Swope, H. C. Andersen, P. H. Berens, K. R. Wilson (1982).

import { randomFrom } from "../harness/random.js"
import { type Box, drift, forcesOn, kick, kineticEnergy } from "./kernel.js"

/** Some molecules: x, y, z of each. */
export interface Part {
  readonly positions: Float64Array
  readonly velocities: Float64Array
}

/** Which molecules are moved, and where in the course: before the first forces nothing is kicked, after the last ones nothing is moved. */
export interface Step {
  readonly box: Box
  readonly span: { readonly from: number; readonly to: number }
  readonly at: "first" | "middle" | "last"
}

export interface Moved {
  /** Of the span alone. */
  readonly positions: Float64Array
  /** Kinetic, and its share of the potential, before it was moved. */
  readonly energy: number
}

const STEP = 0.002
/** Of a fluid near its triple point. */
const DENSITY = 0.8
const TEMPERATURE = 0.9

/** Moves some molecules, given the positions of all and the velocities of those, which it changes. */
export function step({ box, span: { from, to }, at }: Step, { positions, velocities }: Part): Moved {
  const { forces, potential } = forcesOn([from, to], positions, box)
  if (at !== "first") kick(velocities, forces, STEP)
  const own = positions.slice(3 * from, 3 * to)
  const energy = potential + kineticEnergy(velocities)
  if (at !== "last") {
    kick(velocities, forces, STEP)
    drift(own, velocities, { step: STEP, length: box.length })
  }
  return { positions: own, energy }
}

/** A face-centred crystal's places, filled one after another, with velocities of the temperature and no momentum as a whole. */
export function crystal(count: number): Part & { readonly box: Box } {
  const perSide = Math.ceil((count / 4) ** (1 / 3))
  const length = ((4 * perSide ** 3) / DENSITY) ** (1 / 3)
  const random = randomFrom(6)
  const corners = [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]] as const // prettier-ignore
  const positions = Float64Array.from({ length: 3 * count }, (_, k) => {
    const i = Math.floor(k / 3)
    const cell = Math.floor(i / 4)
    const at = [Math.floor(cell / perSide ** 2), Math.floor(cell / perSide) % perSide, cell % perSide][k % 3] ?? 0
    return ((at + 0.25 + (corners[i % 4]?.[k % 3] ?? 0)) * length) / perSide
  })
  // Twelve evenly distributed numbers make a normally distributed one.
  const normal = (): number => Array.from({ length: 12 }, random).reduce((sum, one) => sum + one) - 6
  const velocities = Float64Array.from({ length: 3 * count }, () => Math.sqrt(TEMPERATURE) * normal())
  for (const k of [0, 1, 2]) {
    let sum = 0
    for (let at = k; at < velocities.length; at += 3) sum += velocities[at] as number
    for (let at = k; at < velocities.length; at += 3) velocities[at] = (velocities[at] as number) - sum / count
  }
  return { box: { length, count }, positions, velocities }
}
