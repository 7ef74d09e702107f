// Suspects — which tasks a worker that has died may have died of, from what it had in hand and what it had marked last.

import type { Mark } from "./task-mark.js"

/** A batch that a worker had; those before `first` are settled. */
export interface BatchLeft<T> {
  readonly number: number
  readonly tasks: readonly T[]
  readonly first: number
}

/**
 * Pure. When there is one, it was that one; when there are several, any of them may have been it; tasks that are not among them were not.
 * Batches are in the order in which they were handed over.
 */
export function suspectsOf<T>(batches: readonly BatchLeft<T>[], mark: Mark | undefined): Set<T> {
  const place = batches.findIndex(({ number }) => number === mark?.batch)
  const batch = batches[place]
  // It had come no further than to take the first of them in.
  if (batch === undefined || mark === undefined) return new Set(left(batches[0]))
  const { tasks, first } = batch
  switch (mark.type) {
    case "at":
      if (mark.offset >= first) return new Set(tasks.slice(mark.offset, mark.offset + 1))
      return new Set(left(batch))
    case "from":
      return new Set(tasks.slice(Math.max(mark.offset, first)))
    case "done":
      // It was about to answer, or to take the next batch in.
      return new Set([...tasks.slice(first, mark.offset), ...(mark.offset < tasks.length ? [] : left(batches[place + 1]))])
  }
}

function left<T>(batch: BatchLeft<T> | undefined): readonly T[] {
  return batch === undefined ? [] : batch.tasks.slice(batch.first)
}
