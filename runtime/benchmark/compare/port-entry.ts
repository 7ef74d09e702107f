// The other side of bare postMessage: a worker thread. Memory that was given to it goes back with the receipt.

import { parentPort } from "node:worker_threads"
import { type BareRequest, bareAnswer } from "./bare-answer.js"

/** What goes over the port. */
export interface PortRequest {
  readonly id: number
  readonly request: BareRequest
  readonly way: "clone" | "transfer"
}

export interface PortAnswer {
  readonly id: number
  readonly answer: number | undefined
  readonly body?: unknown
}

parentPort?.on("message", ({ id, request, way }: PortRequest) => {
  const answer = bareAnswer(request)
  if (way === "clone" || request.type !== "take" || !(request.body instanceof Uint8Array)) {
    parentPort?.postMessage({ id, answer } satisfies PortAnswer)
    return
  }
  const { body } = request
  parentPort?.postMessage({ id, answer, body } satisfies PortAnswer, [body.buffer as ArrayBuffer])
})
parentPort?.postMessage("ready")
