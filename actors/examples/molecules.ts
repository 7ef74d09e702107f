// molecules — task parallelism with some dependencies: within a step of molecular dynamics the forces on any two molecules can be
// computed at the same time, but every step needs the positions of the one before.
//
//   npx troupe run molecules
//   npx troupe run molecules --size 500 --exchange messages

import { Actor, actor, handler } from "../../runtime/index.js"
import { type Crew, ranges } from "./harness/crew.js"
import type { Example } from "./harness/example.js"
import { randomFrom } from "./harness/random.js"
import { layOut, sharedFloats, sharedNumbers } from "./harness/shared-memory.js"
import { type Box, drift, type Forces, forcesOn, kick, kineticEnergy } from "./molecules/kernel.js"

type Span = readonly [from: number, to: number]

interface Start {
  readonly box: Box
  readonly positions: Float64Array
  readonly velocities: Float64Array
}

interface Course {
  readonly positions: Float64Array
  /** Kinetic and potential, at the start and after each step. */
  readonly energies: readonly number[]
  readonly momentum: number
}

const STEPS = 100
const STEP = 0.002
/** Of a fluid near its triple point. */
const DENSITY = 0.8
const TEMPERATURE = 0.9
/** How much of the energy a hundred such steps may lose or gain. */
const DRIFT = 1e-3

@actor({ kind: "molecules-part", module: import.meta.url, description: "Computes the forces on some molecules" })
export class MoleculesPart extends Actor {
  @handler()
  forces({ span, positions, box }: { span: Span; positions: Float64Array; box: Box }): Forces {
    return forcesOn(span, positions, box)
  }

  /** The same in shared memory; answers with its share of the energy. */
  @handler()
  forcesShared({ span, box }: { span: Span; box: Box }): number {
    const { forces, potential } = forcesOn(span, sharedNumbers("positions"), box)
    sharedNumbers("forces").set(forces, 3 * span[0])
    return potential
  }
}

export const molecules: Example<Start, Course> = {
  explanation: {
    pattern: "task parallelism with dependencies",
    consider: [
      "tasks: the forces on some molecules, which need all positions but no other force; Newton's third law is not used, so nobody writes into another's share",
      "dependencies: a step needs all forces of the step before, so there is a wait in each; what is left to one place (moving everything) limits the gain, as Amdahl said",
      "neighbours: cell lists make the work grow with the number of molecules instead of its square; each worker makes its own, which is cheaper than sending them",
    ],
    mapping: "an equal number of molecules to each worker, the same ones in every step; the density is even, so the cost is",
  },
  takes: ["size", "exchange"],
  size: { of: "molecules", usual: 8000, least: 32, most: 200_000 },

  prepare: ({ size }) => crystal(size),

  sequential: (start, pace) =>
    course(start, {
      forcesAt: (positions) => Promise.resolve(forcesOn([0, start.box.count], positions, start.box)),
      stepped: (fraction) => pace.at(fraction),
    }),

  async parallel(start, run) {
    const { box } = start
    const forces = sharedFloats(3 * box.count)
    const positions = sharedFloats(3 * box.count)
    if (run.exchange === "shared") layOut({ positions: positions.buffer, forces: forces.buffer })
    const crew: Crew<MoleculesPart> = await run.hire(MoleculesPart)
    const spans = ranges(box.count, crew.size)
    const spanOf = (rank: number): Span => spans[rank] ?? [0, 0]
    const forcesAt = async (now: Float64Array): Promise<Forces> => {
      if (run.exchange === "shared") {
        positions.set(now)
        return { forces, potential: sum(await crew.each((ask, rank) => ask.forcesShared({ span: spanOf(rank), box }))) }
      }
      const parts = await crew.each((ask, rank) => ask.forces({ span: spanOf(rank), positions: now, box }))
      for (const [rank, part] of parts.entries()) forces.set(part.forces, 3 * spanOf(rank)[0])
      return { forces, potential: sum(parts.map(({ potential }) => potential)) }
    }
    return course(start, { forcesAt, stepped: (fraction) => run.pace.at(fraction) })
  },

  check: ({ box }, { sequential, parallel }) => [
    {
      what: "distance of any molecule from the sequential version's",
      error: parallel.positions.reduce((largest, x, k) => Math.max(largest, Math.abs(x - (sequential.positions[k] ?? NaN))), 0),
      within: 0,
    },
    { what: "relative drift of the energy", error: driftOf(parallel.energies), within: DRIFT },
    { what: "momentum gained, by molecule", error: parallel.momentum / box.count, within: 1e-9 },
  ],

  figures: ({ box }, { energies }) => ({
    steps: STEPS,
    "box length": box.length,
    "energy by molecule": (energies.at(-1) ?? NaN) / box.count,
  }),
}

/** Velocity Verlet: half a kick, a step, new forces, half a kick. */
async function course(
  start: Start,
  how: { forcesAt: (positions: Float64Array) => Promise<Forces>; stepped: (fraction: number) => Promise<void> },
): Promise<Course> {
  const { length } = start.box
  const positions = start.positions.slice()
  const velocities = start.velocities.slice()
  let { forces, potential } = await how.forcesAt(positions)
  const energies = [potential + kineticEnergy(velocities)]
  for (let step = 1; step <= STEPS; step++) {
    kick(velocities, forces, STEP)
    drift(positions, velocities, { step: STEP, length })
    ;({ forces, potential } = await how.forcesAt(positions))
    kick(velocities, forces, STEP)
    energies.push(potential + kineticEnergy(velocities))
    await how.stepped(step / STEPS)
  }
  const momentum = Math.hypot(...[0, 1, 2].map((k) => sum([...velocities].filter((_, at) => at % 3 === k))))
  return { positions, energies, momentum }
}

/** A face-centred crystal's places, filled one after another, with velocities of the temperature and no momentum as a whole. */
function crystal(count: number): Start {
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
  const normal = (): number => sum(Array.from({ length: 12 }, random)) - 6
  const velocities = Float64Array.from({ length: 3 * count }, () => Math.sqrt(TEMPERATURE) * normal())
  for (const k of [0, 1, 2]) {
    const mean = sum([...velocities].filter((_, at) => at % 3 === k)) / count
    for (let at = k; at < velocities.length; at += 3) velocities[at] = (velocities[at] as number) - mean
  }
  return { box: { length, count }, positions, velocities }
}

/** The largest distance from the first energy, by its size. */
function driftOf(energies: readonly number[]): number {
  const [first = NaN] = energies
  return energies.reduce((largest, energy) => Math.max(largest, Math.abs((energy - first) / first)), 0)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
