// Router — gets envelopes from this host to any other, and what arrives to whom it is for.
// Owns the asks under way in both directions, and relaying. The ways to other hosts are Routes', what an actor does with a
// message is actor/'s, what a host is told by another is its host agent's (host/).
// R1  Per receiver, envelopes keep the order in which they were posted (promise M1).
// R2  Nothing here throws into a sender: what cannot go fails its ask, or is counted and published as a dead letter.
// R3  A frame for another host passes through undecoded.
// R4  A frame is opened by the incarnation it is for and by no other: what a caller was told has died is never handled.

import type { Target } from "../actor/delivery.js"
import { Delivery } from "../actor/delivery.js"
import { codeOf, NoActorError, UndecodableError } from "../errors.js"
import { actorId, type ActorId, type HostId, hostOf, parentHost } from "../ids.js"
import {
  HOST_ITSELF,
  type Addressee,
  type Envelope,
  faultIn,
  fromWire,
  type RefusalReason,
  type Refused,
  toWire,
} from "../wire/envelope.js"
import { wallClockOffset } from "../time/wall-clock.js"
import { decodeError, encodeError, type WireError } from "../wire/error-codec.js"
import { type Frame, readFrame } from "../wire/frame.js"
import { type Asker, InboundReplies } from "./inbound-replies.js"
import { ROOT, TELL } from "./outbox.js"
import { askerOf, type Fate, Outstanding } from "./outstanding.js"
import type { Route } from "./route.js"
import type { RouterParts } from "./router-parts.js"
import { Routes } from "./routes.js"
import type { FrameReceiver, Transport } from "./transport.js"

/** The number of an actor in its host. */
export function addresseeOf(id: ActorId): Addressee {
  return Number.parseInt(id.slice(id.lastIndexOf(":") + 1), 36)
}

/** What was counted here of the messages to a host's own actor. */
export type Posted = Pick<Route, "posted" | "waiting" | "refused">

const NONE_POSTED: Posted = { posted: 0, waiting: 0, refused: 0 }

export class Router {
  readonly self: HostId
  readonly #parts: RouterParts
  readonly #routes: Routes
  readonly #outstanding: Outstanding
  readonly #inbound: InboundReplies
  /** Frames or envelopes that could not be read. */
  malformed = 0
  /** Answers nobody waited for any more. */
  late = 0
  /** Frames from a dead incarnation, or for a later one than this. */
  fenced = 0
  /** Called with each ask that goes out. */
  onAsk: () => void = () => undefined

  constructor(parts: RouterParts) {
    const { self, incarnation, isBelow, locate, ledger, owner } = parts
    this.#parts = parts
    this.self = self
    this.#routes = new Routes({
      self,
      incarnation,
      isBelow,
      locate,
      leaving: () => ledger?.settle(),
      returned: (route, { frame, cargo }, why) => {
        route.waiting -= cargo.roots
        route.refused += cargo.roots
        this.#outstanding.refused(route, cargo, why)
        if (cargo.tells > 0) this.#publishTells(readFrame(frame))
      },
      superseded: (route) => this.#outstanding.died(route, "it was started again", undefined),
    })
    this.#outstanding = new Outstanding(askerOf(self, incarnation), (route, id) => {
      this.#post(route, { type: "cancel", id })
    })
    this.#inbound = new InboundReplies(
      {
        answer: (to, id, value) => this.#sendAnswer(to, id, value),
        fail: (to, id, error) => this.#sendFailure(to, id, error),
      },
      ledger,
    )
    if (owner !== undefined) this.#routes.to(owner.host).open(owner.incarnation)
  }

  /** A host is being started here. */
  expect(host: HostId, incarnation: number): void {
    this.#routes.expect(host, incarnation)
  }

  /** Sets the way to a host started here, and to every host below it. */
  attach(host: HostId, transport: Transport): void {
    this.#routes.attach(host, transport)
  }

  /** A host started here is ready for messages: what waits for it goes. */
  ready(host: HostId): void {
    this.#routes.ready(host)
  }

  /** A host started here has ended for good: what waits for it is refused. */
  detach(host: HostId): void {
    this.#routes.detach(host)
  }

  /** The incarnation of a host started here, as soon as one is ready. Rejects with NoActorError when none will be. */
  located(host: HostId): Promise<number> {
    return this.#routes.located(host)
  }

  /** What was counted of the messages to the own actor of a host started here. */
  posted(host: HostId): Posted {
    return this.#routes.find(host) ?? NONE_POSTED
  }

  /** Sets the way to all other hosts: the parent for a thread, the bus for a program. */
  set fallback(transport: Transport | undefined) {
    this.#routes.fallback = transport
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
    return { id, accept: (delivery) => this.#send(this.#routes.to(host), { to, name, id }, delivery) }
  }

  /** Where requests for another host itself go. */
  hostTarget(host: HostId): Target {
    const id = `${host}:host` as ActorId
    return {
      id,
      accept: (delivery) => this.#send(this.#routes.to(host), { to: HOST_ITSELF, name: `host ${host}`, id }, delivery),
    }
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

  /** Settles what had gone to an incarnation that is dead, and forgets what it had asked. What waits goes to the next. */
  hostDown(host: HostId, reason: string, { incarnation, begun }: Fate): void {
    this.#inbound.hostDown(host, incarnation, reason)
    const route = this.#routes.find(host)
    if (route !== undefined && route.incarnation <= incarnation) {
      this.#outstanding.died(route, reason, begun)
      this.#routes.close(route, incarnation)
    }
    for (const below of this.#routes.below(host)) {
      this.#outstanding.died(below, reason, undefined)
      this.#routes.forget(below, "ended")
    }
  }

  /** Settles what waits for a host of which nobody knows what has become. */
  hostLost(host: HostId, why: string): void {
    this.#outstanding.hostLost(host, why, this.self)
  }

  /** Sends what waits to be sent. */
  flush(): void {
    this.#routes.flush()
  }

  /** Fails what is under way; nothing is sent any more. */
  close(error: Error): void {
    this.flush()
    this.#outstanding.failAll(error)
    this.#routes.clear()
  }

  // ── Out ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #send(route: Route, to: { to: Addressee; name: string; id: ActorId }, delivery: Delivery): void {
    const { reply, handler, input } = delivery
    const deadline = delivery.deadline === Infinity ? 0 : delivery.deadline + wallClockOffset()
    const isRoot = to.to === 0
    if (isRoot) route.posted++
    let error: unknown
    if (reply === undefined) {
      error = this.#post(route, { type: "tell", to: to.to, handler, deadline, input }, 0, isRoot ? TELL | ROOT : TELL)
      if (error !== undefined) this.#parts.deadLetter({ actor: to.id, name: to.name, handler, reason: "not-delivered", error })
    } else {
      const id = this.#outstanding.add({ route, to: to.to, name: to.name, reply })
      this.onAsk()
      error = this.#post(route, { type: "ask", to: to.to, id, handler, deadline, input }, id, isRoot ? ROOT : 0)
      if (error !== undefined) this.#outstanding.take(id)?.fail(error)
    }
    if (!isRoot) return
    if (error === undefined) route.waiting++
    else route.refused++
  }

  /** Encodes now, so that what the sender does to the message afterwards is not seen; sends with the rest of the turn. */
  // One is posted per message: an options object would be one allocation more.
  // eslint-disable-next-line @typescript-eslint/max-params
  #post(route: Route, envelope: Envelope, ask = 0, traits = 0): unknown {
    try {
      route.outbox.add(this.#parts.codec.encode(toWire(envelope)), ask, traits)
      return undefined
    } catch (error) {
      return codeOf(error) === "ERR_UNENCODABLE" ? faultIn(envelope, this.#parts.codec, error) : error
    }
  }

  #relay(frame: Frame, bytes: Uint8Array): void {
    const way = this.#routes.wayTo(frame.to)
    // A copy of its own: what arrived may be a window on memory that is written again.
    if (way?.send(frame.to, new Uint8Array(bytes)) === true) return
    this.#refuse(frame, this.#routes.hasEnded(frame.to) ? "ended" : "undeliverable")
  }

  // ── What comes back ─────────────────────────────────────────────────────────────────────────────────────────────

  /** The bus found nobody where a frame was to go; the frame itself is there when it was kept. */
  undelivered(from: HostId, refused: Refused, frame: Uint8Array<ArrayBuffer> | undefined): void {
    if (from === this.self && frame !== undefined && this.#takeBack(refused, frame)) return
    this.#tellSender(from, refused)
    if (frame !== undefined) this.#publishTells(readFrame(frame))
    else for (let i = 0; i < refused.tells; i++) this.#publishTell(refused.host, HOST_ITSELF, "?")
  }

  /** Whether a frame waits again for its host. Not when its host is dead: its asks have been told so. */
  #takeBack(refused: Refused, frame: Uint8Array<ArrayBuffer>): boolean {
    const route = this.#routes.find(refused.host)
    if (
      route === undefined ||
      parentHost(route.host) === undefined ||
      route.incarnation !== refused.incarnation ||
      route.dead >= refused.incarnation
    )
      return false
    route.takeBack({ frame, cargo: refused })
    this.#routes.lose(route)
    return true
  }

  #refuse(frame: Frame, why: RefusalReason): void {
    const { from, to, toIncarnation, last, span, tells, roots } = frame
    if (span > 0 || tells > 0) this.#tellSender(from, { host: to, incarnation: toIncarnation, why, last, span, tells, roots })
    if (tells > 0) this.#publishTells(frame)
  }

  #tellSender(from: HostId, refused: Refused): void {
    if (from === this.self) this.#wasRefused(refused)
    else this.#post(this.#routes.to(from), { type: "refused", ...refused })
  }

  /** A frame that had left came back. What an incarnation did not open that is dead was counted as lost when it died. */
  #wasRefused(refused: Refused): void {
    const route = this.#routes.find(refused.host)
    if (route === undefined) return
    if (route.incarnation === refused.incarnation && route.dead < refused.incarnation) {
      route.refused += refused.roots
      if (refused.why === "superseded") this.#routes.close(route, refused.incarnation)
      else this.#routes.lose(route)
    }
    this.#outstanding.refused(route, refused, refused.why)
  }

  #publishTells(frame: Frame): void {
    for (const envelope of this.#decode(frame))
      if (envelope.type === "tell" && envelope.to !== HOST_ITSELF) this.#publishTell(frame.to, envelope.to, envelope.handler)
  }

  #publishTell(host: HostId, to: Addressee, handler: string): void {
    const id = to === HOST_ITSELF ? (`${host}:host` as ActorId) : actorId(host, to)
    this.#parts.deadLetter({ actor: id, name: id, handler, reason: "not-delivered" })
  }

  // ── In ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #open(frame: Frame): void {
    const { incarnation } = this.#parts
    if (frame.toIncarnation !== incarnation || !this.#routes.heard(frame.from, frame.fromIncarnation)) {
      if (frame.toIncarnation < incarnation) this.#refuse(frame, "superseded")
      else this.fenced++
      return
    }
    const asker = this.#inbound.asker(frame.from, frame.fromIncarnation)
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
              envelope.type === "ask" ? this.#inbound.add(asker, envelope) : undefined,
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
          this.#inbound.cancel(asker, envelope.id)
          break
        case "refused":
          this.#wasRefused(envelope)
          break
      }
    }
    if (frame.from === this.#parts.owner?.host) this.#parts.ledger?.came(frame.roots)
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

  #sendAnswer(to: Asker, id: number, value: unknown): void {
    const error = this.#reply(to, { type: "answered", id, value })
    if (error !== undefined) this.#sendFailure(to, id, error)
  }

  #sendFailure(to: Asker, id: number, error: unknown): void {
    const wire: WireError = encodeError(error)
    this.#reply(to, { type: "failed", id, error: wire })
  }

  /** An answer to an incarnation that is no more is not sent. One to a host that is not ready yet does not wait until it is. */
  #reply({ host, incarnation }: Asker, envelope: Envelope): unknown {
    const route = this.#routes.to(host)
    if (route.incarnation === 0) route.expect(incarnation)
    if (route.incarnation !== incarnation) return undefined
    if (route.isOpen) return this.#post(route, envelope)
    try {
      route.sendAhead(this.#parts.codec.encode(toWire(envelope)))
      return undefined
    } catch (error) {
      return error
    }
  }
}
