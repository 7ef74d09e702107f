// countdown — the first program of every course on threads: several counters, each in a unit of its own, each counting down.
// `map` waits for all of them, as `join` would.
//
//   npx troupe run countdown
//   npx troupe run countdown --placement inline      # the same time as one after another: one loop, one thread

import { task } from "../../runtime/index.js"
import type { Example } from "./harness/example.js"

const COUNTERS = 8
const PIECES = 10

/** A task: counts down from a number, in a loop that does nothing else. Answers how many steps it took. */
export const countdownFrom = task(import.meta.url, countDown)

export const countdown: Example<number, readonly number[]> = {
  explanation: {
    pattern: "task parallelism",
    consider: [
      "units: whatever counts holds its event loop, so two counters count at the same time only in two threads or processes",
      "join: whoever wants the results waits for them; whoever does not may go on, and the actors go on as well",
      "the interpreter: Python's threads take turns here, because only one of them may run at a time; threads of Node.js have an engine each",
    ],
    mapping: `${String(COUNTERS)} counters, each a message to whoever is free`,
  },
  takes: ["size", "schedule"],
  size: { of: "steps in each countdown", usual: 200_000_000, least: PIECES, most: 2_000_000_000 },
  warmUpSize: 2_000_000,

  prepare: ({ size }) => size,

  async sequential(from, pace) {
    const counted: number[] = []
    for (let counter = 0; counter < COUNTERS; counter++) {
      let steps = 0
      for (let piece = 0; piece < PIECES; piece++) {
        steps += countDown(Math.floor((from * (piece + 1)) / PIECES) - Math.floor((from * piece) / PIECES))
        await pace.at((counter + (piece + 1) / PIECES) / COUNTERS)
      }
      counted.push(steps)
    }
    return counted
  },

  async parallel(from, run) {
    const pool = await run.pool({ schedule: run.schedule })
    return pool.map(countdownFrom, new Array<number>(COUNTERS).fill(from), { signal: run.pace.signal })
  },

  check: (from, { sequential, parallel }) => [
    { what: "counters that did not reach zero", error: parallel.filter((steps) => steps !== from).length, within: 0 },
    {
      what: "counters that differ from the sequential version's",
      error: parallel.filter((steps, at) => steps !== sequential[at]).length,
      within: 0,
    },
  ],
}

function countDown(from: number): number {
  let left = from
  let steps = 0
  while (left > 0) {
    left--
    steps++
  }
  return steps
}
