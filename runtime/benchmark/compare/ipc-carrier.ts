// Node.js's own channel to a forked process.

import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { BareRequest } from "./bare-answer.js"
import type { Carrier } from "./carrier.js"
import { childReady } from "./child-ready.js"
import { copiedHere } from "./copy-counter.js"
import { threadCpuNs } from "./cpu-clock.js"
import type { IpcRequest } from "./ipc-entry.js"
import { Pending } from "./pending.js"

export async function ipcCarrier(): Promise<Carrier> {
  const child = fork(fileURLToPath(new URL("ipc-entry.js", import.meta.url)), { serialization: "advanced" })
  const gone = once(child, "exit")
  await childReady(child)
  const pending = new Pending<number | undefined>()
  child.on("message", (message) => {
    const { id, answer } = message as { id: number; answer: number | undefined }
    pending.settle(id, answer)
  })
  child.on("exit", () => {
    pending.lose("the other process has ended")
  })
  const ask = (request: BareRequest): Promise<number | undefined> =>
    pending.ask((id) => {
      child.send({ id, request } satisfies IpcRequest)
    })
  return {
    width: 64,
    hand: async ({ sequence, check, body }) => (await ask({ type: "take", sequence, check, body })) ?? -1,
    cpu: async () => ({ there: await ask({ type: "cpu" }), here: threadCpuNs() }),
    copied: async () => ({ there: await ask({ type: "copied" }), here: copiedHere() }),
    async close() {
      child.kill("SIGKILL")
      await gone
    },
  }
}
