// Backlog — the way to a thread, which keeps what went to the thread's own actor until it is known to be settled there.
// Owns what waits for the thread's next incarnation (promise S9). What has not left its sender waits in the sender's route.
// K1  Everything for the actor goes through here: from its owner, and what others send by way of its owner. What other threads send
//     directly comes here when the thread has died.
// K2  When the thread dies, what was never begun goes first to the next incarnation, in the order in which it came. What was begun is
//     not sent again; its asker is told by the ledger of the dead.
// K3  Kept are at most KEPT_BYTES, in frames that go through the ring, no further from what is settled than the thread's intake
//     can tell apart. Of what is beyond that the head is kept: its asks are told that they were not begun, its tells are lost.
// K4  A frame that was under way to an incarnation that died goes to the next one, like one that had come.

import type { DeadLetter } from "../actor/delivery.js"
import { INTAKE_WINDOW, IntakeView } from "../actor/intake.js"
import type { Passed } from "../actor/thread-books.js"
import { actorId, type HostId } from "../ids.js"
import type { Codec } from "../wire/codec.js"
import { type Envelope, type RefusalReason, type Refused, toWire } from "../wire/envelope.js"
import { type Cargo, copyHead, type Frame, makeFrame, readFrame, readHead, rootsIn, stampFrame } from "../wire/frame.js"
import { giveFrame } from "../wire/large-memory.js"
import { KEPT_BYTES, KEPT_FRAME_BYTES } from "./kept-log.js"
import { askerOf, type Fate } from "./outstanding.js"
import { headInMark, type RingTransport } from "./ring-transport.js"
import type { Beside } from "./switchboard.js"
import type { Transport } from "./transport.js"

/** A frame without a message for the actor is kept for the cancellations it may hold, which are short. */
export const CANCEL_BYTES = 256
/** How often it is looked whether what is kept is settled, when nothing else is sent. */
const SWEEP_MS = 1000

interface Entry {
  /** The frame, or its head alone. */
  readonly frame: Uint8Array<ArrayBuffer>
  readonly isWhole: boolean
  /** The number of its first message, and the one behind its last. */
  readonly first: number
  readonly end: number
}

type Arrived = Pick<IntakeView, "came" | "arrived">

const NONE_ARRIVED: Arrived = { came: 0, arrived: 0 }

export interface BacklogParts {
  readonly host: HostId
  readonly codec: Codec
  /** @throws {UndecodableError} */
  readonly decode: (frame: Frame) => readonly Envelope[]
  /** Tells a sender of asks that will not be handled. */
  readonly refuse: (from: HostId, refused: Refused) => void
  readonly deadLetter: (letter: DeadLetter) => void
  /** What was counted of the messages that came directly to the launch that lives. */
  readonly beside: () => Arrived | undefined
}

/** One launch of the thread. */
export interface ThreadWay {
  readonly transport: Transport & Pick<RingTransport, "hand">
  readonly intake: Uint8Array
}

export class Backlog implements Transport {
  readonly batch = "callback"
  readonly #parts: BacklogParts
  #way: Transport | undefined
  #intake: IntakeView | undefined
  #incarnation = 0
  #isReady = false
  /** All incarnations up to this one died without anybody knowing what they had begun. */
  #unknown = 0
  #entries: Entry[] = []
  #bytes = 0
  #sent = 0
  #relayed = 0
  #refused = 0
  #outlived = 0
  /** Of the launch that died last, until the next. */
  #beside: Arrived | undefined
  /** For the next incarnation. */
  #waiting: Uint8Array<ArrayBuffer>[] = []
  #waitingBytes = 0
  #sweeper: NodeJS.Timeout | undefined

  constructor(parts: BacklogParts) {
    this.#parts = parts
  }

  /** What was counted here of the messages for the actor. */
  get passed(): Passed {
    const { came = 0 } = this.#intake ?? {}
    const beside = this.#beside ?? this.#parts.beside() ?? NONE_ARRIVED
    return {
      relayed: this.#relayed + beside.arrived,
      refused: this.#refused,
      sent: this.#sent + beside.arrived,
      came: came + beside.came,
      outlived: this.#outlived,
    }
  }

  /** The thread is launched. */
  launched(incarnation: number, { transport, intake }: ThreadWay): void {
    this.#incarnation = incarnation
    this.#way = transport
    this.#intake = new IntakeView(intake)
    this.#sent = this.#outlived = 0
    this.#relayed += this.#beside?.arrived ?? 0
    this.#beside = undefined
  }

  /** Its actor is ready: what waits goes to it. */
  ready(): void {
    this.#isReady = true
    for (const frame of this.#takeWaiting()) this.#resend(frame)
  }

  /**
   * The thread is gone: what was not begun waits for the next incarnation, unless nobody knows what was. Returns whether it does.
   * Of one sender, what came directly follows what came this way.
   */
  died(begun: Fate["begun"], beside?: Beside): boolean {
    const entries = this.#entries
    const view = this.#intake
    this.#beside = beside === undefined ? undefined : { came: beside.intake.came, arrived: beside.arrived }
    this.#way = undefined
    this.#isReady = false
    this.#entries = []
    this.#bytes = 0
    clearTimeout(this.#sweeper)
    this.#sweeper = undefined
    const arrivedSince = this.#takeWaiting()
    if (begun === undefined) {
      this.#unknown = this.#incarnation
      for (const frame of arrivedSince) this.#outlived -= rootsIn(frame)
      for (const message of beside?.unread ?? []) this.#lose(headIn(message))
      return false
    }
    for (const entry of entries) this.#outlived += this.#outlive(entry, begun, view)
    for (const entry of beside?.kept ?? []) this.#outlived += this.#outlive(entry, begun, beside?.intake)
    for (const message of beside?.unread ?? []) if (!this.#takeUnread(message)) this.#lose(headIn(message))
    for (const frame of arrivedSince) this.#wait(frame)
    return true
  }

  /** What was in the way to an incarnation that is gone comes after it has died. */
  late(unread: readonly Uint8Array<ArrayBuffer>[]): void {
    for (const message of unread) {
      if (this.#takeUnread(message)) continue
      const { roots } = headIn(message)
      this.#relayed += roots
      this.#refused += roots
    }
  }

  /** No incarnation will come: what waits is settled. */
  end(): void {
    clearTimeout(this.#sweeper)
    for (const frame of this.#takeWaiting()) this.#giveBack(readFrame(frame))
  }

  // ── To the thread ───────────────────────────────────────────────────────────────────────────────────────────────

  send(to: HostId, frame: Uint8Array<ArrayBuffer>): boolean {
    if (this.#way === undefined) return false
    if (to !== this.#parts.host) return this.#way.send(to, frame)
    const roots = rootsIn(frame)
    this.#release()
    if (roots === 0 && (this.#entries.length === 0 || frame.length > CANCEL_BYTES)) return this.#way.send(to, frame)
    const isWhole =
      frame.length <= KEPT_FRAME_BYTES &&
      this.#bytes + frame.length <= KEPT_BYTES &&
      this.#sent + roots - (this.#intake?.mark ?? 0) <= INTAKE_WINDOW
    const kept = isWhole ? frame : copyHead(frame)
    if (!this.#way.send(to, frame)) return false
    this.#entries.push({ frame: kept, isWhole, first: this.#sent, end: this.#sent + roots })
    this.#bytes += kept.length
    this.#sent += roots
    this.#sweepLater()
    return true
  }

  /** Takes a frame of another host. Returns why it cannot be sent, if that is so. */
  relay(frame: Frame, bytes: Uint8Array<ArrayBuffer>): RefusalReason | undefined {
    if (frame.toIncarnation <= this.#unknown) return "superseded"
    const isForNow = frame.toIncarnation === this.#incarnation && this.#way !== undefined
    if (isForNow && (this.#isReady || frame.roots === 0)) {
      if (!this.send(frame.to, bytes)) return "overloaded"
      this.#relayed += frame.roots
      return undefined
    }
    if (this.#waitingBytes + bytes.length > KEPT_BYTES) return "overloaded"
    const { own, others } = this.#split(frame)
    const kept = this.#frameOf(frame, own)
    if (kept !== undefined) {
      this.#relayed += rootsIn(kept)
      if (this.#isReady) this.#resend(kept)
      else this.#wait(kept)
    }
    if (isForNow) {
      const rest = this.#frameOf(frame, others)
      if (rest !== undefined) this.#resend(rest)
    }
    return undefined
  }

  close(): void {
    this.#way?.close()
  }

  /** Sends a frame to the incarnation that is there. */
  #resend(frame: Uint8Array<ArrayBuffer>): void {
    const head = readFrame(frame)
    stampFrame(frame, head.fromIncarnation, this.#incarnation)
    if (this.send(this.#parts.host, frame)) return
    this.#refused += head.roots
    this.#giveBack(head)
  }

  /** Takes a message that a thread which is gone had not read; it may be the mark of one that cannot be had. Returns whether it did. */
  #takeUnread(message: Uint8Array<ArrayBuffer>): boolean {
    const head = headIn(message)
    // What is below the thread is gone with it, and what it was asked is told to its asker.
    if (head.to !== this.#parts.host) return true
    if (headInMark(message) === undefined && this.relay(readFrame(message), message) === undefined) return true
    this.#refuse(head, head)
    return false
  }

  #lose({ to, roots }: Pick<Frame, "to" | "roots">): void {
    if (to !== this.#parts.host) return
    this.#relayed += roots
    this.#outlived -= roots
  }

  // ── What is settled ─────────────────────────────────────────────────────────────────────────────────────────────

  #release(): void {
    const mark = this.#intake?.mark ?? 0
    let count = 0
    for (const entry of this.#entries) {
      if (entry.end > mark) break
      this.#bytes -= entry.frame.length
      giveFrame(entry.frame)
      count++
    }
    if (count === this.#entries.length) this.#entries = []
    else if (count > 0) this.#entries.splice(0, count)
  }

  #sweepLater(): void {
    if (this.#sweeper !== undefined) return
    this.#sweeper = setTimeout(() => {
      this.#sweeper = undefined
      this.#release()
      if (this.#entries.length > 0) this.#sweepLater()
    }, SWEEP_MS)
    this.#sweeper.unref()
  }

  // ── At a death ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Keeps of a frame what was not begun; says of the rest what nobody else does. Returns how many messages are kept. */
  #outlive(entry: Entry, begun: Readonly<Record<string, number>>, view: IntakeView | undefined): number {
    const head = readHead(entry.frame)
    const asker = askerOf(head.from, head.fromIncarnation)
    const upTo = begun[asker] ?? 0
    const own = entry.isWhole ? this.#ownOf(readFrame(entry.frame)) : undefined
    if (own === undefined) {
      this.#refuse(head, { last: head.last, span: Math.min(head.span, Math.max(0, head.last - upTo)) })
      return 0
    }
    let number = entry.first
    const survivors = own.filter((envelope) => {
      if (envelope.type === "cancel") return true
      const isSettled = number >= entry.end || view?.isSettled(number) !== false
      number++
      if (envelope.type === "ask") {
        if (envelope.id <= upTo) return false
        // It was refused, and the word of that may not have come through.
        if (isSettled) this.#refuse(head, { last: envelope.id, span: 1 })
      }
      return !isSettled
    })
    const kept = this.#frameOf(readFrame(entry.frame), survivors)
    if (kept === undefined) return 0
    this.#wait(kept)
    return rootsIn(kept)
  }

  /** The messages for the actor, with the cancellations that may be of them; and the rest. */
  #split(frame: Frame): { readonly own: readonly Envelope[]; readonly others: readonly Envelope[] } {
    const own: Envelope[] = []
    const others: Envelope[] = []
    for (const envelope of this.#parts.decode(frame))
      (isForActor(envelope) || envelope.type === "cancel" ? own : others).push(envelope)
    return { own, others }
  }

  /** Those for the actor; undefined when the sender made a frame that cannot be read. */
  #ownOf(frame: Frame): readonly Envelope[] | undefined {
    try {
      return this.#split(frame).own
    } catch {
      return undefined
    }
  }

  #frameOf(
    { from, to, fromIncarnation, toIncarnation }: Frame,
    envelopes: readonly Envelope[],
  ): Uint8Array<ArrayBuffer> | undefined {
    if (envelopes.length === 0) return undefined
    const asks = envelopes.flatMap((each) => (each.type === "ask" ? [each.id] : []))
    const [first = 0] = asks
    const last = asks.at(-1) ?? 0
    const cargo: Cargo = {
      last,
      span: asks.length === 0 ? 0 : last - first + 1,
      tells: envelopes.filter(({ type }) => type === "tell").length,
      roots: envelopes.filter(isForActor).length,
    }
    const frame = makeFrame(
      { from, to },
      envelopes.map((each) => this.#parts.codec.encode(toWire(each))),
      cargo,
    )
    stampFrame(frame, fromIncarnation, toIncarnation)
    return frame
  }

  #wait(frame: Uint8Array<ArrayBuffer>): void {
    this.#waiting.push(frame)
    this.#waitingBytes += frame.length
  }

  #takeWaiting(): readonly Uint8Array<ArrayBuffer>[] {
    const waiting = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    return waiting
  }

  #giveBack(frame: Frame): void {
    this.#refuse(frame, frame)
    for (const envelope of this.#ownOf(frame) ?? []) {
      if (envelope.type !== "tell") continue
      const id = actorId(frame.to, envelope.to)
      this.#parts.deadLetter({ actor: id, name: id, handler: envelope.handler, reason: "died" })
    }
  }

  /** What was posted is counted here; the refusal is of asks alone. */
  #refuse({ from, toIncarnation }: Pick<Frame, "from" | "toIncarnation">, { last, span }: Pick<Cargo, "last" | "span">): void {
    if (span === 0) return
    const { host, refuse } = this.#parts
    refuse(from, { host, incarnation: toIncarnation, why: "superseded", last, span, tells: 0, roots: 0 })
  }
}

function headIn(message: Uint8Array): Omit<Frame, "body"> {
  return readHead(headInMark(message) ?? message)
}

function isForActor(envelope: Envelope): boolean {
  return (envelope.type === "ask" || envelope.type === "tell") && envelope.to === 0
}
