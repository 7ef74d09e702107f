// Router — gets envelopes from this host to any other, and what arrives to whom it is for.
// Owns the ways to other hosts, the asks under way in both directions, and relaying. What an actor does with a message is
// actor/'s; what a host is told by another is its host agent's (host/).
// R1  Per receiver, envelopes keep the order in which they were posted (promise M1).
// R2  Nothing here throws into a sender: what cannot go fails its ask, or is counted and published as a dead letter.
// R3  A frame for another host passes through undecoded.

import type { DeadLetter, Target } from "../actor/delivery.js"
import { Delivery } from "../actor/delivery.js"
import { codeOf, NoActorError, NotDeliveredError, UndecodableError } from "../errors.js"
import { actorId, type ActorId, type HostId, hostOf } from "../ids.js"
import { HOST_ITSELF, type Addressee, type Envelope, fromWire, toWire } from "../wire/envelope.js"
import { decodeError, encodeError, type WireError } from "../wire/error-codec.js"
import { type Frame, readFrame } from "../wire/frame.js"
import type { Codec } from "../wire/codec.js"
import { Outbox } from "./outbox.js"
import { InboundReplies } from "./inbound-replies.js"
import { type AtWork, Outstanding } from "./outstanding.js"
import type { FrameReceiver, Transport } from "./transport.js"

/** What a router needs of its host. */
export interface RouterParts {
  readonly self: HostId
  readonly codec: Codec
  /** The local target of that number, if there is one; HOST_ITSELF is the host agent. */
  readonly local: (to: Addressee) => Target | undefined
  readonly deadLetter: (letter: DeadLetter) => void
  /** Whether a host that was started here has not ended for good. */
  readonly isBelow: (host: HostId) => boolean
  /** Told of frames and envelopes that are none. */
  readonly garbage: (error: unknown) => void
}

/** The number of an actor in its host. */
export function addresseeOf(id: ActorId): Addressee {
  return Number.parseInt(id.slice(id.lastIndexOf(":") + 1), 36)
}

const PROCESS = /-p[0-9a-z]+$/

const OFFSET_AGE_MS = 100
let offset = 0
let offsetUntil = -Infinity

/** What to add to this thread's monotonic clock for the time since 1970; looked up anew now and then, for clocks are set. */
function wallClockOffset(): number {
  const now = performance.now()
  if (now > offsetUntil) {
    offset = Date.now() - now
    offsetUntil = now + OFFSET_AGE_MS
  }
  return offset
}

export class Router {
  readonly self: HostId
  readonly #parts: RouterParts
  readonly #ways = new Map<HostId, Transport>()
  readonly #outboxes = new Map<HostId, Outbox>()
  readonly #outstanding = new Outstanding((host, id) => this.#send(host, { type: "cancel", id }))
  readonly #inbound = new InboundReplies({
    answer: (to, id, value) => this.#sendAnswer(to, id, value),
    fail: (to, id, error) => this.#sendFailure(to, id, error),
  })
  #fallback: Transport | undefined
  /** Frames or envelopes that could not be read. */
  malformed = 0
  /** Answers nobody waited for any more. */
  late = 0
  /** Called with each ask that goes out. */
  onAsk: () => void = () => undefined

  constructor(parts: RouterParts) {
    this.#parts = parts
    this.self = parts.self
  }

  /** Sets the way to a host started here, and to every host below it. */
  attach(host: HostId, transport: Transport): void {
    this.#ways.set(host, transport)
  }

  detach(host: HostId): void {
    this.#ways.delete(host)
    this.#outboxes.delete(host)
  }

  /** Sets the way to all other hosts: the parent for a thread, the bus for a program. */
  set fallback(transport: Transport | undefined) {
    this.#fallback = transport
  }

  /** Asks under way to other hosts. */
  get outstanding(): number {
    return this.#outstanding.size
  }

  /** The hosts that owe this one an answer. */
  get waitedFor(): ReadonlySet<HostId> {
    return this.#outstanding.hosts
  }

  /** Where messages for an actor of another host go. */
  target(id: ActorId, name: string): Target {
    const host = hostOf(id)
    const to = addresseeOf(id)
    if (host === this.self) return { id, accept: (delivery) => this.#deliver(to, delivery) }
    return { id, accept: (delivery) => this.#post(host, { to, name, id }, delivery) }
  }

  /** Where requests for another host itself go. */
  hostTarget(host: HostId): Target {
    const id = `${host}:host` as ActorId
    return { id, accept: (delivery) => this.#post(host, { to: HOST_ITSELF, name: `host ${host}`, id }, delivery) }
  }

  /** Takes a frame from a transport. Never throws. */
  readonly receive: FrameReceiver = (bytes) => {
    try {
      const frame = readFrame(bytes)
      if (frame.to === this.self) this.#open(frame)
      else this.#relay(frame, bytes)
    } catch (error) {
      this.malformed++
      this.#parts.garbage(error)
    }
  }

  /** Settles what waits for a host that is down, and forgets what it had asked. */
  hostDown(host: HostId, reason: string, atWork: AtWork = "perhaps"): void {
    this.#outstanding.hostDown(host, reason, atWork)
    this.#inbound.hostDown(host, reason)
    for (const [to, outbox] of this.#outboxes) {
      if ((to === host || to.startsWith(`${host}-`)) && outbox.isEmpty) this.#outboxes.delete(to)
    }
  }

  /** Settles what waits for a host of which nobody knows what has become. */
  hostLost(host: HostId, why: string): void {
    this.#outstanding.hostLost(host, why, this.self)
  }

  /** Sends what waits to be sent. */
  flush(): void {
    for (const outbox of this.#outboxes.values()) outbox.flush()
  }

  /** Fails what is under way; nothing is sent any more. */
  close(error: Error): void {
    this.flush()
    this.#outstanding.failAll(error)
    this.#ways.clear()
    this.#fallback = undefined
  }

  // ── Out ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #post(host: HostId, to: { to: Addressee; name: string; id: ActorId }, delivery: Delivery): void {
    const { reply, handler, input } = delivery
    const deadline = delivery.deadline === Infinity ? 0 : delivery.deadline + wallClockOffset()
    if (reply === undefined) {
      const error = this.#send(host, { type: "tell", to: to.to, handler, deadline, input })
      if (error !== undefined) this.#parts.deadLetter({ actor: to.id, name: to.name, handler, reason: "not-delivered", error })
      return
    }
    const id = this.#outstanding.add({ host, to: to.to, name: to.name, reply })
    this.onAsk()
    const error = this.#send(host, { type: "ask", to: to.to, id, handler, deadline, input })
    if (error !== undefined) this.#outstanding.take(id)?.fail(error)
  }

  /** Encodes now, so that what the sender does to the message afterwards is not seen; sends with the rest of the turn. */
  #send(host: HostId, envelope: Envelope): unknown {
    try {
      this.#outbox(host).add(this.#parts.codec.encode(toWire(envelope)))
      return undefined
    } catch (error) {
      return codeOf(error) === "ERR_UNENCODABLE" ? this.#faultIn(envelope, error) : error
    }
  }

  /** What is wrong with a message, with the path from the message on: whoever sent it knows of no envelope. */
  #faultIn(envelope: Envelope, error: unknown): unknown {
    try {
      this.#parts.codec.encode("input" in envelope ? envelope.input : "value" in envelope ? envelope.value : undefined)
      return error
    } catch (fault) {
      return fault
    }
  }

  #outbox(host: HostId): Outbox {
    let outbox = this.#outboxes.get(host)
    if (outbox === undefined) {
      outbox = new Outbox({
        from: this.self,
        to: host,
        transport: () => this.wayTo(host),
        refused: (frame) => this.refuse(frame),
      })
      this.#outboxes.set(host, outbox)
    }
    return outbox
  }

  /** The transport that leads to a host, if there is one. */
  wayTo(host: HostId): Transport | undefined {
    if (this.#hasEnded(host)) return undefined
    for (let at: string = host; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("-")))) {
      const way = this.#ways.get(at as HostId)
      if (way !== undefined) return way
      // A process is on the bus itself, whichever host started it.
      if (PROCESS.test(at)) break
    }
    return this.#fallback
  }

  /** Whether a host was started here, or by one that was, and its line has ended for good. */
  #hasEnded(host: HostId): boolean {
    if (!host.startsWith(`${this.self}-`)) return false
    const end = host.indexOf("-", this.self.length + 1)
    return !this.#parts.isBelow((end < 0 ? host : host.slice(0, end)) as HostId)
  }

  #relay(frame: Frame, bytes: Uint8Array): void {
    const way = this.wayTo(frame.to)
    // A copy of its own: what arrived may be a window on a larger buffer, which a port cannot move.
    if (way?.send(frame.to, new Uint8Array(bytes)) !== true) this.#refuse(frame)
  }

  /** Answers the asks of a frame that cannot reach its host; its tells are dead letters. Never throws. */
  refuse(bytes: Uint8Array): void {
    try {
      this.#refuse(readFrame(bytes))
    } catch (error) {
      this.malformed++
      this.#parts.garbage(error)
    }
  }

  #refuse(frame: Frame): void {
    const ended = this.#hasEnded(frame.to)
    for (const envelope of this.#decode(frame)) {
      if (envelope.type !== "ask" && envelope.type !== "tell") continue
      const isHost = envelope.to === HOST_ITSELF
      const id = isHost ? (`${frame.to}:host` as ActorId) : actorId(frame.to, envelope.to)
      if (envelope.type === "ask")
        this.#sendFailure(
          frame.from,
          envelope.id,
          ended ? new NoActorError(id, "it has ended") : new NotDeliveredError(id, "nobody serves its host"),
        )
      else if (!isHost) this.#parts.deadLetter({ actor: id, name: id, handler: envelope.handler, reason: "not-delivered" })
    }
  }

  // ── In ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #open(frame: Frame): void {
    const offset = wallClockOffset()
    for (const envelope of this.#decode(frame)) {
      switch (envelope.type) {
        case "tell":
        case "ask":
          this.#deliver(
            envelope.to,
            new Delivery(
              envelope.handler,
              envelope.input,
              envelope.deadline === 0 ? Infinity : envelope.deadline - offset,
              envelope.type === "ask" ? this.#inbound.add(frame.from, envelope.id) : undefined,
            ),
          )
          break
        case "answered": {
          const reply = this.#outstanding.take(envelope.id)
          if (reply === undefined) this.late++
          else reply.answer(envelope.value)
          break
        }
        case "failed": {
          const reply = this.#outstanding.take(envelope.id)
          if (reply === undefined) this.late++
          else reply.fail(decodeError(envelope.error))
          break
        }
        case "cancel":
          this.#inbound.cancel(frame.from, envelope.id)
          break
      }
    }
  }

  #decode(frame: Frame): Envelope[] {
    const batch = this.#parts.codec.decode(frame.body)
    if (!Array.isArray(batch)) throw new UndecodableError("frame", "no batch in it")
    return batch.map(fromWire)
  }

  #deliver(to: Addressee, delivery: Delivery): void {
    const target = this.#parts.local(to)
    if (target !== undefined) {
      target.accept(delivery)
      return
    }
    const id = actorId(this.self, Math.max(0, to))
    if (delivery.reply !== undefined) delivery.reply.fail(new NoActorError(id))
    else this.#parts.deadLetter({ actor: id, name: id, handler: delivery.handler, reason: "no-such-actor" })
  }

  #sendAnswer(to: HostId, id: number, value: unknown): void {
    const error = this.#send(to, { type: "answered", id, value })
    if (error !== undefined) this.#sendFailure(to, id, error)
  }

  #sendFailure(to: HostId, id: number, error: unknown): void {
    if (to === this.self) {
      this.#outstanding.take(id)?.fail(error)
      return
    }
    const wire: WireError = encodeError(error)
    this.#send(to, { type: "failed", id, error: wire })
  }
}
