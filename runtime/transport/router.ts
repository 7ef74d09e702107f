// Router — gets envelopes from this host to any other, and what arrives to whom it is for.
// Owns the asks under way in both directions, and relaying. The ways to other hosts are Routes', what an actor does with a
// message is actor/'s, what a host is told by another is its host agent's (host/).
// R1  Per receiver, envelopes keep the order in which they were posted (promise M1).
// R2  Nothing here throws into a sender: what cannot go fails its ask, or is counted and published as a dead letter.
// R3  A frame for another host passes through undecoded.
// R4  A frame is opened by the incarnation it is for and by no other: what a caller was told has died is never handled.

import type { Target } from "../actor/delivery.js"
import { Delivery } from "../actor/delivery.js"
import { codeOf, NoActorError, NotDeliveredError } from "../errors.js"
import type { Intake } from "../actor/intake.js"
import { actorId, type ActorId, type HostId, hostOf, parentHost } from "../ids.js"
import { type Addressee, type Envelope, faultIn, fromBatch, HOST_ITSELF, toWire } from "../wire/envelope.js"
import { recentWallClockOffset, wallClockOffset } from "../time/wall-clock.js"
import { decodeError, encodeError, type WireError } from "../wire/error-codec.js"
import { ANY_INCARNATION, type Frame, readFrame } from "../wire/frame.js"
import { packQuick } from "../wire/quick-writer.js"
import { unpackQuick } from "../wire/quick-reader.js"
import type { HostLoss } from "./host-loss.js"
import { type Asker, InboundReplies } from "./inbound-replies.js"
import { FIRST, ROOT, TELL } from "./outbox.js"
import { askerOf, type Fate, Outstanding } from "./outstanding.js"
import { Returns } from "./returns.js"
import type { Route } from "./route.js"
import type { RouterParts } from "./router-parts.js"
import { Routes } from "./routes.js"
import { ThreadsBelow } from "./threads-below.js"
import type { FrameReceiver } from "./transport.js"

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
  readonly routes: Routes
  readonly returns: Returns
  readonly #outstanding: Outstanding
  readonly #inbound: InboundReplies
  readonly threads: ThreadsBelow
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
    this.routes = new Routes({
      self,
      incarnation,
      isBelow,
      locate,
      leaving: () => ledger?.settle(),
      returned: (route, held, why) => this.returns.unsent(route, held, why),
      superseded: (route) => this.#died(route, "nobody saw how", { begun: undefined }),
    })
    this.#outstanding = new Outstanding(askerOf(self, incarnation), ({ host }, id) => {
      this.#post(this.routes.to(host), { type: "cancel", id })
    })
    this.#inbound = new InboundReplies(
      {
        answer: (to, id, value) => this.#sendAnswer(to, id, value),
        fail: (to, id, error) => this.#sendFailure(to, id, error),
      },
      ledger,
    )
    this.returns = new Returns({
      self,
      routes: this.routes,
      outstanding: this.#outstanding,
      decode: (frame) => this.#decode(frame),
      send: (to, envelope) => void this.#post(this.routes.to(to), envelope),
      deadLetter: (letter) => parts.deadLetter(letter),
    })
    this.threads = new ThreadsBelow({
      routes: this.routes,
      codec: parts.codec,
      decode: (frame) => this.#decode(frame),
      refuse: (from, refused) => this.returns.tellSender(from, refused),
      deadLetter: (letter) => parts.deadLetter(letter),
      tell: (host, request, input) => this.hostTarget(host).accept(new Delivery(request, input, Infinity, undefined)),
    })
    if (owner === undefined) return
    this.routes.to(owner.host).open(owner.incarnation)
    // Room for it in the ledger, whoever else asks.
    this.#inbound.asker(owner.host, owner.incarnation).open()
  }

  /** What was counted of the messages to the own actor of a host started here. */
  posted(host: HostId): Posted {
    return this.routes.find(host) ?? NONE_POSTED
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
    return { id, accept: (delivery) => this.#send(this.routes.to(host), { to, name, id }, delivery) }
  }

  /** Where requests for another host itself go. */
  hostTarget(host: HostId): Target {
    const id = `${host}:host` as ActorId
    return {
      id,
      accept: (delivery) => this.#send(this.routes.to(host), { to: HOST_ITSELF, name: `host ${host}`, id }, delivery),
    }
  }

  /** Where a host itself is asked now, whichever incarnation of it is there: behind nothing that waits for it, and not kept for it. */
  anyTarget(host: HostId): Target {
    const name = `host ${host}`
    return { id: `${host}:host` as ActorId, accept: (delivery) => this.#sendToAny(this.routes.to(host), name, delivery) }
  }

  /** Takes a frame from a transport. Never throws. */
  readonly receive: FrameReceiver = (bytes) => this.#receive(bytes, undefined)

  /** Takes a frame from the owner of this host. Never throws. */
  readonly receiveFromOwner: FrameReceiver = (bytes) => this.#receive(bytes, this.#parts.intake)

  /** Takes a frame of another thread that did not pass the owner: `arrives` is told of one for this host, before it is opened. Never throws. */
  receiveBeside(bytes: Uint8Array, intake: Intake, arrives: (frame: Frame) => void): void {
    this.#receive(bytes, intake, arrives)
  }

  #receive(bytes: Uint8Array, intake: Intake | undefined, arrives?: (frame: Frame) => void): void {
    try {
      const frame = readFrame(bytes)
      if (frame.to === this.self) {
        arrives?.(frame)
        this.#open(frame, intake)
      } else this.#relay(frame, bytes)
    } catch (error) {
      this.#parts.garbage(error)
    }
  }

  /** Settles what had gone to an incarnation that is dead, and forgets what it had asked. What waits goes to the next. */
  hostDown(host: HostId, reason: string, fate: Fate): void {
    const { incarnation, spared } = fate
    const loss: HostLoss = { host, incarnation, spared }
    this.#inbound.hostDown(loss, reason)
    const route = this.routes.find(host)
    // What is kept outlasts its route.
    if (route === undefined) this.#outstanding.died(host, reason, fate)
    else if (route.incarnation <= incarnation) {
      this.#died(route, reason, fate)
      this.routes.close(route, incarnation)
    }
    for (const below of this.routes.lostWith(loss)) {
      this.#outstanding.died(below.host, reason, { begun: undefined })
      this.routes.forget(below, "ended")
    }
  }

  /** Settles what had gone to an incarnation that died, and tells its owner what that was. */
  #died(route: Route, reason: string, fate: Pick<Fate, "begun" | "kept">): void {
    this.#outstanding.died(route.host, reason, fate)
    const sent = route.takeSent()
    const owner = parentHost(route.host)
    if (sent.left + sent.refused > 0 && owner !== undefined && owner !== this.self) this.#parts.report(route.host, sent)
  }

  /** Settles what waits for a host of which nobody knows what has become. */
  hostLost(loss: HostLoss, why: string): void {
    this.#outstanding.hostLost(loss, why)
  }

  /** Sends what waits to be sent. */
  flush(): void {
    this.routes.flush()
  }

  /** Fails what is under way; nothing is sent any more. */
  close(error: Error): void {
    this.flush()
    this.#outstanding.failAll(error)
    this.routes.clear()
  }

  // ── Out ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #send(route: Route, to: { to: Addressee; name: string; id: ActorId }, delivery: Delivery): void {
    const { reply, handler, input } = delivery
    const deadline = delivery.deadline === Infinity ? 0 : delivery.deadline + recentWallClockOffset()
    const isRoot = to.to === 0
    if (isRoot) route.posted++
    let error: unknown
    if (reply === undefined) {
      error = this.#post(route, { type: "tell", to: to.to, handler, deadline, input }, 0, isRoot ? TELL | ROOT : TELL)
      if (error !== undefined) this.#parts.deadLetter({ actor: to.id, name: to.name, handler, reason: "not-delivered", error })
    } else {
      const id = this.#outstanding.add({ route, to: to.to, name: to.name, reply })
      this.onAsk()
      const traits = (isRoot ? ROOT : 0) | (route.owed === 1 ? FIRST : 0)
      error = this.#post(route, { type: "ask", to: to.to, id, handler, deadline, input }, id, traits)
      if (error !== undefined) this.#outstanding.take(id)?.fail(error)
    }
    if (!isRoot) return
    route.waiting++
    if (error !== undefined) route.refuse(1)
  }

  #sendToAny(route: Route, name: string, { reply, handler, input, deadline }: Delivery): void {
    if (reply === undefined) return
    const id = this.#outstanding.add({ route, to: HOST_ITSELF, name, reply })
    const ask: Envelope = { type: "ask", to: HOST_ITSELF, id, handler, deadline: deadline + wallClockOffset(), input }
    if (route.sendToAny(this.#parts.codec.encode(toWire(ask)), id)) return
    this.#outstanding.take(id)?.fail(new NotDeliveredError(name, "there is no way to its host"))
  }

  /** Encodes now, so that what the sender does to the message afterwards is not seen; sends with the rest of the turn. */
  // One is posted per message: an options object would be one allocation more.
  // eslint-disable-next-line @typescript-eslint/max-params
  #post(route: Route, envelope: Envelope, ask = 0, traits = 0): unknown {
    try {
      route.outbox.add(packQuick(envelope) ?? this.#parts.codec.pack(toWire(envelope), route.outbox.head), ask, traits)
      return undefined
    } catch (error) {
      return codeOf(error) === "ERR_UNENCODABLE" ? faultIn(envelope, this.#parts.codec, error) : error
    }
  }

  #relay(frame: Frame, bytes: Uint8Array): void {
    const relayed = this.threads.relay(frame, bytes)
    if (relayed !== undefined) {
      if (relayed.refused !== undefined) this.returns.refuse(frame, relayed.refused)
      return
    }
    const way = this.routes.wayTo(frame.to)
    // A copy of its own: what arrived may be a window on memory that is written again.
    if (way?.send(frame.to, new Uint8Array(bytes)) === true) return
    this.returns.refuse(frame, this.routes.hasEnded(frame.to) ? "ended" : "undeliverable")
  }

  // ── In ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #open(frame: Frame, intake: Intake | undefined): void {
    const first = intake?.arrive(frame.roots) ?? 0
    let number = first
    try {
      number = this.#openNumbered(frame, intake, first)
    } finally {
      // What is not there, or is not for this incarnation, is not to be waited for.
      intake?.settleAll(number, first + frame.roots)
    }
  }

  /** Returns the number behind that of its last message for this host's own actor. */
  #openNumbered(frame: Frame, intake: Intake | undefined, first: number): number {
    let number = first
    const end = first + frame.roots
    const { incarnation } = this.#parts
    const isForUs = frame.toIncarnation === incarnation || frame.toIncarnation === ANY_INCARNATION
    // Also by a frame that is for another incarnation its sender is known to be there.
    const isAlive = this.routes.heard(frame.from, frame.fromIncarnation)
    if (!isForUs || !isAlive) {
      if (!isForUs && frame.toIncarnation < incarnation) this.returns.refuse(frame, "superseded")
      else this.fenced++
      return number
    }
    const asker = this.#inbound.asker(frame.from, frame.fromIncarnation)
    // Whoever gives frames has read the clock as they came, or a moment before.
    const offset = recentWallClockOffset()
    for (const envelope of this.#decode(frame)) {
      switch (envelope.type) {
        case "tell":
        case "ask": {
          const delivery = new Delivery(
            envelope.handler,
            envelope.input,
            envelope.deadline === 0 ? Infinity : envelope.deadline - offset,
            envelope.type === "ask" ? this.#inbound.add(asker, envelope) : undefined,
          )
          if (envelope.to === 0) {
            // Before the ledger has it: what is there and did not come by the owner counts as the thread's own.
            if (intake !== undefined && number < end) {
              delivery.arrival = intake.arrivalOf(number++)
              intake.came()
            }
            // With each message: its refusal may leave at once, and the ledger is written then.
            asker.came()
          }
          this.#deliver(envelope.to, delivery)
          break
        }
        case "answered":
        case "failed": {
          const reply = this.#outstanding.take(envelope.id)
          if (reply === undefined) this.late++
          else if (envelope.type === "answered") reply.answer(envelope.value)
          else reply.fail(decodeError(envelope.error))
          break
        }
        case "cancel":
          this.#inbound.cancel(asker, envelope.id)
          break
        case "refused":
          this.returns.wasRefused(envelope)
          break
      }
    }
    return number
  }

  #decode(frame: Frame): Envelope[] {
    return unpackQuick(frame.body) ?? fromBatch(this.#parts.codec.decode(frame.body))
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
    const route = this.routes.to(host)
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
