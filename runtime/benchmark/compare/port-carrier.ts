// Bare postMessage to a worker thread.

import { once } from "node:events"
import { Worker } from "node:worker_threads"
import type { BareRequest } from "./bare-answer.js"
import { type Carrier, NotMeasured } from "./carrier.js"
import { copiedHere } from "./copy-counter.js"
import { threadCpuNs } from "./cpu-clock.js"
import type { Payload } from "./parcel.js"
import { Pending } from "./pending.js"
import type { PortAnswer, PortRequest } from "./port-entry.js"

/** @throws {NotMeasured} for a value that is to be transferred: only memory can be */
export async function portCarrier(way: PortRequest["way"], payload: Payload): Promise<Carrier> {
  if (way === "transfer" && payload.type === "value")
    throw new NotMeasured("only memory can be transferred, not a value made of objects")
  const worker = new Worker(new URL("port-entry.js", import.meta.url))
  await once(worker, "message")
  const pending = new Pending<PortAnswer>()
  worker.on("message", (answer: PortAnswer) => {
    pending.settle(answer.id, answer)
  })
  worker.on("error", (error) => {
    pending.lose(String(error))
  })
  worker.on("exit", () => {
    pending.lose("the worker thread has ended")
  })
  const ask = (request: BareRequest): Promise<PortAnswer> =>
    pending.ask((id) => {
      const memory = way === "transfer" && request.type === "take" ? [(request.body as Uint8Array).buffer as ArrayBuffer] : []
      worker.postMessage({ id, request, way } satisfies PortRequest, memory)
    })
  return {
    width: 256,
    async hand(parcel) {
      const { sequence, check, body } = parcel
      const back = await ask({ type: "take", sequence, check, body })
      if (way === "transfer") parcel.body = back.body
      return back.answer ?? -1
    },
    async cpu() {
      const { answer } = await ask({ type: "cpu" })
      return { here: threadCpuNs(), there: answer }
    },
    async copied() {
      const { answer } = await ask({ type: "copied" })
      return { here: copiedHere(), there: answer }
    },
    async close() {
      await worker.terminate()
    },
  }
}
