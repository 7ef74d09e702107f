// passOn — what the workers of a stage run: the stage's own task, with a watch beside it.

import { findTask, task, type TaskAddress } from "./task.js"

/** An item on its way into a stage. */
export interface Passing {
  readonly address: TaskAddress
  /** Its place in the source. */
  readonly index: number
  readonly item: unknown
}

/** What came of it, and how long that took, in milliseconds. */
export interface Passed {
  readonly index: number
  readonly value: unknown
  readonly ms: number
}

export const passOn = task(import.meta.url, async ({ address, index, item }: Passing): Promise<Passed> => {
  const run = (await findTask(address)) as (item: unknown) => unknown
  const start = performance.now()
  const value = await run(item)
  return { index, value, ms: performance.now() - start }
})
