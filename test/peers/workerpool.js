// workerpool: a pool of threads or processes; one worker, so that there is one counter.

import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"

export async function startWorkerpool(workerType) {
  const { pool } = createRequire(import.meta.url)("workerpool")
  const workers = pool(fileURLToPath(new URL("workerpool-counter.cjs", import.meta.url)), {
    minWorkers: 1,
    maxWorkers: 1,
    workerType,
  })
  return { ask: (message) => workers.exec("increment", [message]), stop: () => workers.terminate(true) }
}
