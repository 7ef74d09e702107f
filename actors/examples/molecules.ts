// molecules — tasks with dependencies, as a graph: within a step of molecular dynamics any two parts can be computed at the same time,
// but a part needs the positions of all others after the step before.
//
//   npx troupe run molecules
//   npx troupe run molecules --size 500 --exchange messages

import { task } from "../../runtime/index.js"
import { type Chunk, type GraphNode, partition, TaskGraph } from "../../runtime/toolkit.js"
import type { Example, Run } from "./harness/example.js"
import { type Memory, sharedFloats } from "./harness/shared-floats.js"
import { crystal, type Part, step, type Step } from "./molecules/course.js"
import type { Box } from "./molecules/kernel.js"

interface Start extends Part {
  readonly box: Box
}

interface Course {
  readonly positions: Float64Array
  /** Kinetic and potential, at the start and after each step. */
  readonly energies: readonly number[]
  readonly momentum: number
}

type Span = Pick<Chunk, "from" | "to">

/** What a task needs to know beside the positions. */
interface Share {
  readonly box: Box
  readonly span: Span
}

const STEPS = 100
/** More parts than workers even out what differs between them. */
const PARTS_BY_WORKER = 2
/** How much of the energy a hundred such steps may lose or gain. */
const DRIFT = 1e-3

/** A task: a step of some molecules in shared memory, from one array of positions into the other. Answers with its share of the energy. */
export const stepShared = task(import.meta.url, async (memory: Memory, { box, span }: Share, number: number) => {
  const floats = (name: string): Promise<Float64Array> => sharedFloats(memory, name, 3 * box.count)
  const [before, after] = number % 2 === 0 ? ["positions", "positions-too"] : ["positions-too", "positions"]
  const own = [3 * span.from, 3 * span.to] as const
  const velocities = (await floats("velocities")).subarray(...own)
  const moved = step({ box, span, at: placeOf(number) }, { positions: await floats(before), velocities })
  ;(await floats(after)).set(moved.positions, own[0])
  return moved.energy
})

/** A task: the same by messages. Answers with its molecules as they are after the step. */
export const stepSent = task(import.meta.url, (share: Step, positions: Float64Array, velocities: Float64Array) => {
  const moved = step(share, { positions, velocities })
  return { ...moved, velocities }
})

export const molecules: Example<Start, Course> = {
  explanation: {
    pattern: "task parallelism with dependencies",
    consider: [
      "tasks: a step of some molecules, which needs all positions but no other force; Newton's third law is not used, so nobody writes into another's share",
      "dependencies: a step of a part needs the step before of all parts, so the graph is a hundred layers deep and as wide as there are parts",
      "neighbours: cell lists make the work grow with the number of molecules instead of its square; each task makes its own, which is cheaper than sending them",
    ],
    mapping: `an equal number of molecules to each task, ${String(PARTS_BY_WORKER)} tasks by worker and step, each to whoever is free when it can begin`,
  },
  takes: ["size", "exchange"],
  size: { of: "molecules", usual: 8000, least: 32, most: 200_000 },
  warmUpSize: 256,

  prepare: ({ size }) => crystal(size),

  async sequential({ box, ...start }, pace) {
    let { positions } = start
    const velocities = start.velocities.slice()
    const energies: number[] = []
    for (let number = 0; number <= STEPS; number++) {
      const moved = step({ box, span: { from: 0, to: box.count }, at: placeOf(number) }, { positions, velocities })
      positions = moved.positions
      energies.push(moved.energy)
      await pace.at(number / STEPS)
    }
    return { positions, energies, momentum: momentumOf(velocities) }
  },

  parallel: (start, run) => (run.exchange === "shared" ? inSharedMemory(start, run) : byMessages(start, run)),

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

async function inSharedMemory({ box, ...start }: Start, run: Run): Promise<Course> {
  const { memory, pace } = run
  const floats = (name: string): Promise<Float64Array> => sharedFloats(memory, name, 3 * box.count)
  const velocities = await run.setUp(async () => {
    ;(await floats("positions")).set(start.positions)
    const shared = await floats("velocities")
    shared.set(start.velocities)
    return shared
  })
  const pool = await run.pool()
  const graph = new TaskGraph()
  let before: GraphNode[] = []
  const energies: GraphNode<number>[] = []
  for (let number = 0; number <= STEPS; number++) {
    // Two arrays of positions are enough: who writes into one has waited for all that read it.
    const after = before
    const layer = spansOf(box, run).map((span) => graph.add(stepShared, [memory, { box, span }, number], { after }))
    energies.push(graph.call(sum, [layer]))
    before = layer
  }
  const found = await graph.run(pool, energies, pace.ofGraph)
  const positions = await floats(STEPS % 2 === 0 ? "positions-too" : "positions")
  return { positions, energies: found, momentum: momentumOf(velocities) }
}

async function byMessages({ box, ...start }: Start, run: Run): Promise<Course> {
  const pool = await run.pool()
  const graph = new TaskGraph()
  const spans = spansOf(box, run)
  let positions: GraphNode<Float64Array> | Float64Array = start.positions
  let velocities: (GraphNode<Float64Array> | Float64Array)[] = spans.map(({ from, to }) =>
    start.velocities.subarray(3 * from, 3 * to),
  )
  const energies: GraphNode<number>[] = []
  for (let number = 0; number <= STEPS; number++) {
    const share = { box, at: placeOf(number) }
    const layer = spans.map((span, rank) =>
      graph.add(stepSent, [{ ...share, span }, positions, velocities[rank] ?? new Float64Array()]),
    )
    positions = graph.call((parts: readonly Part[]) => joined(parts.map((part) => part.positions)), [layer])
    velocities = layer.map((node) => graph.call((part: Part) => part.velocities, [node]))
    energies.push(graph.call((parts: readonly { energy: number }[]) => sum(parts.map(({ energy }) => energy)), [layer]))
  }
  const speeds = graph.call(joined, [velocities])
  const [last, ends, ...found] = await graph.run(
    pool,
    [positions as GraphNode<Float64Array>, speeds, ...energies],
    run.pace.ofGraph,
  )
  return { positions: last, energies: found, momentum: momentumOf(ends) }
}

function placeOf(number: number): Step["at"] {
  return number === 0 ? "first" : number === STEPS ? "last" : "middle"
}

function spansOf({ count }: Box, { workers }: Run): readonly Span[] {
  return partition(count, workers * PARTS_BY_WORKER).map(({ from, to }) => ({ from, to }))
}

function momentumOf(velocities: Float64Array): number {
  const along = [0, 0, 0]
  for (const [k, v] of velocities.entries()) along[k % 3] = (along[k % 3] ?? 0) + v
  return Math.hypot(...along)
}

/** The largest distance from the first energy, by its size. */
function driftOf(energies: readonly number[]): number {
  const [first = NaN] = energies
  return energies.reduce((largest, energy) => Math.max(largest, Math.abs((energy - first) / first)), 0)
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(sum(parts.map(({ length }) => length)))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
