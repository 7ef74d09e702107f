// The other side of Node.js's own channel between processes.

import { type BareRequest, bareAnswer } from "./bare-answer.js"

/** What goes over the channel. */
export interface IpcRequest {
  readonly id: number
  readonly request: BareRequest
}

process.on("message", ({ id, request }: IpcRequest) => {
  process.send?.({ id, answer: bareAnswer(request) })
})
process.send?.("ready")
