// Outbox — what goes to one other host: encoded envelopes, put into one frame per turn.
// F1  Envelopes leave in the order they were posted.
// F2  A batch is flushed at the end of the turn, or sooner when it has reached its cap of bytes.
// F3  A flush throws at nobody: a way that fails has not taken the frame.

import { TooLargeError } from "../errors.js"
import type { HostId } from "../ids.js"
import { makeFrame } from "../wire/frame.js"
import type { Transport } from "./transport.js"

/** A batch of this many bytes leaves at once. */
const BATCH_BYTES = 256 * 1024
/** So does one of this many envelopes: the other side then works on it while the rest of the turn is still being written. */
const BATCH_ENVELOPES = 96
/** One message may have this many bytes; what is larger belongs into a file or shared memory. */
export const MESSAGE_BYTES = 64 * 1024 * 1024
/** What a frame may have: a batch, or one message with its head. */
export const FRAME_BYTES = MESSAGE_BYTES + 1024 * 1024

export class Outbox {
  readonly #from: HostId
  readonly #to: HostId
  readonly #transport: () => Transport | undefined
  readonly #refused: (frame: Uint8Array) => void
  #batch: Uint8Array[] = []
  #bytes = 0
  #scheduled = false
  readonly #flush = (): void => {
    this.#scheduled = false
    this.flush()
  }

  /** `refused` is given each frame that could not be sent. It must not throw. */
  constructor(route: { from: HostId; to: HostId; transport: () => Transport | undefined; refused: (frame: Uint8Array) => void }) {
    this.#from = route.from
    this.#to = route.to
    this.#transport = route.transport
    this.#refused = route.refused
  }

  /** Adds an encoded envelope. @throws {TooLargeError} */
  add(envelope: Uint8Array): void {
    if (envelope.length > MESSAGE_BYTES) throw new TooLargeError("message", envelope.length, MESSAGE_BYTES)
    if (this.#bytes + envelope.length > BATCH_BYTES) this.flush()
    this.#batch.push(envelope)
    this.#bytes += envelope.length
    if (this.#batch.length >= BATCH_ENVELOPES) this.flush()
    if (this.#scheduled || this.#batch.length === 0) return
    this.#scheduled = true
    setImmediate(this.#flush)
  }

  get isEmpty(): boolean {
    return this.#batch.length === 0
  }

  flush(): void {
    if (this.#batch.length === 0) return
    const batch = this.#batch
    this.#batch = []
    this.#bytes = 0
    const frame = makeFrame(this.#from, this.#to, batch)
    if (!this.#send(frame)) this.#refused(frame)
  }

  #send(frame: Uint8Array<ArrayBuffer>): boolean {
    try {
      return this.#transport()?.send(this.#to, frame) === true
    } catch {
      // As when the connection is closed under it. Whoever asked is told that it was not delivered.
      return false
    }
  }
}
