// Outbox — what goes to one other host: encoded envelopes, put into one frame per turn.
// F1  Envelopes leave in the order they were posted.
// F2  A batch leaves at the end of the callback that began it, or sooner when it has reached its cap. Where a frame costs much, one batch
//     of a turn leaves so, and what comes later in that turn leaves together at its end.
// F3  A large envelope leaves at once, in the memory it was packed in.
// F4  A flush throws at nobody: a way that fails has not taken the frame.

import type { HostId } from "../ids.js"
import type { Cargo } from "../wire/frame.js"
import type { Packed } from "../wire/msgpack-codec.js"
import { FrameBuilder } from "./frame-builder.js"
import type { Transport } from "./transport.js"

/** A batch of this many bytes leaves at once. */
const BATCH_BYTES = 256 * 1024
/** So does one of this many envelopes: the other side then works on it while the rest of the turn is still being written. */
const BATCH_ENVELOPES = 128

/** What an envelope is, as its cargo counts it. */
export const TELL = 1
/** For the actor that its host was made for. */
export const ROOT = 2
/** Nothing else is owed by its host: whoever asks it one thing at a time waits for the callback's end in vain. */
export const FIRST = 4

export interface OutboxParts {
  readonly from: HostId
  readonly to: HostId
  /** What a frame costs there, and so when the next batch is to leave. */
  readonly batch: () => Transport["batch"]
  /** Given each frame; what becomes of it is not this one's business any more. */
  readonly leave: (frame: Uint8Array<ArrayBuffer>, cargo: Cargo) => void
}

export class Outbox {
  readonly #parts: OutboxParts
  readonly #frame: FrameBuilder
  #first = 0
  #last = 0
  #tells = 0
  #roots = 0
  #scheduled = false
  /** In this turn of the event loop a batch has left, or is about to. */
  #hasLeft = false
  readonly #atTurnEnd = (): void => {
    this.#hasLeft = false
  }
  readonly #flush = (): void => {
    this.#scheduled = false
    this.flush()
  }
  /** Those that have something to send behind what runs now; undefined when it may be in the midst of others' callbacks. */
  static #posted: Outbox[] | undefined
  /** Node.js runs the ticks of a callback before its promises, and those of a promise behind all promises there are. */
  readonly #flushSoon = (): void => process.nextTick(this.#flush)

  constructor(parts: OutboxParts) {
    this.#parts = parts
    this.#frame = new FrameBuilder(parts)
  }

  /** Runs something from which the event loop goes on: what it posts leaves right behind it, where frames leave with their callback. */
  static sendBehind(run: () => void): void {
    const posted: Outbox[] = (Outbox.#posted = [])
    try {
      run()
    } finally {
      Outbox.#posted = undefined
      for (const outbox of posted) outbox.#flush()
    }
  }

  /** Adds an encoded envelope: of the ask with that number, or 0; `traits` are TELL, ROOT and FIRST. */
  add(envelope: Packed, ask = 0, traits = 0): void {
    const isOver = this.#frame.size + envelope.end - envelope.start > BATCH_BYTES
    // What a flush has others do may encode something, so the envelope is copied first.
    if (isOver && !envelope.isGiven) return this.#addAfterFlush(envelope, ask, traits)
    if (isOver || envelope.isGiven) this.flush()
    if (ask !== 0) {
      if (this.#first === 0) this.#first = ask
      this.#last = ask
    }
    if ((traits & TELL) !== 0) this.#tells++
    if ((traits & ROOT) !== 0) this.#roots++
    if (envelope.isGiven && this.isEmpty && this.#leaveAlone(envelope)) return
    this.#frame.add(envelope)
    if (this.#frame.count >= BATCH_ENVELOPES || ((traits & FIRST) !== 0 && this.#parts.batch() === "callback")) this.flush()
    if (!this.#scheduled && !this.isEmpty) this.#schedule()
  }

  /** How many bytes stand before an envelope that leaves alone. */
  get head(): number {
    return this.#frame.head
  }

  get isEmpty(): boolean {
    return this.#frame.count === 0
  }

  flush(): void {
    if (this.isEmpty) return
    const cargo = this.#takeCargo()
    this.#parts.leave(this.#frame.take(cargo), cargo)
  }

  #schedule(): void {
    this.#scheduled = true
    if (this.#parts.batch() === "callback") {
      if (Outbox.#posted === undefined) process.nextTick(this.#flush)
      else Outbox.#posted.push(this)
    } else if (this.#hasLeft) setImmediate(this.#flush)
    else {
      this.#hasLeft = true
      queueMicrotask(this.#flushSoon)
      setImmediate(this.#atTurnEnd)
    }
  }

  #addAfterFlush({ memory, start, end }: Packed, ask: number, traits: number): void {
    const copy: Packed = { memory: new Uint8Array(memory.subarray(start, end)), start: 0, end: end - start, isGiven: true }
    this.flush()
    this.add(copy, ask, traits)
  }

  #leaveAlone(envelope: Packed): boolean {
    const cargo = this.#cargo()
    const frame = this.#frame.takeAround(envelope, cargo)
    if (frame === undefined) return false
    this.#takeCargo()
    this.#parts.leave(frame, cargo)
    return true
  }

  #cargo(): Cargo {
    const span = this.#first === 0 ? 0 : this.#last - this.#first + 1
    return { last: this.#last, span, tells: this.#tells, roots: this.#roots }
  }

  #takeCargo(): Cargo {
    const cargo = this.#cargo()
    this.#first = this.#last = this.#tells = this.#roots = 0
    return cargo
  }
}
