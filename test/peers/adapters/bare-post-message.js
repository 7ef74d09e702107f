// Node.js's own worker and postMessage, with a number per request.

import { once } from "node:events"
import { Worker } from "node:worker_threads"

const SOURCE = `
  const { parentPort } = require("node:worker_threads")
  let count = 0
  parentPort.on("message", ({ id, by }) => parentPort.postMessage({ id, value: (count += by) }))
`

export async function start() {
  const worker = new Worker(SOURCE, { eval: true })
  await once(worker, "online")
  const waiting = new Map()
  let next = 0
  worker.on("message", ({ id, value }) => {
    const resolve = waiting.get(id)
    waiting.delete(id)
    resolve(value)
  })
  return {
    ask: (message) =>
      new Promise((resolve) => {
        const id = next++
        waiting.set(id, resolve)
        worker.postMessage({ id, ...message })
      }),
    stop: () => worker.terminate(),
  }
}
