// nact: actors as functions of state and message, on the event loop.

import { createRequire } from "node:module"

const { start: startSystem, spawn, query, dispatch, stop } = createRequire(import.meta.url)("nact")

export async function start() {
  const system = startSystem()
  const counter = spawn(system, (count = 0, { by, sender }) => {
    dispatch(sender, count + by)
    return count + by
  })
  return { ask: ({ by, data }) => query(counter, (sender) => ({ by, data, sender }), 30_000), stop: async () => stop(system) }
}
