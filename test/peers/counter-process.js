// The other process of an adapter that does not start one itself.

import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

const FILE = fileURLToPath(new URL("serve.js", import.meta.url))

/** Starts it and waits until it serves. */
export async function counterProcess(adapter, options, forkOptions = {}) {
  const child = fork(FILE, [adapter, JSON.stringify(options)], forkOptions)
  const [word] = await once(child, "message")
  if (word !== "serving") throw new Error(`${adapter}: the other process says ${String(word)}`)
  return {
    child,
    async stop() {
      const ended = once(child, "exit")
      child.kill()
      await ended
    },
  }
}
