// The worker threads of this program that live, by their thread ids: for tests that end one from outside.

import type { Worker } from "node:worker_threads"
import { afterAll, beforeAll } from "vitest"

/** Those that start from now on, while the tests of this file run. */
export function useLiveWorkers(): ReadonlyMap<number, Worker> {
  const workers = new Map<number, Worker>()
  const onWorker = (worker: Worker): void => {
    const { threadId } = worker
    workers.set(threadId, worker)
    worker.once("exit", () => workers.delete(threadId))
  }
  beforeAll(() => {
    process.on("worker", onWorker)
  })
  afterAll(() => {
    process.off("worker", onWorker)
  })
  return workers
}
