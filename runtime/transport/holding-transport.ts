// HoldingTransport — keeps frames for a host that is being started again, and hands them over when it is ready (promise S7).

import type { HostId } from "../ids.js"
import type { Transport } from "./transport.js"

/** Held at most for one host; what is more is refused, and its asks fail as not delivered. */
const HELD_BYTES = 16 * 1024 * 1024

export class HoldingTransport implements Transport {
  #held: { to: HostId; frame: Uint8Array<ArrayBuffer> }[] = []
  #bytes = 0
  #open = true

  send(to: HostId, frame: Uint8Array<ArrayBuffer>): boolean {
    if (!this.#open || this.#bytes + frame.length > HELD_BYTES) return false
    this.#held.push({ to, frame })
    this.#bytes += frame.length
    return true
  }

  /** Passes on what is held, in order. Returns the frames that the next transport did not take. */
  handOver(next: Transport | undefined): Uint8Array[] {
    this.#open = false
    const refused: Uint8Array[] = []
    for (const { to, frame } of this.#held) if (next?.send(to, frame) !== true) refused.push(frame)
    this.#held = []
    return refused
  }

  close(): void {
    this.#open = false
  }
}
