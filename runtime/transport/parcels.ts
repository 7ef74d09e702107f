// Parcels — what goes beside a ring, through a message port: frames that are too large for the ring, and what is no bytes at all.
// Owns what is on its way there and what has come. The marks that stand for them in the ring are the transport's.
// P1  A parcel is posted before its mark is written, so it is there when the mark is read, and marks and parcels have one order.
// P2  The memory of a frame goes with it, and comes back the same way once it is read.

import { type MessagePort, receiveMessageOnPort, type Transferable } from "node:worker_threads"
import { UndecodableError } from "../errors.js"
import { giveLarge } from "../wire/large-memory.js"

/** What may be on its way; a single frame may always. */
const PARCEL_BYTES = 32 * 1024 * 1024
/** Memory larger than this does not come back. */
const RETURNED_BYTES = 8 * 1024 * 1024
const COLLECT_MS = 500

/** What is no bytes, ports above all, and what of it is given away. */
export class Handed {
  readonly value: object
  readonly transfer: readonly Transferable[]

  constructor(value: object, transfer: readonly Transferable[]) {
    this.value = value
    this.transfer = transfer
  }
}

export class Parcels {
  readonly #port: MessagePort
  /** Whether the other side has freed all of the ring up to a position. */
  readonly #hasPassed: (position: number) => boolean
  /** Not yet taken: where the mark of each ends, and its size. */
  #onTheirWay: { readonly position: number; readonly bytes: number }[] = []
  #bytes = 0
  #collector: NodeJS.Timeout | undefined
  /** Came through the port, and their marks have not been read yet. */
  readonly #arrived: (Uint8Array<ArrayBuffer> | { readonly handed: object })[] = []
  #isOpen = true

  constructor(port: MessagePort, hasPassed: (position: number) => boolean) {
    this.#port = port
    this.#hasPassed = hasPassed
  }

  /** Whether a frame of so many bytes may be posted now. */
  hasRoomFor(bytes: number): boolean {
    this.#forgetTaken()
    return this.#bytes === 0 || this.#bytes + bytes <= PARCEL_BYTES
  }

  /** Posts a frame, whose memory is gone then. */
  post(frame: Uint8Array<ArrayBuffer>): void {
    // Memory that is mostly not the frame's is shared with other frames.
    const parcel = 2 * frame.length > frame.buffer.byteLength ? frame : new Uint8Array(frame)
    this.#collect()
    this.#port.postMessage(parcel, [parcel.buffer])
  }

  hand({ value, transfer }: Handed): void {
    this.#port.postMessage({ handed: value }, transfer)
  }

  /** The mark of a frame was written, up to that position. */
  marked(position: number, bytes: number): void {
    this.#onTheirWay.push({ position, bytes })
    this.#bytes += bytes
    this.#collectLater()
  }

  /** What the next mark stands for. @throws {UndecodableError} */
  take(): Uint8Array<ArrayBuffer> | { readonly handed: object } {
    this.#collect()
    const parcel = this.#arrived.shift()
    if (parcel === undefined) throw new UndecodableError("ring", "a mark for a frame that has not come")
    return parcel
  }

  /** A frame was read: its memory goes back. */
  giveBack({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (this.#isOpen && buffer.byteLength <= RETURNED_BYTES) this.#port.postMessage(buffer, [buffer])
  }

  close(): void {
    this.#isOpen = false
    clearTimeout(this.#collector)
    this.#port.close()
  }

  /** Takes what has come through the port: frames whose marks follow in the ring, and memory of frames that were read. */
  #collect(): void {
    for (;;) {
      const came = receiveMessageOnPort(this.#port) as { readonly message: unknown } | undefined
      if (came === undefined) return
      const { message } = came
      if (message instanceof ArrayBuffer) giveLarge(message)
      else if (message instanceof Uint8Array) this.#arrived.push(message as Uint8Array<ArrayBuffer>)
      else if (isHanded(message)) this.#arrived.push(message)
      else throw new UndecodableError("ring", "what is neither a frame nor memory")
    }
  }

  /** Memory that came back would stay in the port when no large frame follows. */
  #collectLater(): void {
    if (this.#collector !== undefined) return
    this.#collector = setTimeout(() => {
      this.#collector = undefined
      if (!this.#isOpen) return
      this.#forgetTaken()
      this.#collect()
      if (this.#bytes > 0) this.#collectLater()
    }, COLLECT_MS)
    this.#collector.unref()
  }

  #forgetTaken(): void {
    while (this.#onTheirWay[0] !== undefined && this.#hasPassed(this.#onTheirWay[0].position)) {
      this.#bytes -= this.#onTheirWay[0].bytes
      this.#onTheirWay.shift()
    }
  }
}

function isHanded(message: unknown): message is { readonly handed: object } {
  return typeof message === "object" && message !== null && "handed" in message
}
