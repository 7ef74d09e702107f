// Route — the way of this host's own messages to one other host.
// Owns what waits for that host, and which incarnation of it is spoken to. Who finds that out, and what leads there, is Routes'.
// R1  A frame goes to the one incarnation it is stamped with. While none is known to be ready, frames are held, in order (S7).
// R2  What came back unopened from an incarnation that is not known to be dead goes first to the next that is ready.
// R3  An ask that `hasLeft` may have reached an incarnation, any other has not.

import type { HostId } from "../ids.js"
import type { RefusalReason } from "../wire/envelope.js"
import { ANY_INCARNATION, type Cargo, makeFrame, NO_CARGO, stampFrame } from "../wire/frame.js"
import { Outbox } from "./outbox.js"
import { costOf, type Transport } from "./transport.js"

/** Held at most for one host; what is more is refused. */
const HELD_BYTES = 16 * 1024 * 1024

/** A frame of ours, and what it holds. */
export interface Held {
  readonly frame: Uint8Array<ArrayBuffer>
  readonly cargo: Cargo
}

/** What went to the own actor of an incarnation that died, and did not come back, and what did. */
export interface Sent {
  readonly incarnation: number
  readonly left: number
  readonly refused: number
}

export interface RouteParts {
  readonly self: HostId
  /** The incarnation of this host. */
  readonly incarnation: number
  /** Whether the host was started here. */
  readonly isOurs: boolean
  /** What leads to a host now. */
  readonly wayTo: (host: HostId) => Transport | undefined
  /** Called before a frame leaves. */
  readonly leaving: () => void
  /** Told when frames begin to wait because nobody knows the host's incarnation. */
  readonly waits: (route: Route) => void
  /** Told of frames that did not leave, and why. */
  readonly returned: (route: Route, held: Held, why: RefusalReason) => void
}

/** Whether an incarnation is spoken to; `lost`: it was, and does not answer there, and yet is not known to be dead. */
type State = "open" | "closed" | "lost"

export class Route {
  readonly host: HostId
  readonly isOurs: boolean
  readonly outbox: Outbox
  readonly #parts: RouteParts
  #state: State = "closed"
  #incarnation = 0
  #dead = 0
  #sentUpTo = 0
  #givesUp = false
  #returned: Held[] = []
  #held: Held[] = []
  #heldBytes = 0
  /** Messages for the host's own actor: posted here, not left yet, and come back for good. */
  posted = 0
  waiting = 0
  refused = 0
  /** Asks of this host that it has not answered. */
  owed = 0
  /** Of them, since the last incarnation died: left, and come back for good. */
  #left = 0
  #refusedSince = 0

  constructor(host: HostId, parts: RouteParts) {
    this.host = host
    this.isOurs = parts.isOurs
    this.#parts = parts
    this.outbox = new Outbox({
      from: parts.self,
      to: host,
      batch: () => parts.wayTo(host)?.batch ?? "turn",
      leave: (frame, cargo) => this.#leave({ frame, cargo }),
    })
  }

  /** The incarnation spoken to, or that was spoken to last; 0 when none ever was. */
  get incarnation(): number {
    return this.#incarnation
  }

  /** All incarnations up to this one are dead. */
  get dead(): number {
    return this.#dead
  }

  get isOpen(): boolean {
    return this.#state === "open"
  }

  get isLost(): boolean {
    return this.#state === "lost"
  }

  /** Whether nothing waits. */
  get isIdle(): boolean {
    return this.#held.length === 0 && this.#returned.length === 0 && this.outbox.isEmpty
  }

  /** Whether an ask of this route may have reached the host. */
  hasLeft(ask: number): boolean {
    if (ask > this.#sentUpTo) return false
    return !this.#returned.some(({ cargo: { last, span } }) => ask <= last && ask > last - span)
  }

  /** The incarnation that will be ready next; nothing but answers goes to it before it is. */
  expect(incarnation: number): void {
    this.#incarnation = incarnation
    this.#state = "closed"
  }

  /** That incarnation is ready: what was held goes to it. */
  open(incarnation: number): void {
    this.#incarnation = incarnation
    this.#state = "open"
    for (const held of this.#takeHeld()) this.#leave(held)
  }

  /** Nobody knows which incarnation lives; none up to `dead` does. */
  close(dead: number): void {
    this.#state = "closed"
    if (dead > this.#dead) this.#dead = dead
  }

  /** The incarnation spoken to is not where it was. */
  lose(): void {
    if (this.#state === "open") this.#state = "lost"
  }

  /** A frame that had left came back unopened. */
  takeBack(held: Held): void {
    this.waiting += held.cargo.roots
    this.#left -= held.cargo.roots
    this.#returned.push(held)
  }

  /** What went to the incarnation that died; from now on the next one's is counted. */
  takeSent(): Sent {
    const sent = { incarnation: this.#incarnation, left: this.#left, refused: this.#refusedSince }
    this.#left = this.#refusedSince = 0
    return sent
  }

  /** So many messages for the host's own actor that waited will never leave. */
  refuse(roots: number): void {
    this.waiting -= roots
    this.refused += roots
    this.#refusedSince += roots
  }

  /** So many that had left came back for good. */
  cameBack(roots: number): void {
    this.#left -= roots
    this.refused += roots
    this.#refusedSince += roots
  }

  /** Sends one envelope ahead of all that waits: an answer to a host that is not ready yet. */
  sendAhead(envelope: Uint8Array): void {
    this.#send({ frame: makeFrame({ from: this.#parts.self, to: this.host }, [envelope]), cargo: NO_CARGO })
  }

  /** Sends one ask to whichever incarnation is there; it says nothing of the asks that wait. Returns whether it left. */
  sendToAny(envelope: Uint8Array, ask: number): boolean {
    const frame = makeFrame({ from: this.#parts.self, to: this.host }, [envelope], { ...NO_CARGO, last: ask, span: 1 })
    stampFrame(frame, this.#parts.incarnation, ANY_INCARNATION)
    this.#parts.leaving()
    return this.#parts.wayTo(this.host)?.send(this.host, frame) === true
  }

  /** Takes out all that waits. */
  giveUp(): readonly Held[] {
    this.#state = "closed"
    this.#givesUp = true
    this.outbox.flush()
    this.#givesUp = false
    return this.#takeHeld()
  }

  #leave(held: Held): void {
    const isOpen = this.#state === "open"
    if (isOpen ? this.#send(held) : this.#hold(held)) return
    const isThere = !isOpen || this.#parts.wayTo(this.host) !== undefined
    this.#parts.returned(this, held, isThere ? "overloaded" : "undeliverable")
  }

  #hold(held: Held): boolean {
    if (!this.#givesUp && this.#heldBytes + costOf(held.frame) > HELD_BYTES) return false
    this.#held.push(held)
    this.#heldBytes += costOf(held.frame)
    if (!this.#givesUp) this.#parts.waits(this)
    return true
  }

  #send({ frame, cargo }: Held): boolean {
    const { incarnation, leaving, wayTo } = this.#parts
    stampFrame(frame, incarnation, this.#incarnation)
    leaving()
    if (!taken(wayTo(this.host), this.host, frame)) return false
    this.waiting -= cargo.roots
    this.#left += cargo.roots
    if (cargo.last > this.#sentUpTo) this.#sentUpTo = cargo.last
    return true
  }

  #takeHeld(): readonly Held[] {
    const held = [...this.#returned, ...this.#held]
    this.#returned = []
    this.#held = []
    this.#heldBytes = 0
    return held
  }
}

/** Whether a way has taken a frame; one that throws, as when its connection is closed under it, has not. */
function taken(way: Transport | undefined, to: HostId, frame: Uint8Array<ArrayBuffer>): boolean {
  try {
    return way?.send(to, frame) === true
  } catch {
    return false
  }
}
