// Lennard-Jones molecules in a periodic box, in reduced units (σ = ε = m = 1): V(r) = 4(r⁻¹² − r⁻⁶), cut at 2.5 and shifted to 0 there.
// Cell lists find the neighbours: a box is cut into cells no smaller than the cut-off, and only a cell and its 26 neighbours are looked at.
// Source: M. P. Allen and D. J. Tildesley, "Computer Simulation of Liquids", chapters 3 and 5.

/** Coordinates are x, y, z of the first molecule, of the second, and so on. */
export interface Box {
  readonly length: number
  readonly count: number
}

/** Molecules by cell, as linked lists: the first of each cell, and who comes after whom; -1 is nobody. */
export interface Cells {
  readonly perSide: number
  readonly first: Int32Array
  readonly after: Int32Array
}

export interface Forces {
  /** x, y, z by molecule of the range. */
  readonly forces: Float64Array
  /** Half of each pair's energy, so that all ranges together give the whole. */
  readonly potential: number
}

export const CUT_OFF = 2.5
const CUT_OFF_2 = CUT_OFF ** 2
const SHIFT = 4 * (CUT_OFF ** -12 - CUT_OFF ** -6)

/** How many cells fit along a side; fewer than three would count neighbours twice. */
export function cellsPerSide({ length }: Box): number {
  return Math.max(1, Math.floor(length / CUT_OFF))
}

export function cellsOf(positions: Float64Array, box: Box): Cells {
  const perSide = cellsPerSide(box)
  const first = new Int32Array(perSide ** 3).fill(-1)
  const after = new Int32Array(box.count).fill(-1)
  const place = (x: number): number => Math.min(perSide - 1, Math.floor((x / box.length) * perSide))
  for (let i = 0; i < box.count; i++) {
    const [x, y, z] = [
      place(positions[3 * i] as number),
      place(positions[3 * i + 1] as number),
      place(positions[3 * i + 2] as number),
    ]
    const cell = (x * perSide + y) * perSide + z
    after[i] = first[cell] as number
    first[cell] = i
  }
  return { perSide, first, after }
}

/** The forces on the molecules from one to another, and their share of the energy. */
export function forcesOn([from, to]: readonly [from: number, to: number], positions: Float64Array, box: Box): Forces {
  const { length } = box
  const { perSide, first, after } = cellsOf(positions, box)
  const forces = new Float64Array(3 * (to - from))
  const reach = perSide >= 3 ? 1 : 0
  const range = perSide >= 3 ? 3 : perSide
  let potential = 0
  for (let i = from; i < to; i++) {
    const x = positions[3 * i] as number
    const y = positions[3 * i + 1] as number
    const z = positions[3 * i + 2] as number
    const cx = Math.min(perSide - 1, Math.floor((x / length) * perSide))
    const cy = Math.min(perSide - 1, Math.floor((y / length) * perSide))
    const cz = Math.min(perSide - 1, Math.floor((z / length) * perSide))
    let fx = 0
    let fy = 0
    let fz = 0
    for (let a = 0; a < range; a++) {
      const nx = (reach === 1 ? cx + a - 1 + perSide : a) % perSide
      for (let b = 0; b < range; b++) {
        const ny = (reach === 1 ? cy + b - 1 + perSide : b) % perSide
        for (let c = 0; c < range; c++) {
          const nz = (reach === 1 ? cz + c - 1 + perSide : c) % perSide
          for (let j = first[(nx * perSide + ny) * perSide + nz] as number; j >= 0; j = after[j] as number) {
            if (j === i) continue
            // The nearest of the images of the other one.
            let dx = x - (positions[3 * j] as number)
            let dy = y - (positions[3 * j + 1] as number)
            let dz = z - (positions[3 * j + 2] as number)
            dx -= length * Math.round(dx / length)
            dy -= length * Math.round(dy / length)
            dz -= length * Math.round(dz / length)
            const r2 = dx * dx + dy * dy + dz * dz
            if (r2 >= CUT_OFF_2) continue
            const r6 = 1 / (r2 * r2 * r2)
            const push = (24 * (2 * r6 * r6 - r6)) / r2
            fx += push * dx
            fy += push * dy
            fz += push * dz
            potential += 2 * (r6 * r6 - r6) - SHIFT / 2
          }
        }
      }
    }
    forces[3 * (i - from)] = fx
    forces[3 * (i - from) + 1] = fy
    forces[3 * (i - from) + 2] = fz
  }
  return { forces, potential }
}

/** The same by looking at every pair: to check the cells by. */
export function naiveForces(positions: Float64Array, box: Box): Forces {
  const forces = new Float64Array(3 * box.count)
  let potential = 0
  for (let i = 0; i < box.count; i++) {
    for (let j = i + 1; j < box.count; j++) {
      const d = [0, 1, 2].map((k) => {
        const apart = (positions[3 * i + k] as number) - (positions[3 * j + k] as number)
        return apart - box.length * Math.round(apart / box.length)
      })
      const r2 = d.reduce((sum, one) => sum + one * one, 0)
      if (r2 >= CUT_OFF_2) continue
      potential += 4 * (r2 ** -6 - r2 ** -3) - SHIFT
      for (const [k, one] of d.entries()) {
        const push = ((24 * (2 * r2 ** -6 - r2 ** -3)) / r2) * one
        forces[3 * i + k] = (forces[3 * i + k] as number) + push
        forces[3 * j + k] = (forces[3 * j + k] as number) - push
      }
    }
  }
  return { forces, potential }
}

/** Half the mean square speed, over all. */
export function kineticEnergy(velocities: Float64Array): number {
  return velocities.reduce((sum, v) => sum + (v * v) / 2, 0)
}

/** Half a step of velocity by the forces. */
export function kick(velocities: Float64Array, forces: Float64Array, step: number): void {
  for (let k = 0; k < velocities.length; k++) velocities[k] = (velocities[k] as number) + ((forces[k] as number) * step) / 2
}

/** A step along the velocities; who leaves the box at one side comes in at the other. */
export function drift(
  positions: Float64Array,
  velocities: Float64Array,
  { step, length }: { step: number; length: number },
): void {
  for (let k = 0; k < positions.length; k++) {
    const x = (positions[k] as number) + (velocities[k] as number) * step
    positions[k] = x - length * Math.floor(x / length)
  }
}
