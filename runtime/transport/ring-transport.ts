// RingTransport — frames between a thread and the thread that started it: one ring of shared memory for each direction.
// Owns when it looks for frames and when it sleeps, and what waits for room. Each launch of a thread has rings of its own, so what
// an earlier one has written is never read as the next one's.
// X1  Frames keep their order. One too large for the ring goes through a message port, posted before the mark that stands for it in
//     the ring (an empty message) is written. Its memory goes with it, and comes back the same way once it is read.
// X2  What finds no room waits here, up to a bound; what is more is refused (promise M6).
// X3  A turn of the loop takes a bounded number of bytes from the ring, so that what a frame brings is handled before the next ones,
//     and timers and I/O get their turn.
// X4  At rest nothing runs: the other side rings when there is something to read, or room again.

import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads"
import { UndecodableError } from "../errors.js"
import { giveFrame, giveLarge } from "../wire/large-memory.js"
import { ring, Doorbell } from "./doorbell.js"
import { PollWindow } from "./poll-window.js"
import { DATA_BELL, makeRing, RingReader, RingWriter, ROOM_BELL } from "./ring.js"
import { costOf, type FrameReceiver, type Transport } from "./transport.js"

/** Records of one direction. */
const RING_BYTES = 1024 * 1024
/** What may wait for room. */
const HELD_BYTES = 64 * 1024 * 1024
/** What may be on its way beside the ring; a single frame may always. */
const PARCEL_BYTES = 32 * 1024 * 1024
/** Read in one turn of the loop: some 250 small messages, well below what a mailbox holds. */
const TURN_BYTES = 8 * 1024
/** A larger frame counts as this much of a turn: it has fewer messages, or larger ones, and no more than a batch has. */
const FRAME_TURN_BYTES = 2 * 1024
/** Memory larger than this does not come back. */
const RETURNED_BYTES = 8 * 1024 * 1024
const COLLECT_MS = 500
const MARK = new Uint8Array(0)

/** One side's end of the rings between two threads. */
export interface RingEnds {
  readonly inbound: SharedArrayBuffer
  readonly outbound: SharedArrayBuffer
  /** For frames that are too large for the ring. */
  readonly parcels: MessagePort
}

/** The two ends of new rings. */
export function makeRings(bytes = RING_BYTES): { readonly ours: RingEnds; readonly theirs: RingEnds } {
  const [down, up] = [makeRing(bytes), makeRing(bytes)]
  const { port1, port2 } = new MessageChannel()
  return {
    ours: { inbound: up, outbound: down, parcels: port1 },
    theirs: { inbound: down, outbound: up, parcels: port2 },
  }
}

export interface RingTransportParts {
  readonly ends: RingEnds
  readonly receive: FrameReceiver
  /** The other side has written what is no frame: nothing more can be read from it. */
  readonly broken: (error: unknown) => void
  /** Who sends here keeps the frames as well. @default false */
  readonly keepsFrames?: boolean
  /** What may wait for room, in bytes. @default 67_108_864 (64 MiB) */
  readonly heldBytes?: number
}

export class RingTransport implements Transport {
  readonly batch = "callback"
  readonly #parts: RingTransportParts
  readonly #reader: RingReader
  readonly #writer: RingWriter
  readonly #inboundWords: Int32Array
  readonly #outboundWords: Int32Array
  readonly #data: Doorbell
  readonly #room: Doorbell
  readonly #window = new PollWindow()
  #held: Uint8Array<ArrayBuffer>[] = []
  #heldBytes = 0
  /** Beside the ring and not yet taken: where the mark of each ends, and its size. */
  #parcels: { readonly position: number; readonly bytes: number }[] = []
  #parcelBytes = 0
  #collector: NodeJS.Timeout | undefined
  /** Came through the port, and their marks have not been read yet. */
  readonly #arrived: Uint8Array<ArrayBuffer>[] = []
  #open = true
  #isLooking = false
  /** When something was read or sent last, and whether there was nothing to read when it looked since. */
  #busyAt = 0
  #hasWaited = false
  readonly #look = (): void => {
    this.#isLooking = false
    if (!this.#open) return
    if (this.#readSome()) {
      // What was there at the first look needed no waiting for.
      if (this.#hasWaited) this.#window.hit()
      this.#startLooking()
    } else if (performance.now() - this.#busyAt < this.#window.msAt(this.#busyAt)) {
      this.#hasWaited = true
      this.#keepLooking()
    } else {
      this.#window.missed()
      this.#sleep()
    }
  }

  constructor(parts: RingTransportParts) {
    this.#parts = parts
    const { inbound, outbound } = parts.ends
    this.#reader = new RingReader(inbound)
    this.#writer = new RingWriter(outbound)
    this.#inboundWords = new Int32Array(inbound)
    this.#outboundWords = new Int32Array(outbound)
    this.#data = new Doorbell(inbound, DATA_BELL, () => this.#woken())
    this.#room = new Doorbell(outbound, ROOM_BELL, () => this.#sendHeld())
    this.#sleep()
  }

  send(_to: unknown, frame: Uint8Array<ArrayBuffer>): boolean {
    if (!this.#open) return false
    if (this.#held.length > 0 || !this.#write(frame)) {
      if (this.#heldBytes + costOf(frame) > (this.#parts.heldBytes ?? HELD_BYTES) && this.#held.length > 0) return false
      this.#held.push(frame)
      this.#heldBytes += costOf(frame)
      if (this.#held.length === 1) this.#sendHeld()
      return true
    }
    ring(this.#outboundWords, DATA_BELL)
    if (this.#window.isOpen) this.#startLooking()
    return true
  }

  /** Blocks this thread until what waits for room is sent, or the time is over. */
  settle(timeoutMs: number): void {
    const deadline = performance.now() + timeoutMs
    while (this.#held.length > 0) {
      const left = deadline - performance.now()
      if (left <= 0) return
      this.#room.block(left)
      this.#sendHeld()
    }
  }

  /** Reads what a side that is gone has left, and closes. */
  async finish(): Promise<void> {
    while (this.#open && this.#readSome())
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
    this.close()
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    clearTimeout(this.#collector)
    this.#data.close()
    this.#room.close()
    this.#parts.ends.parcels.close()
    this.#held = []
    this.#heldBytes = 0
  }

  // ── In ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #startLooking(): void {
    this.#busyAt = performance.now()
    this.#hasWaited = false
    if (this.#isLooking) return
    this.#data.cancel()
    this.#keepLooking()
  }

  #keepLooking(): void {
    if (this.#isLooking) return
    this.#isLooking = true
    setImmediate(this.#look)
  }

  #woken(): void {
    if (this.#isLooking) return
    const now = performance.now()
    this.#window.woken(now - this.#busyAt, now)
    if (this.#readSome()) this.#startLooking()
    else if (this.#open) this.#sleep()
  }

  #sleep(): void {
    this.#data.set()
    if (this.#reader.isEmpty) this.#data.wait()
    else this.#startLooking()
  }

  /** Gives frames to their receiver, as many as one turn takes. Returns whether there were any. */
  #readSome(): boolean {
    let bytes = 0
    let some = false
    try {
      for (;;) {
        const message = this.#reader.next()
        if (message === undefined) break
        some = true
        bytes += Math.min(message.length, FRAME_TURN_BYTES)
        if (message.length > 0) this.#parts.receive(message)
        else this.#readParcel()
        if (bytes >= TURN_BYTES || message.length === 0 || !this.#open) break
      }
    } catch (error) {
      this.close()
      this.#parts.broken(error)
      return false
    }
    if (!some) return false
    this.#reader.free()
    if (this.#reader.isHalfFree) ring(this.#inboundWords, ROOM_BELL)
    return true
  }

  /** Whoever receives a frame keeps nothing of its memory, which is given back then. */
  #readParcel(): void {
    this.#collect()
    const parcel = this.#arrived.shift()
    if (parcel === undefined) throw new UndecodableError("ring", "a mark for a frame that has not come")
    this.#parts.receive(parcel)
    const { buffer } = parcel
    if (this.#open && buffer.byteLength <= RETURNED_BYTES) this.#parts.ends.parcels.postMessage(buffer, [buffer])
  }

  /** Takes what has come through the port: frames whose marks follow in the ring, and memory of frames that were read. */
  #collect(): void {
    for (;;) {
      const came = receiveMessageOnPort(this.#parts.ends.parcels) as { readonly message: unknown } | undefined
      if (came === undefined) return
      if (came.message instanceof ArrayBuffer) giveLarge(came.message)
      else if (came.message instanceof Uint8Array) this.#arrived.push(came.message as Uint8Array<ArrayBuffer>)
      else throw new UndecodableError("ring", "what is neither a frame nor memory")
    }
  }

  // ── Out ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Writes a frame, unless there is no room for it now. */
  #write(frame: Uint8Array<ArrayBuffer>): boolean {
    const { length } = frame
    if (length > 0 && length <= this.#writer.largest) {
      const isWritten = this.#writer.write(frame)
      if (isWritten && this.#parts.keepsFrames !== true) giveFrame(frame)
      return isWritten
    }
    this.#forgetParcels()
    if (this.#parcelBytes > 0 && this.#parcelBytes + length > PARCEL_BYTES) return false
    if (!this.#writer.hasRoomFor(MARK.length)) return false
    // Memory that is mostly not the frame's is shared with other frames.
    const parcel = 2 * length > frame.buffer.byteLength ? frame : new Uint8Array(frame)
    this.#collect()
    this.#parts.ends.parcels.postMessage(parcel, [parcel.buffer])
    this.#writer.write(MARK)
    this.#parcels.push({ position: this.#writer.position, bytes: length })
    this.#parcelBytes += length
    this.#collectLater()
    return true
  }

  /** Memory that came back would stay in the port when no large frame follows. */
  #collectLater(): void {
    if (this.#collector !== undefined) return
    this.#collector = setTimeout(() => {
      this.#collector = undefined
      if (!this.#open) return
      this.#forgetParcels()
      this.#collect()
      if (this.#parcelBytes > 0) this.#collectLater()
    }, COLLECT_MS)
    this.#collector.unref()
  }

  #forgetParcels(): void {
    while (this.#parcels[0] !== undefined && this.#writer.hasPassed(this.#parcels[0].position)) {
      this.#parcelBytes -= this.#parcels[0].bytes
      this.#parcels.shift()
    }
  }

  #sendHeld(): void {
    while (this.#held.length > 0) {
      if (this.#writeHeld()) continue
      this.#room.set()
      if (this.#writeHeld()) continue
      this.#room.wait()
      return
    }
    this.#room.cancel()
  }

  /** Writes what there is room for; returns whether that was anything. */
  #writeHeld(): boolean {
    let written = 0
    for (const frame of this.#held) {
      const cost = costOf(frame)
      if (!this.#write(frame)) break
      written++
      this.#heldBytes -= cost
    }
    if (written === 0) return false
    this.#held.splice(0, written)
    ring(this.#outboundWords, DATA_BELL)
    return true
  }
}
