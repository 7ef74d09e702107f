// Links — actors that end together: an abnormal end of one ends the other, with the same reason (promise W3, after Erlang's links).
// Owns the links of this host's actors. Each side keeps its own half; a half belongs to one incarnation and is used up once.
// L1  Whichever of unlink, the partner's end and the loss of its host comes first takes a half out; only that one acts on it.
// L2  The host of the one that ends tells the partner's; of a host that is gone, everyone is told by others.

import type { ActorCell } from "../actor/actor-cell.js"
import { ActorRef } from "../actor/actor-ref.js"
import { type ExitReason, exitReason, isOrderly } from "../actor/exit-reason.js"
import { codeOf, NoActorError } from "../errors.js"
import type { HostRuntime } from "../host/host-runtime.js"
import { type ActorId, type HostId, hostOf, isHostRoot, parseActorId } from "../ids.js"
import { type HostLoss, isActorLost } from "../transport/host-loss.js"
import { made, record, type Shape } from "../wire/shape.js"

/** What one host tells another of a link. */
interface LinkNotice {
  /** The actor at the host that is told. */
  readonly to: ActorId
  /** Its partner. */
  readonly partner: ActorRef
}

interface ExitNotice extends LinkNotice {
  readonly reason: ExitReason
}

const to = made(parseActorId)
const partner = made((value) => {
  if (value instanceof ActorRef) return value
  throw new TypeError("expected the ref of an actor")
})
const linkNotice: Shape<LinkNotice> = record({ to, partner })
const exitNotice: Shape<ExitNotice> = record({ to, partner, reason: exitReason })

export class Links {
  readonly #runtime: HostRuntime
  /** By the actor here, then by its partner. */
  readonly #halves = new Map<ActorId, Map<ActorId, ActorRef>>()

  constructor(runtime: HostRuntime) {
    this.#runtime = runtime
    runtime.agent.serve("link", linkNotice, ({ to, partner }) => this.#linkedFrom(to, partner))
    runtime.agent.serve("unlink", linkNotice, ({ to, partner }) => this.#take(to, partner.id))
    runtime.agent.serve("exited", exitNotice, ({ to, partner, reason }) => this.#exited(to, partner.id, reason))
  }

  /** The hosts of all partners. */
  get hosts(): readonly HostId[] {
    return [...this.#halves.values()].flatMap((partners) => [...partners.keys()].map(hostOf))
  }

  /** Links an actor here with another; a second link of the two changes nothing. Resolves when both sides know. Never rejects. */
  async link(cell: ActorCell, partner: ActorRef): Promise<void> {
    if (partner.id === cell.id || this.#halves.get(cell.id)?.has(partner.id) === true) return
    this.#add(cell.id, partner)
    const { life } = cell
    const notice: LinkNotice = { to: partner.id, partner: cell.ref }
    try {
      await this.#runtime.askHost(hostOf(partner.id), "link", { input: notice })
    } catch (error) {
      if (cell.life !== life) return
      const isGone = codeOf(error) === "ERR_NO_ACTOR"
      this.#exited(
        cell.id,
        partner.id,
        isGone ? { type: "no-such-actor", known: "exit-event" } : { type: "host-lost", known: "missed-heartbeats" },
      )
    }
  }

  /** Takes a link back. Returns whether there was one. */
  unlink(cell: ActorCell, partner: ActorRef): boolean {
    if (this.#take(cell.id, partner.id) === undefined) return false
    this.#tell(partner, "unlink", { to: partner.id, partner: cell.ref })
    return true
  }

  /** An incarnation here has ended. */
  ended(cell: ActorCell, reason: ExitReason): void {
    const partners = this.#halves.get(cell.id)
    this.#halves.delete(cell.id)
    for (const partner of partners?.values() ?? []) {
      const notice: ExitNotice = { to: partner.id, partner: cell.ref, reason }
      this.#tell(partner, "exited", notice)
    }
  }

  /** A host is gone with every actor in it: links belong to one incarnation. */
  hostDown(loss: HostLoss, reason: ExitReason): void {
    for (const [to, partners] of this.#halves)
      for (const id of partners.keys())
        if ((hostOf(id) === loss.host && isHostRoot(id)) || isActorLost(loss, id)) this.#exited(to, id, reason)
  }

  #tell(partner: ActorRef, request: "unlink" | "exited", notice: LinkNotice): void {
    this.#runtime.tellHost(hostOf(partner.id), request, notice)
  }

  #linkedFrom(to: ActorId, partner: ActorRef): void {
    const cell = this.#runtime.cell(to)
    if (cell?.life === undefined || cell.life.ended) throw new NoActorError(to)
    this.#add(to, partner)
  }

  #exited(to: ActorId, from: ActorId, reason: ExitReason): void {
    const partner = this.#take(to, from)
    const cell = this.#runtime.cell(to)
    const life = cell?.life
    if (partner === undefined || cell === undefined || life === undefined) return
    if (cell.definition.exits === "trap")
      cell.notify({ valid: () => cell.life === life, run: () => life.instance?.onTerminated?.(partner, reason) })
    else if (!isOrderly(reason)) cell.exit(reason)
  }

  #add(to: ActorId, partner: ActorRef): void {
    const partners = this.#halves.get(to)
    if (partners === undefined) this.#halves.set(to, new Map([[partner.id, partner]]))
    else partners.set(partner.id, partner)
  }

  #take(to: ActorId, from: ActorId): ActorRef | undefined {
    const partners = this.#halves.get(to)
    const partner = partners?.get(from)
    if (partners?.delete(from) === true && partners.size === 0) this.#halves.delete(to)
    return partner
  }
}
