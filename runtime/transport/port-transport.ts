// PortTransport — frames over a message port, between a thread and the thread that started it.

import type { MessagePort, Worker } from "node:worker_threads"
import type { FrameReceiver, Transport } from "./transport.js"

/** Either end of a thread's channel. */
export type Port = Pick<MessagePort | Worker, "postMessage" | "on" | "off">

export class PortTransport implements Transport {
  readonly #port: Port
  readonly #onMessage: (message: unknown) => void
  #open = true

  constructor(port: Port, receive: FrameReceiver) {
    this.#port = port
    this.#onMessage = (message) => {
      if (message instanceof Uint8Array) receive(message)
    }
    port.on("message", this.#onMessage)
  }

  send(_to: unknown, frame: Uint8Array<ArrayBuffer>): boolean {
    if (!this.#open) return false
    this.#port.postMessage(frame, [frame.buffer])
    return true
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#port.off("message", this.#onMessage)
  }
}
