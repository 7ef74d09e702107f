// Switchboard — gives the threads that were started here ways of their own to each other, so that what they say does not pass here.
// Owns which of them have one, and what is in the rings to a thread that is gone. How a thread uses its ways is Siblings' business.
// A way is two lanes, one for each direction.
// B1  A thread writes to a lane after its word of that (`way-begins`), which comes here behind all that it sent by this host; that word
//     goes on to the other thread (`way-opens`) behind the same, and only then is the lane read. So nothing is overtaken.
// B2  When a thread is gone, the lanes to it are closed, and what is in them waits for its next incarnation: behind what its owner had
//     sent, before what others send by this host from then on.
// B3  The other thread is told (`way-ends`) before anything else that follows from the death: it reads the lane to its end first.
// B4  There are ways for MOST_WAYS pairs at most, and WAYS_EACH of one thread; all others go on by this host.

import type { Transferable } from "node:worker_threads"
import { INTAKE_BYTES, IntakeView } from "../actor/intake.js"
import type { HostId } from "../ids.js"
import { ring } from "./doorbell.js"
import { KEPT_LOG_BYTES, type Kept, readKept } from "./kept-log.js"
import { closeRing, RingReader, ROOM_BELL } from "./ring.js"
import { makeRings, type RingEnds } from "./ring-transport.js"

/** So many frames between two threads pass here: a question, its answer, and what shows that there is more. */
const FIRST_FRAMES = 3
const WAYS_EACH = 32
const MOST_WAYS = 128

/** What a thread keeps of what comes by its ways. */
export interface Keeping {
  readonly intake: Uint8Array
  readonly log: SharedArrayBuffer
}

/** One end of a way, as a thread is given it. */
export interface WayOffer extends Keeping {
  readonly way: number
  /** The thread at the other end. */
  readonly peer: HostId
  readonly ends: RingEnds
}

/** What had come to a thread by its ways when it died. */
export interface Beside {
  readonly intake: IntakeView
  /** How many messages for its actor have come. */
  readonly arrived: number
  readonly kept: readonly Kept[]
  /** Messages of the rings that were not read. */
  readonly unread: readonly Uint8Array<ArrayBuffer>[]
}

export interface SwitchboardParts {
  /** Tells a thread. */
  readonly tell: (host: HostId, request: "way-opens" | "way-rests" | "way-ends", way: number) => void
  /** Takes what was in the ring to a thread that is gone, when that was not to be had yet as it died. */
  readonly late: (host: HostId, unread: readonly Uint8Array<ArrayBuffer>[]) => void
}

/** One direction of a way. */
interface Lane {
  readonly from: HostId
  readonly to: HostId
  readonly memory: SharedArrayBuffer
  /** The word of its writer has passed here. */
  hasBegun: boolean
  /** Its reader is gone. */
  isClosed: boolean
  /** Its writer is gone. */
  isOver: boolean
}

interface Thread {
  readonly hand: (value: object, transfer: readonly Transferable[]) => void
  keeping: Keeping | undefined
  /** Frames that passed here, by the other thread, until there is a way. */
  readonly frames: Map<HostId, number>
  /** Its ways, by the other thread. */
  readonly ways: Map<HostId, number>
  isReady: boolean
}

export class Switchboard {
  readonly #parts: SwitchboardParts
  readonly #threads = new Map<HostId, Thread>()
  /** By their ways; a lane is here until its reader has read it, or is gone. */
  readonly #lanes = new Map<number, readonly Lane[]>()
  #nextWay = 1

  constructor(parts: SwitchboardParts) {
    this.#parts = parts
  }

  /** A thread is launched; `hand` gives it what is no bytes, in line with all else. */
  launched(host: HostId, hand: Thread["hand"]): void {
    this.#threads.set(host, { hand, keeping: undefined, frames: new Map(), ways: new Map(), isReady: false })
  }

  ready(host: HostId): void {
    const thread = this.#threads.get(host)
    if (thread !== undefined) thread.isReady = true
  }

  /** What a thread has of messages that came by its ways; undefined while it has none. */
  intakeOf(host: HostId): IntakeView | undefined {
    const intake = this.#threads.get(host)?.keeping?.intake
    return intake === undefined ? undefined : new IntakeView(intake)
  }

  /** A frame has passed here from one thread to another. */
  passed(from: HostId, to: HostId): void {
    const [one, other] = [this.#threads.get(from), this.#threads.get(to)]
    if (one === undefined || other === undefined || from === to || one.ways.has(to)) return
    const frames = (one.frames.get(to) ?? 0) + 1
    one.frames.set(to, frames)
    other.frames.set(from, frames)
    if (frames < FIRST_FRAMES || !one.isReady || !other.isReady) return
    if (one.ways.size >= WAYS_EACH || other.ways.size >= WAYS_EACH || this.#lanes.size >= MOST_WAYS) return
    const way = this.#nextWay++
    const { ours, theirs } = makeRings()
    this.#lanes.set(way, [lane(from, to, ours.outbound), lane(to, from, theirs.outbound)])
    offer(one, { way, peer: to, ends: ours })
    offer(other, { way, peer: from, ends: theirs })
  }

  /** A thread writes to its lane from now on. */
  begins(from: HostId, way: number): void {
    const begun = this.#lanes.get(way)?.find((each) => each.from === from)
    if (begun === undefined || begun.hasBegun) return
    begun.hasBegun = true
    if (!begun.isClosed) {
      this.#parts.tell(begun.to, "way-opens", way)
      return
    }
    this.#forget(way, begun)
    this.#parts.late(begun.to, readUnread(begun.memory, undefined))
  }

  /** A thread goes: it writes nothing more to its lane, and what it sends now comes by this host. */
  rests(from: HostId, way: number): void {
    const left = this.#lanes.get(way)?.find((each) => each.from === from)
    if (left?.isClosed === false) this.#parts.tell(left.to, "way-rests", way)
  }

  /** A thread has read its lane to the end. */
  read(to: HostId, way: number): void {
    const over = this.#lanes.get(way)?.find((each) => each.to === to)
    if (over !== undefined) this.#forget(way, over)
  }

  /** A thread is gone, and all it has sent by this host was read. Returns what it had not read or not settled, unless it had no ways. */
  died(host: HostId): Beside | undefined {
    const thread = this.#threads.get(host)
    this.#threads.delete(host)
    for (const other of this.#threads.values()) other.frames.delete(host)
    const keeping = thread?.keeping
    if (thread === undefined || keeping === undefined) return undefined
    const kept = readKept(keeping.log)
    const unread: Uint8Array<ArrayBuffer>[] = []
    for (const [way, lanes] of this.#lanes) {
      for (const each of lanes) {
        if (each.from === host) this.#end(way, each)
        else if (each.to === host) unread.push(...this.#close(way, each, kept))
      }
    }
    for (const [peer, way] of thread.ways) {
      if (this.#threads.get(peer)?.ways.delete(host) === true) this.#parts.tell(peer, "way-ends", way)
    }
    const intake = new IntakeView(keeping.intake)
    return { intake, arrived: Math.max(intake.arrived, kept.at(-1)?.end ?? 0), kept, unread }
  }

  /** The writer of a lane is gone: its word that has not come never will. */
  #end(way: number, over: Lane): void {
    over.isOver = true
    if (over.isClosed) this.#forget(way, over)
  }

  /** What is in a lane whose reader is gone; nothing while its writer's word is still to come, for what came before that goes first. */
  #close(way: number, over: Lane, kept: readonly Kept[]): readonly Uint8Array<ArrayBuffer>[] {
    closeRing(over.memory)
    ring(new Int32Array(over.memory), ROOM_BELL)
    over.isClosed = true
    if (!over.hasBegun && !over.isOver) return []
    this.#forget(way, over)
    return over.hasBegun ? readUnread(over.memory, kept.findLast((each) => each.way === way)?.position) : []
  }

  #forget(way: number, over: Lane): void {
    const left = (this.#lanes.get(way) ?? []).filter((each) => each !== over)
    if (left.length > 0) this.#lanes.set(way, left)
    else this.#lanes.delete(way)
  }
}

function lane(from: HostId, to: HostId, memory: SharedArrayBuffer): Lane {
  return { from, to, memory, hasBegun: false, isClosed: false, isOver: false }
}

function offer(thread: Thread, { way, peer, ends }: Omit<WayOffer, keyof Keeping>): void {
  thread.keeping ??= {
    intake: new Uint8Array(new SharedArrayBuffer(INTAKE_BYTES)),
    log: new SharedArrayBuffer(KEPT_LOG_BYTES),
  }
  thread.ways.set(peer, way)
  thread.frames.delete(peer)
  thread.hand({ way, peer, ends, ...thread.keeping } satisfies WayOffer, [ends.parcels])
}

/** The messages of a closed ring that its reader has not taken; `taken`: it had those up to a position, whatever the ring says. */
function readUnread(memory: SharedArrayBuffer, taken: number | undefined): readonly Uint8Array<ArrayBuffer>[] {
  const reader = new RingReader(memory, taken)
  const unread: Uint8Array<ArrayBuffer>[] = []
  for (let message = reader.next(); message !== undefined; message = reader.next()) unread.push(new Uint8Array(message))
  return unread
}
