// What a pool runs when it is measured: work of a fixed number of steps, about a microsecond's or five milliseconds'.

import { task } from "../toolkit/task.js"

/** How many steps take about a microsecond here; found out once, and handed on with each task. */
export function stepsOfMicrosecond(): number {
  const steps = 20_000_000
  let best = Infinity
  for (let tries = 0; tries < 3; tries++) {
    const start = performance.now()
    work(steps)
    best = Math.min(best, performance.now() - start)
  }
  return Math.max(1, Math.round(steps / (best * 1000)))
}

/** Something that takes the same time for the same number of steps; its result is needed, or it would be left out. */
export function work(steps: number): number {
  let x = steps | 1
  for (let n = 0; n < steps; n++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0
  return x
}

export const workTask = task(import.meta.url, work)
