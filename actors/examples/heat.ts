// heat — geometric decomposition with halo exchange: heat spreads along a rod that is cut into one chunk per worker. A cell needs its
// neighbours, so chunks need the edges of their neighbours' chunks; a wide halo needs them less often, for some work done twice.
//
//   npx troupe run heat
//   npx troupe run heat --exchange messages

import { partition } from "../../runtime/toolkit.js"
import type { Example, Run } from "./harness/example.js"
import { sharedFloats } from "./harness/shared-floats.js"
import { HEAT_TOPIC, HeatOwnChunk, HeatSharedChunk } from "./heat/heat-chunk.js"
import { advance, exact, initial } from "./heat/kernel.js"

const STEPS = 2000
/** Steps between two exchanges, and cells in a halo. */
const HALO = 50
/** Of the scheme, measured to be far below that for a hundred cells a half wave. */
const DISCRETISATION = 1e-4

export const heat: Example<Float64Array, Float64Array> = {
  explanation: {
    pattern: "geometric decomposition",
    consider: [
      "partition: one chunk of neighbours per worker, all equal, since every cell costs the same",
      `exchange: cells at the edge are needed by the neighbour after every step; with a halo of ${String(HALO)} cells every ${String(HALO)} steps is enough, and the halo's cells are computed twice`,
      "shared memory: both rods are there for all; who advances reads one and writes the other, and a barrier keeps the rounds apart",
      "messages: halos go from neighbour to neighbour, the program waits only for the end; a worker goes on when both halos of its round are there",
    ],
    mapping: "chunk i of the rod to worker i, for the whole run (static)",
  },
  takes: ["size", "exchange"],
  size: { of: "cells", usual: 200_000, least: 200, most: 4_000_000 },
  warmUpSize: 10_000,

  prepare: ({ size }) => initial(size),

  async sequential(rod, pace) {
    let now = rod.slice()
    let spare = new Float64Array(rod.length)
    const rounds = roundsOf(HALO)
    for (const [at, steps] of rounds.entries()) {
      const after = advance({ cells: now, ends: { left: true, right: true } }, steps, spare)
      ;[now, spare] = after === now ? [now, spare] : [spare, now]
      await pace.at(at / rounds.length)
    }
    return now
  },

  async parallel(rod, run) {
    const listening = run.subscribe(HEAT_TOPIC, (_, round) => run.pace.told(Number(round) / roundsOf(HALO).length))
    try {
      return await (run.exchange === "shared" ? inSharedMemory(rod, run) : byMessages(rod, run))
    } finally {
      listening()
    }
  },

  check: (rod, { sequential, parallel }) => [
    { what: "distance from the sequential version", error: distance(parallel, (i) => sequential[i] ?? NaN), within: 0 },
    {
      what: "distance from the analytic solution",
      error: distance(parallel, (i) => exact(rod.length, i, STEPS)),
      within: DISCRETISATION,
    },
  ],

  figures: () => ({ steps: STEPS, halo: HALO }),
}

async function inSharedMemory(rod: Float64Array, run: Run): Promise<Float64Array> {
  const { memory } = run
  const rods = await run.setUp(async () => {
    const both = [await sharedFloats(memory, "a", rod.length), await sharedFloats(memory, "b", rod.length)] as const
    both[0].set(rod)
    return both
  })
  const crew = await run.hire(HeatSharedChunk, { rounds: "all" })
  const chunks = partition(rod.length, crew.size, { halo: HALO })
  const rounds = roundsOf(HALO)
  await crew.each((ask, rank) => ask.diffuse({ memory, length: rod.length, chunks, rank, rounds }))
  return rods[rounds.length % 2 === 0 ? 0 : 1]
}

async function byMessages(rod: Float64Array, run: Run): Promise<Float64Array> {
  const crew = await run.hire(HeatOwnChunk, { rounds: "all" })
  const chunks = partition(rod.length, crew.size)
  // A halo comes from one neighbour, so it is no wider than the narrowest chunk.
  const rounds = roundsOf(Math.min(HALO, ...chunks.map(({ from, to }) => to - from)))
  await crew.each((ask, rank) => {
    const [left, right] = [crew.refs[rank - 1], crew.refs[rank + 1]]
    const neighbours = { ...(left === undefined ? {} : { left }), ...(right === undefined ? {} : { right }) }
    const { from = 0, to = 0 } = chunks[rank] ?? {}
    return ask.take({ cells: rod.subarray(from, to), ...neighbours, rounds })
  })
  const results = await crew.each((ask) => ask.diffuse())
  const result = new Float64Array(rod.length)
  for (const { rank, from } of chunks) result.set(results[rank] ?? [], from)
  return result
}

/** All steps, in rounds of at most so many. */
function roundsOf(steps: number): readonly number[] {
  return partition(STEPS, Math.ceil(STEPS / steps)).map(({ from, to }) => to - from)
}

function distance(rod: Float64Array, expected: (i: number) => number): number {
  let largest = 0
  for (let i = 0; i < rod.length; i++) {
    const apart = Math.abs((rod[i] as number) - expected(i))
    if (Number.isNaN(apart)) return NaN
    largest = Math.max(largest, apart)
  }
  return largest
}
