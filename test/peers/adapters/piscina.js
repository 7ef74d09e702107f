// piscina: a pool of worker threads; one worker, so that there is one counter.

import { Piscina } from "piscina"

export async function start() {
  const pool = new Piscina({
    filename: new URL("../pool-counter.js", import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 64,
  })
  return { ask: (message) => pool.run(message), stop: () => pool.destroy() }
}
