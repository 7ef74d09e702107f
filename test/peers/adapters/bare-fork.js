// Node.js's own channel between a process and one it forked, with a number per request.

import { counterProcess } from "../counter-process.js"

export async function start() {
  const counter = await counterProcess("bare-fork", {}, { serialization: "advanced" })
  const waiting = new Map()
  let next = 0
  counter.child.on("message", ({ id, value }) => {
    const resolve = waiting.get(id)
    waiting.delete(id)
    resolve?.(value)
  })
  return {
    ask: (message) =>
      new Promise((resolve) => {
        const id = next++
        waiting.set(id, resolve)
        counter.child.send({ id, ...message })
      }),
    stop: () => counter.stop(),
  }
}

export async function serve() {
  let count = 0
  process.on("message", ({ id, by }) => process.send({ id, value: (count += by) }))
}
