// NatsTransport — frames between processes, one NATS message per destination and turn.
// Owns the subject of this process's host and the pieces of frames larger than one message may be (promise M8).
// N1  Frames for one host keep their order: they go out on one connection, pieces included.
// N2  While the bus is away frames are held, up to a bound, and sent when it is back; what it had taken is at its mercy.
// N3  A frame for a host that nobody serves comes back: the server itself answers "no responders" on the frame's reply subject,
//     which says what was in the frame, however long ago it left and however many left since.

import type { Msg, Subscription } from "nats"
import type { BusConnection } from "../bus/bus-connection.js"
import { UndecodableError } from "../errors.js"
import { type HostId, hostId, type Prefix, processOf } from "../ids.js"
import type { Refused } from "../wire/envelope.js"
import { readHead } from "../wire/frame.js"
import { hostSubject } from "../wire/subject.js"
import { LoopPoll } from "./loop-poll.js"
import { PieceReader, pieces } from "./frame-pieces.js"
import { SentFrames } from "./sent-frames.js"
import { costOf, type FrameReceiver, type Transport } from "./transport.js"

/** Bytes that may wait to go out: what nats.js and the socket hold, and what is held while the bus is away. */
const PENDING_BYTES = 64 * 1024 * 1024
/** Room for the subject, the reply and NATS's own words in a message. */
const MARGIN = 512

export interface NatsTransportParts {
  readonly connection: BusConnection
  readonly prefix: Prefix
  readonly self: HostId
  readonly receive: FrameReceiver
  /** Told of each frame that found nobody at its host: who sent it, what was in it, and the frame itself if it was kept. */
  readonly undelivered: (from: HostId, refused: Refused, frame: Uint8Array<ArrayBuffer> | undefined) => void
  readonly garbage: (error: unknown) => void
}

export class NatsTransport implements Transport {
  readonly batch = "turn"
  readonly #parts: NatsTransportParts
  readonly #subscription: Subscription
  readonly #refusals: Subscription
  readonly #reader = new PieceReader()
  readonly #stopListening: () => void
  readonly #sent = new SentFrames()
  readonly #poll = new LoopPoll()
  #held: { to: HostId; frame: Uint8Array<ArrayBuffer> }[] = []
  #heldBytes = 0
  #nextPieces = 1
  #open = true

  constructor(parts: NatsTransportParts) {
    this.#parts = parts
    const { connection, prefix, self } = parts
    this.#subscription = connection.raw.subscribe(hostSubject(prefix, self), { callback: (_, message) => this.#receive(message) })
    this.#refusals = connection.raw.subscribe(`_${prefix}.refused.${self}.>`, {
      callback: (_, message) => this.#refused(message),
    })
    this.#stopListening = connection.onStatus((status) => {
      if (status.type === "connected") this.#sendHeld()
    })
  }

  send(to: HostId, frame: Uint8Array<ArrayBuffer>): boolean {
    const { connection } = this.#parts
    if (!this.#open || connection.pendingBytes + this.#heldBytes > PENDING_BYTES) return false
    if (!connection.isConnected) {
      this.#held.push({ to, frame })
      this.#heldBytes += costOf(frame)
      return true
    }
    this.#publish(to, frame)
    return true
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#poll.close()
    this.#stopListening()
    this.#subscription.unsubscribe()
    this.#refusals.unsubscribe()
    this.#held = []
  }

  #publish(to: HostId, frame: Uint8Array<ArrayBuffer>): void {
    const { connection, prefix } = this.#parts
    const subject = hostSubject(prefix, processOf(to))
    const reply = this.#refusalSubject(to, frame)
    const room = connection.maxPayload - MARGIN
    if (frame.length <= room) connection.raw.publish(subject, frame, { reply })
    else {
      // One refusal is enough, and the first piece is refused when any is.
      let options: { reply?: string } = { reply }
      for (const piece of pieces(frame, { room, from: this.#parts.self, id: this.#nextPieces++ })) {
        connection.raw.publish(subject, piece, options)
        options = {}
      }
    }
    connection.push()
    this.#poll.left()
  }

  #refusalSubject(to: HostId, frame: Uint8Array<ArrayBuffer>): string {
    const { prefix, self } = this.#parts
    const { from, toIncarnation, last, span, tells, roots } = readHead(frame)
    const number = span > 0 || tells > 0 ? this.#sent.add(frame) : 0
    return `_${prefix}.refused.${self}.${from}.${to}.${[toIncarnation, last, span, tells, roots, number].join(".")}`
  }

  #sendHeld(): void {
    const held = this.#held
    this.#held = []
    this.#heldBytes = 0
    for (const { to, frame } of held) this.#publish(to, frame)
  }

  // nats.js ends its reader when a callback throws, so none may.
  #receive(message: Msg): void {
    // Somebody looks whether anybody is here (nats-presence): the server has said so already.
    if (message.data.length === 0) return
    this.#poll.came()
    try {
      const frame = this.#reader.read(message.data)
      if (frame !== undefined) this.#parts.receive(frame)
    } catch (error) {
      this.#parts.garbage(error)
    }
  }

  #refused(message: Msg): void {
    try {
      // Only the server's own refusal counts: an empty message with status 503.
      if (message.headers?.code !== 503) throw new UndecodableError("refusal", "it is not the server's")
      const { prefix, self } = this.#parts
      const [from, to, ...numbers] = message.subject.slice(`_${prefix}.refused.${self}.`.length).split(".")
      const [incarnation, last, span, tells, roots, number] = numbers.map(Number) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ]
      if (numbers.length !== 6 || !numbers.every((text) => /^\d+$/.test(text)))
        throw new UndecodableError("refusal", "its subject says not what was refused")
      const refused: Refused = { host: hostId(to), incarnation, why: "undeliverable", last, span, tells, roots }
      this.#parts.undelivered(hostId(from), refused, this.#sent.take(number))
    } catch (error) {
      this.#parts.garbage(error)
    }
  }
}
