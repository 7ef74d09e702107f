// Returns — frames that were not opened: kept for the next incarnation of their host, or refused to their senders.
// Owns what a refusal means. Which incarnation lives is Routes', the asks themselves are Outstanding's.
// B1  An ask of a frame that came back has not begun, and its caller is told so.
// B2  A tell that came back is a dead letter, named where the frame is at hand.

import type { DeadLetter } from "../actor/delivery.js"
import { actorId, type ActorId, type HostId, parentHost } from "../ids.js"
import { type Addressee, type Envelope, HOST_ITSELF, type RefusalReason, type Refused } from "../wire/envelope.js"
import { type Frame, readFrame } from "../wire/frame.js"
import type { Outstanding } from "./outstanding.js"
import type { Held, Route } from "./route.js"
import type { Routes } from "./routes.js"

export interface ReturnsParts {
  readonly self: HostId
  readonly routes: Routes
  readonly outstanding: Outstanding
  readonly decode: (frame: Frame) => readonly Envelope[]
  readonly send: (to: HostId, envelope: Envelope) => void
  readonly deadLetter: (letter: DeadLetter) => void
}

export class Returns {
  readonly #parts: ReturnsParts

  constructor(parts: ReturnsParts) {
    this.#parts = parts
  }

  /** A frame of ours has not left, and will not. */
  unsent(route: Route, { frame, cargo }: Held, why: RefusalReason): void {
    route.refuse(cargo.roots)
    this.#parts.outstanding.refused(route.host, cargo, why)
    if (cargo.tells > 0) this.#publishTells(readFrame(frame))
  }

  /** The bus found nobody where a frame was to go; the frame itself is there when it was kept. */
  undelivered(from: HostId, refused: Refused, frame: Uint8Array<ArrayBuffer> | undefined): void {
    if (from === this.#parts.self && frame !== undefined && this.#takeBack(refused, frame)) return
    this.tellSender(from, refused)
    if (frame !== undefined) this.#publishTells(readFrame(frame))
    else for (let i = 0; i < refused.tells; i++) this.#publishTell(refused.host, HOST_ITSELF, "?")
  }

  /** A frame that came here is not opened, or does not get further. */
  refuse(frame: Frame, why: RefusalReason): void {
    const { from, to, toIncarnation, last, span, tells, roots } = frame
    if (span > 0 || tells > 0) this.tellSender(from, { host: to, incarnation: toIncarnation, why, last, span, tells, roots })
    if (tells > 0) this.#publishTells(frame)
  }

  /** A frame that had left came back. What an incarnation did not open that is dead was counted as lost when it died. */
  wasRefused(refused: Refused): void {
    const { routes, outstanding } = this.#parts
    const route = routes.find(refused.host)
    if (route !== undefined && isOfNow(route, refused)) {
      route.cameBack(refused.roots)
      if (refused.why !== "overloaded") routes.lose(route)
    }
    outstanding.refused(refused.host, refused, refused.why)
  }

  /** Whether a frame waits again for its host. Not when its host is dead: its asks have been told so. */
  #takeBack(refused: Refused, frame: Uint8Array<ArrayBuffer>): boolean {
    const { routes } = this.#parts
    const route = routes.find(refused.host)
    if (route === undefined || parentHost(route.host) === undefined || !isOfNow(route, refused)) return false
    route.takeBack({ frame, cargo: refused })
    routes.lose(route)
    return true
  }

  /** Tells a sender what is not opened, or will not be. */
  tellSender(from: HostId, refused: Refused): void {
    if (from === this.#parts.self) this.wasRefused(refused)
    else this.#parts.send(from, { type: "refused", ...refused })
  }

  #publishTells(frame: Frame): void {
    for (const envelope of this.#parts.decode(frame))
      if (envelope.type === "tell" && envelope.to !== HOST_ITSELF) this.#publishTell(frame.to, envelope.to, envelope.handler)
  }

  #publishTell(host: HostId, to: Addressee, handler: string): void {
    const id = to === HOST_ITSELF ? (`${host}:host` as ActorId) : actorId(host, to)
    this.#parts.deadLetter({ actor: id, name: id, handler, reason: "not-delivered" })
  }
}

function isOfNow(route: Route, { incarnation }: Refused): boolean {
  return route.incarnation === incarnation && route.dead < incarnation
}
