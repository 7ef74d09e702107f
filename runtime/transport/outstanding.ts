// Outstanding — the asks that left this host and wait for an answer from another.
// O1  An entry is here from the moment its envelope is posted until it is answered, failed, given up, or its host is down.
// O2  When a host dies, what may have begun fails as begun: its owner reads in its ledger which asks did. What had not left yet
//     stays, and so does what the owner keeps for the next incarnation (promises M1, M2, S7, S9).

import type { Carrier, ReplyTo } from "../actor/delivery.js"
import { askerKey } from "../actor/ledger.js"
import { DiedBeforeStartError, DiedWhileHandlingError, HostLostError, NoActorError, NotDeliveredError } from "../errors.js"
import type { HostId } from "../ids.js"
import { type Addressee, HOST_ITSELF, type RefusalReason } from "../wire/envelope.js"
import type { Cargo } from "../wire/frame.js"
import { AskTable } from "./ask-table.js"
import { type HostLoss, isHostLost } from "./host-loss.js"
import type { Route } from "./route.js"

/** What is known of a dead incarnation: the asks that had perhaps begun there, by asker; undefined when that is not known. */
export interface Fate {
  readonly incarnation: number
  readonly begun: Readonly<Record<string, number>> | undefined
  /** What its own actor had not begun waits for its next incarnation (promise S9). @default false */
  readonly kept?: boolean | undefined
  /** Hosts it had started that live on. */
  readonly spared?: readonly HostId[] | undefined
}

interface Ask {
  readonly route: Route
  readonly to: Addressee
  readonly name: string
  readonly reply: ReplyTo
}

class Entry implements Carrier {
  readonly route: Route
  readonly to: Addressee
  readonly name: string
  readonly reply: ReplyTo
  readonly id: number
  readonly #table: Outstanding

  constructor(id: number, ask: Ask, table: Outstanding) {
    this.route = ask.route
    this.to = ask.to
    this.name = ask.name
    this.reply = ask.reply
    this.id = id
    this.#table = table
  }

  closed(): void {
    this.#table.closed(this.route, this.id)
  }
}

export class Outstanding {
  readonly #entries = new AskTable<Entry>()
  /** This host as ledgers name it. */
  readonly #asker: string
  readonly #gaveUp: (route: Route, id: number) => void
  #next = 1

  /** `gaveUp` is called when a caller does not wait for its answer any more. */
  constructor(asker: string, gaveUp: (route: Route, id: number) => void) {
    this.#asker = asker
    this.#gaveUp = gaveUp
  }

  get size(): number {
    return this.#entries.size
  }

  /** Keeps an ask and gives its number; numbers ascend. */
  add(ask: Ask): number {
    const id = this.#next++
    const entry = new Entry(id, ask, this)
    this.#entries.add(entry)
    ask.route.owed++
    ask.reply.carrier = entry
    return id
  }

  /** An ask closed by itself: unless it was taken out for its answer, its caller gave up. */
  closed(route: Route, id: number): void {
    if (this.#take(id) !== undefined) this.#gaveUp(route, id)
  }

  /** Takes an ask out for its answer; undefined when nobody waits for it any more. */
  take(id: number): ReplyTo | undefined {
    return this.#take(id)?.reply
  }

  /** Fails what had left for an incarnation that is dead, and is not kept for the next. */
  died(host: HostId, reason: string, { begun, kept }: Pick<Fate, "begun" | "kept">): void {
    for (const { id, route, name, to, reply } of this.#entries.all) {
      if (route.host !== host || !route.hasLeft(id)) continue
      const isBegun = begun === undefined || to === HOST_ITSELF || id <= (begun[askerKey(this.#asker, to)] ?? 0)
      if (kept === true && to === 0 && !isBegun) continue
      this.#take(id)
      reply.fail(isBegun ? new DiedWhileHandlingError(name, reason) : new DiedBeforeStartError(name, reason))
    }
  }

  /** Fails the asks of a frame that came back unopened. */
  refused(host: HostId, { last, span }: Pick<Cargo, "last" | "span">, why: RefusalReason): void {
    if (span === 0) return
    // A refusal that claims more than there is may be none of ours.
    const ids =
      span > this.#entries.size ? this.#entries.all.map(({ id }) => id) : Array.from({ length: span }, (_, i) => last - i)
    for (const id of ids.sort((a, b) => a - b)) {
      const entry = id > last - span && id <= last ? this.#entries.get(id) : undefined
      if (entry?.route.host !== host) continue
      this.#take(id)
      entry.reply.fail(refusal(entry.name, why))
    }
  }

  /** The hosts that owe an answer. */
  get hosts(): ReadonlySet<HostId> {
    const hosts = new Set<HostId>()
    for (const { route } of this.#entries.all) hosts.add(route.host)
    return hosts
  }

  /** Fails every ask to a host that is gone, and of which nobody knows what it has done, or to one that is lost with it. */
  hostLost(loss: HostLoss, why: string): void {
    for (const { id, route, name, reply } of this.#entries.all) {
      const { host } = route
      if (host !== loss.host && !isHostLost(loss, host)) continue
      this.#take(id)
      reply.fail(new HostLostError(name, host, why))
    }
  }

  /** Fails every ask, because this host goes away. */
  failAll(error: Error): void {
    for (const { id, reply } of this.#entries.all) {
      this.#take(id)
      reply.fail(error)
    }
  }

  #take(id: number): Entry | undefined {
    const entry = this.#entries.take(id)
    if (entry !== undefined) entry.route.owed--
    return entry
  }
}

const NO_ROOM =
  "there is no room on the way to its host: more is under way than is kept, or it is ending; send more slowly, or await room()"

function refusal(name: string, why: RefusalReason): Error {
  switch (why) {
    case "superseded":
      return new DiedBeforeStartError(name, "before the message came")
    case "undeliverable":
      return new NotDeliveredError(name, "nobody serves its host")
    case "overloaded":
      return new NotDeliveredError(name, NO_ROOM)
    case "ended":
      return new NoActorError(name, "it has ended")
  }
}

/** A host as the ledgers of others name it. */
export function askerOf(host: HostId, incarnation: number): string {
  return `${host}.${String(incarnation)}`
}
