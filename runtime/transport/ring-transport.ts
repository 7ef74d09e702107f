// RingTransport — frames between two threads of one program: one ring of shared memory for each direction.
// Owns when it looks for frames and when it sleeps, and what waits for room. Each launch of a thread has rings of its own, so what
// an earlier one has written is never read as the next one's.
// X1  Frames keep their order. One too large for the ring goes through a message port, and a mark stands for it in the ring (Parcels).
// X2  What finds no room waits here, up to a bound; what is more is refused (promise M6).
// X3  A turn of the loop takes a bounded number of bytes from the ring, so that what a frame brings is handled before the next ones,
//     and timers and I/O get their turn.
// X4  At rest nothing runs: the other side rings when there is something to read, or room again.
// X5  Once the ring out is closed, or left, what waits and what follows goes another way, in order. What was written before was read.

import { MessageChannel, type MessagePort } from "node:worker_threads"
import { readClock } from "../time/wall-clock.js"
import { giveFrame } from "../wire/large-memory.js"
import { ring, Doorbell } from "./doorbell.js"
import { Handed, Parcels } from "./parcels.js"
import { PollWindow } from "./poll-window.js"
import { DATA_BELL, makeRing, RingReader, RingWriter, ROOM_BELL } from "./ring.js"
import { costOf, type FrameReceiver, type Transport } from "./transport.js"

/** Records of one direction. */
const RING_BYTES = 1024 * 1024
/** What may wait for room. */
const HELD_BYTES = 64 * 1024 * 1024
/** Read in one turn of the loop: some 250 small messages, well below what a mailbox holds. */
const TURN_BYTES = 8 * 1024
/** A larger frame counts as this much of a turn: it has fewer messages, or larger ones, and no more than a batch has. */
const FRAME_TURN_BYTES = 2 * 1024
/** How often one look looks, some two microseconds long in all: it sees sooner what comes meanwhile than one by one turn of the loop. */
const LOOKS = 400
const MARK = new Uint8Array(0)
/** A mark that says what it stands for begins with this; no frame does. */
const MARK_BYTE = 0

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

/** Where frames go once nobody reads the ring any more. */
export interface Detour {
  /** Takes a frame that was not sent. */
  readonly send: (frame: Uint8Array<ArrayBuffer>) => void
  /** Told of a large frame whose memory was given away, and whose mark came too late: the head of it. */
  readonly lost: (head: Uint8Array) => void
  /** As much of a frame as says what it holds: it stands in the mark of a large one, for whoever reads in place of the reader. */
  readonly headOf: (frame: Uint8Array) => Uint8Array
}

/** Told before the frames of one turn of the loop are received, and behind them. */
export interface Turn {
  readonly begins: () => void
  readonly ends: () => void
}

export interface RingTransportParts {
  readonly ends: RingEnds
  readonly receive: FrameReceiver
  /** Takes what the other side has handed over. @default nothing is */
  readonly handed?: (value: object) => void
  /** The other side has written what is no frame: nothing more can be read from it. */
  readonly broken: (error: unknown) => void
  /** @default the ring out is never closed */
  readonly detour?: Detour
  /** Whether it reads from the beginning. @default true */
  readonly reads?: boolean
  /** Who sends here keeps the frames as well. @default false */
  readonly keepsFrames?: boolean
  /** @default nobody is told */
  readonly turn?: Turn
  /** What may wait for room, in bytes. @default 67_108_864 (64 MiB) */
  readonly heldBytes?: number
}

/** What a mark says it stands for; undefined for a message that is no mark. */
export function headInMark(message: Uint8Array): Uint8Array | undefined {
  return message[0] === MARK_BYTE ? message.subarray(1) : undefined
}

/** How many of this thread's transports are looking. */
let looking = 0

export class RingTransport implements Transport {
  readonly batch = "callback"
  readonly #parts: RingTransportParts
  readonly #reader: RingReader
  readonly #writer: RingWriter
  readonly #inboundWords: Int32Array
  readonly #outboundWords: Int32Array
  readonly #data: Doorbell
  readonly #room: Doorbell
  readonly #parcels: Parcels
  readonly #window = new PollWindow()
  #held: (Uint8Array<ArrayBuffer> | Handed)[] = []
  #heldBytes = 0
  #open = true
  /** Nothing is written any more. */
  #isOutOver = false
  #pauses: number
  #isLooking = false
  /** When something was read or sent last, as the first look after that tells, and whether it has looked in vain since. */
  #busyAt = 0
  #hasWaited = false
  #isLastLook = false
  readonly #look = (): void => {
    this.#isLooking = false
    looking--
    if (!this.#open) return
    const isLast = this.#isLastLook
    // Before it is known whether that is needed: there is time for it now, and none when something has come.
    if (!isLast) this.#keepLooking()
    // What was there at the first look needed no waiting for.
    const hasWaited = this.#reader.isEmpty || this.#hasWaited
    if (looking <= 1 && this.#window.isOpen) this.#reader.look(LOOKS)
    if (this.#readSome()) {
      if (hasWaited) this.#window.hit()
      this.#startLooking()
      return
    }
    const now = readClock()
    if (!this.#hasWaited) this.#busyAt = now
    this.#hasWaited = true
    if (isLast) {
      this.#window.missed()
      this.#sleep()
    } else this.#isLastLook = now - this.#busyAt >= this.#window.msAt(this.#busyAt)
  }

  constructor(parts: RingTransportParts) {
    this.#parts = parts
    const { inbound, outbound, parcels } = parts.ends
    this.#reader = new RingReader(inbound)
    this.#writer = new RingWriter(outbound)
    this.#inboundWords = new Int32Array(inbound)
    this.#outboundWords = new Int32Array(outbound)
    this.#parcels = new Parcels(parcels, (position) => this.#writer.hasPassed(position))
    this.#data = new Doorbell(inbound, DATA_BELL, () => this.#woken())
    this.#room = new Doorbell(outbound, ROOM_BELL, () => this.#sendHeld())
    this.#pauses = parts.reads === false ? 1 : 0
    this.#sleep()
  }

  /** Whether frames wait for room. */
  get holds(): boolean {
    return this.#held.length > 0
  }

  /** Where the frame at hand ends in the ring. */
  get position(): number {
    return this.#reader.position
  }

  send(_to: unknown, frame: Uint8Array<ArrayBuffer>): boolean {
    if (!this.#open) return false
    if (this.#held.length > 0 || !this.#write(frame)) {
      if (this.#isLeft()) {
        this.#parts.detour?.send(frame)
        return this.#parts.detour !== undefined
      }
      if (this.#heldBytes + costOf(frame) > (this.#parts.heldBytes ?? HELD_BYTES) && this.#held.length > 0) return false
      this.#hold(frame)
      return true
    }
    this.#announce()
    return true
  }

  /** Hands over what is no bytes, in line with the frames. */
  hand(value: object, transfer: Handed["transfer"]): void {
    if (!this.#open) return
    const handed = new Handed(value, transfer)
    if (this.#held.length > 0 || !this.#write(handed)) this.#hold(handed)
    else this.#announce()
  }

  /** Writes nothing more: what waits for room, and what comes now, makes its detour. */
  leave(): void {
    if (this.#isOutOver) return
    this.#isOutOver = true
    this.#room.close()
    const held = this.#held
    this.#held = []
    this.#heldBytes = 0
    for (const item of held) if (!(item instanceof Handed)) this.#parts.detour?.send(item)
  }

  /** Reads nothing until as many calls of `resume` have followed. */
  pause(): void {
    this.#pauses++
  }

  resume(): void {
    if (--this.#pauses === 0 && this.#open) this.#startLooking()
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

  /** Reads all that was written by now. */
  async readAll(): Promise<void> {
    const end = this.#reader.written
    while (this.#open && !this.#reader.hasCome(end) && this.#readSome())
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
  }

  /** Reads what a side that is gone has left, and closes. */
  async finish(): Promise<void> {
    await this.readAll()
    this.close()
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#data.close()
    this.#room.close()
    this.#parcels.close()
    this.#held = []
    this.#heldBytes = 0
  }

  // ── In ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #startLooking(): void {
    this.#hasWaited = false
    this.#isLastLook = !this.#window.isOpen
    if (this.#isLooking) return
    this.#data.cancel()
    this.#keepLooking()
  }

  #keepLooking(): void {
    if (this.#isLooking) return
    this.#isLooking = true
    looking++
    setImmediate(this.#look)
  }

  #woken(): void {
    if (this.#isLooking) return
    const now = readClock()
    this.#window.woken(now - this.#busyAt, now)
    if (this.#readSome()) this.#startLooking()
    else if (this.#open) this.#sleep()
  }

  #sleep(): void {
    if (this.#pauses > 0) return
    this.#data.set()
    if (this.#reader.isEmpty) this.#data.wait()
    else this.#startLooking()
  }

  /** Gives frames to their receiver, as many as one turn takes. Returns whether there were any. */
  #readSome(): boolean {
    let bytes = 0
    let some = false
    try {
      while (this.#pauses === 0) {
        const message = this.#reader.next()
        if (message === undefined) break
        if (!some) this.#parts.turn?.begins()
        some = true
        bytes += Math.min(message.length, FRAME_TURN_BYTES)
        const isMark = message.length === 0 || (this.#parts.detour !== undefined && message[0] === MARK_BYTE)
        if (isMark) this.#readParcel()
        else this.#parts.receive(message)
        if (bytes >= TURN_BYTES || isMark || !this.#open) break
      }
    } catch (error) {
      this.close()
      if (some) this.#parts.turn?.ends()
      this.#parts.broken(error)
      return false
    }
    if (!some) return false
    this.#reader.free()
    if (this.#reader.isHalfFree) ring(this.#inboundWords, ROOM_BELL)
    this.#parts.turn?.ends()
    return true
  }

  /** Whoever receives a frame keeps nothing of its memory, which is given back then. */
  #readParcel(): void {
    const parcel = this.#parcels.take()
    if ("handed" in parcel) {
      this.#parts.handed?.(parcel.handed)
      return
    }
    this.#parts.receive(parcel)
    this.#parcels.giveBack(parcel)
  }

  // ── Out ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Something was written: the other side is told, and may answer soon. */
  #announce(): void {
    ring(this.#outboundWords, DATA_BELL)
    if (this.#window.isOpen) this.#startLooking()
  }

  #hold(item: Uint8Array<ArrayBuffer> | Handed): void {
    this.#held.push(item)
    this.#heldBytes += costIn(item)
    if (this.#held.length === 1) this.#sendHeld()
  }

  /** Writes a frame, unless there is no room for it now, or the ring is closed. */
  #write(item: Uint8Array<ArrayBuffer> | Handed): boolean {
    if (this.#isOutOver) return false
    if (item instanceof Handed) {
      if (!this.#writer.hasRoomFor(MARK.length)) return false
      this.#parcels.hand(item)
      return this.#writer.write(MARK)
    }
    const { length } = item
    if (length === 0 || length > this.#writer.largest) return this.#writeLarge(item)
    const isWritten = this.#writer.write(item)
    if (isWritten && this.#parts.keepsFrames !== true) giveFrame(item)
    return isWritten
  }

  /** Whether nothing is written any more, after something was not. */
  #isLeft(): boolean {
    if (!this.#isOutOver && this.#writer.isClosed) this.leave()
    return this.#isOutOver
  }

  #writeLarge(frame: Uint8Array<ArrayBuffer>): boolean {
    const { length } = frame
    const { detour } = this.#parts
    const mark = detour === undefined ? MARK : markOf(detour.headOf(frame))
    if (!this.#parcels.hasRoomFor(length) || !this.#writer.hasRoomFor(mark.length) || this.#writer.isClosed) return false
    this.#parcels.post(frame)
    if (this.#writer.write(mark)) this.#parcels.marked(this.#writer.position, length)
    else detour?.lost(mark.subarray(1))
    return true
  }

  #sendHeld(): void {
    while (this.#held.length > 0) {
      if (this.#writeHeld()) continue
      this.#room.set()
      if (this.#writeHeld()) continue
      if (this.#isLeft()) return
      this.#room.wait()
      return
    }
    this.#room.cancel()
  }

  /** Writes what there is room for; returns whether that was anything. */
  #writeHeld(): boolean {
    let written = 0
    for (const item of this.#held) {
      const cost = costIn(item)
      if (!this.#write(item)) break
      written++
      this.#heldBytes -= cost
    }
    if (written === 0) return false
    this.#held.splice(0, written)
    ring(this.#outboundWords, DATA_BELL)
    return true
  }
}

function costIn(item: Uint8Array | Handed): number {
  return item instanceof Handed ? 0 : costOf(item)
}

function markOf(head: Uint8Array): Uint8Array {
  const mark = new Uint8Array(1 + head.length)
  mark.set(head, 1)
  return mark
}
