// Outbox — what goes to one other host: encoded envelopes, put into one frame per turn.
// F1  Envelopes leave in the order they were posted.
// F2  A batch is flushed when its transport would have it: at the end of the turn or of the callback; or sooner when it has reached its cap.
// F3  A flush throws at nobody: a way that fails has not taken the frame.

import type { HostId } from "../ids.js"
import { type Cargo, makeFrame } from "../wire/frame.js"
import type { Transport } from "./transport.js"

/** A batch of this many bytes leaves at once. */
const BATCH_BYTES = 256 * 1024
/** So does one of this many envelopes: the other side then works on it while the rest of the turn is still being written. */
const BATCH_ENVELOPES = 96

/** What an envelope is, as its cargo counts it. */
export const TELL = 1
/** For the actor that its host was made for. */
export const ROOT = 2

export interface OutboxParts {
  readonly from: HostId
  readonly to: HostId
  /** When the next batch is to leave. */
  readonly batch: () => Transport["batch"]
  /** Given each frame; what becomes of it is not this one's business any more. */
  readonly leave: (frame: Uint8Array<ArrayBuffer>, cargo: Cargo) => void
}

export class Outbox {
  readonly #parts: OutboxParts
  #batch: Uint8Array[] = []
  #bytes = 0
  #first = 0
  #last = 0
  #tells = 0
  #roots = 0
  #scheduled = false
  readonly #flush = (): void => {
    this.#scheduled = false
    this.flush()
  }

  constructor(parts: OutboxParts) {
    this.#parts = parts
  }

  /** Adds an encoded envelope: of the ask with that number, or 0; `traits` are TELL and ROOT. */
  add(envelope: Uint8Array, ask = 0, traits = 0): void {
    if (this.#bytes + envelope.length > BATCH_BYTES) this.flush()
    this.#batch.push(envelope)
    this.#bytes += envelope.length
    if (ask !== 0) {
      if (this.#first === 0) this.#first = ask
      this.#last = ask
    }
    if ((traits & TELL) !== 0) this.#tells++
    if ((traits & ROOT) !== 0) this.#roots++
    if (this.#batch.length >= BATCH_ENVELOPES) this.flush()
    if (this.#scheduled || this.#batch.length === 0) return
    this.#scheduled = true
    if (this.#parts.batch() === "callback") process.nextTick(this.#flush)
    else setImmediate(this.#flush)
  }

  get isEmpty(): boolean {
    return this.#batch.length === 0
  }

  flush(): void {
    if (this.#batch.length === 0) return
    const batch = this.#batch
    const span = this.#first === 0 ? 0 : this.#last - this.#first + 1
    const cargo: Cargo = { last: this.#last, span, tells: this.#tells, roots: this.#roots }
    this.#batch = []
    this.#bytes = this.#first = this.#last = this.#tells = this.#roots = 0
    this.#parts.leave(makeFrame(this.#parts, batch, cargo), cargo)
  }
}
