// Outstanding — the asks that left this host and wait for an answer from another.
// O1  An entry is here from the moment its envelope is posted until it is answered, failed, given up, or its host is down.
// O2  When a host dies, the oldest ask of each actor there may have been at work; the younger ones cannot have begun,
//     because an actor takes one sender's messages in order, one at a time (promises M1, M2). When the host said before it
//     ended what became of its messages, what is still here never reached it.

import type { Carrier, ReplyTo } from "../actor/delivery.js"
import { DiedBeforeStartError, DiedWhileHandlingError, HostLostError } from "../errors.js"
import { type HostId, isGoneWith } from "../ids.js"
import type { Addressee } from "../wire/envelope.js"

/** What a host that is down was perhaps still at work on, as far as its owner knows. */
export type AtWork = "perhaps" | "nothing"

interface Ask {
  readonly host: HostId
  readonly to: Addressee
  readonly name: string
  readonly reply: ReplyTo
}

class Entry implements Carrier {
  readonly host: HostId
  readonly to: Addressee
  readonly name: string
  readonly reply: ReplyTo
  readonly #id: number
  readonly #table: Outstanding

  constructor(id: number, ask: Ask, table: Outstanding) {
    this.host = ask.host
    this.to = ask.to
    this.name = ask.name
    this.reply = ask.reply
    this.#id = id
    this.#table = table
  }

  closed(): void {
    this.#table.closed(this.host, this.#id)
  }
}

export class Outstanding {
  readonly #entries = new Map<number, Entry>()
  readonly #gaveUp: (host: HostId, id: number) => void
  #next = 1

  /** `gaveUp` is called when a caller does not wait for its answer any more. */
  constructor(gaveUp: (host: HostId, id: number) => void) {
    this.#gaveUp = gaveUp
  }

  get size(): number {
    return this.#entries.size
  }

  /** Keeps an ask and gives its number. */
  add(ask: Ask): number {
    const id = this.#next++
    const entry = new Entry(id, ask, this)
    this.#entries.set(id, entry)
    ask.reply.carrier = entry
    return id
  }

  /** An ask closed by itself: unless it was taken out for its answer, its caller gave up. */
  closed(host: HostId, id: number): void {
    if (this.#entries.delete(id)) this.#gaveUp(host, id)
  }

  /** Takes an ask out for its answer; undefined when nobody waits for it any more. */
  take(id: number): ReplyTo | undefined {
    const entry = this.#entries.get(id)
    this.#entries.delete(id)
    return entry?.reply
  }

  /** Fails every ask to a host that is down, or to one below it. */
  hostDown(host: HostId, reason: string, atWork: AtWork = "perhaps"): void {
    const begun = new Set<string>()
    for (const [id, entry] of this.#entries) {
      if (entry.host !== host && !entry.host.startsWith(`${host}-`)) continue
      this.#entries.delete(id)
      const actor = `${entry.host}:${String(entry.to)}`
      if (atWork === "nothing" && entry.host === host) begun.add(actor)
      entry.reply.fail(
        begun.has(actor) ? new DiedBeforeStartError(entry.name, reason) : new DiedWhileHandlingError(entry.name, reason),
      )
      begun.add(actor)
    }
  }

  /** The hosts that owe an answer. */
  get hosts(): ReadonlySet<HostId> {
    const hosts = new Set<HostId>()
    for (const { host } of this.#entries.values()) hosts.add(host)
    return hosts
  }

  /** Fails every ask to a host that is gone, as `self` sees it, and of which nobody knows what it has done. */
  hostLost(lost: HostId, why: string, self: HostId): void {
    for (const [id, { host, name, reply }] of this.#entries) {
      if (!isGoneWith(host, lost, self)) continue
      this.#entries.delete(id)
      reply.fail(new HostLostError(name, host, why))
    }
  }

  /** Fails every ask, because this host goes away. */
  failAll(error: Error): void {
    for (const [id, { reply }] of this.#entries) {
      this.#entries.delete(id)
      reply.fail(error)
    }
  }
}
