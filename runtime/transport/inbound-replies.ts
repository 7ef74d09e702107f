// InboundReplies — the asks that other hosts have made of this one and not yet got answered.
// I1  Each is answered at most once; an ask that its caller gave up is not answered at all.
// I2  An answer goes to the incarnation that asked, and to no later one.
// I3  That an ask begins is written into the ledger first.

import type { Carrier, ReplyTo } from "../actor/delivery.js"
import { askerKey, type Ledger } from "../actor/ledger.js"
import { CancelledError } from "../errors.js"
import type { HostId } from "../ids.js"
import type { Addressee } from "../wire/envelope.js"
import { AskTable } from "./ask-table.js"
import { type HostLoss, isHostLost } from "./host-loss.js"
import { askerOf } from "./outstanding.js"

/** How answers get back. */
export interface AnswerWay {
  answer(to: Asker, id: number, value: unknown): void
  fail(to: Asker, id: number, error: unknown): void
}

/** One incarnation of a host that asks. */
export class Asker {
  readonly host: HostId
  readonly incarnation: number
  readonly replies = new AskTable<InboundReply>()
  readonly #ledger: Ledger | undefined
  readonly #slots = new Map<Addressee, number>()
  #root: number | undefined

  constructor(host: HostId, incarnation: number, ledger: Ledger | undefined) {
    this.host = host
    this.incarnation = incarnation
    this.#ledger = ledger
  }

  /** One of its asks, of that actor, is about to begin. */
  begin(to: Addressee, id: number): void {
    this.#ledger?.begin(to === 0 ? this.#rootSlot() : this.#slotOf(to), id)
  }

  /** Keeps room for it in the ledger, whoever else asks. */
  open(): void {
    this.#rootSlot()
  }

  /** One of its messages has come to the host's own actor. */
  came(): void {
    this.#ledger?.came(this.#rootSlot())
  }

  close(): void {
    if (this.#root !== undefined) this.#ledger?.close(this.#root)
    for (const slot of this.#slots.values()) this.#ledger?.close(slot)
  }

  #rootSlot(): number {
    return (this.#root ??= this.#open(0))
  }

  #slotOf(to: Addressee): number {
    let slot = this.#slots.get(to)
    if (slot === undefined) this.#slots.set(to, (slot = this.#open(to)))
    return slot
  }

  #open(to: Addressee): number {
    return this.#ledger?.open(askerKey(askerOf(this.host, this.incarnation), to)) ?? -1
  }
}

export class InboundReplies {
  readonly #way: AnswerWay
  readonly #ledger: Ledger | undefined
  readonly #askers = new Map<HostId, Asker>()

  constructor(way: AnswerWay, ledger: Ledger | undefined) {
    this.#way = way
    this.#ledger = ledger
  }

  /** Who asks; what an earlier incarnation of it asked is given up. */
  asker(host: HostId, incarnation: number): Asker {
    let asker = this.#askers.get(host)
    if (asker?.incarnation !== incarnation) {
      if (asker !== undefined) this.#close(asker, "it was started again")
      asker = new Asker(host, incarnation, this.#ledger)
      this.#askers.set(host, asker)
    }
    return asker
  }

  /** Where the answer to an ask goes. */
  add(asker: Asker, ask: { readonly id: number; readonly to: Addressee }): ReplyTo {
    const reply = new InboundReply(this.#way, asker, ask)
    asker.replies.add(reply)
    return reply
  }

  /** The caller gave up. */
  cancel(asker: Asker, id: number): void {
    asker.replies.get(id)?.cancel(new CancelledError("the ask"))
  }

  /** Callers in an incarnation that is down, and in all hosts that are lost with it, wait no more. */
  hostDown(loss: HostLoss, reason: string): void {
    for (const asker of this.#askers.values()) {
      if (asker.host === loss.host ? asker.incarnation > loss.incarnation : !isHostLost(loss, asker.host)) continue
      this.#askers.delete(asker.host)
      this.#close(asker, reason)
    }
  }

  #close(asker: Asker, reason: string): void {
    for (const reply of asker.replies.all) reply.cancel(new CancelledError(`an ask of ${asker.host}`, reason))
    asker.close()
  }
}

class InboundReply implements ReplyTo {
  readonly #way: AnswerWay
  readonly #asker: Asker
  readonly id: number
  readonly #to: Addressee
  #controller: AbortController | undefined
  closed = false
  carrier: Carrier | undefined = undefined

  constructor(way: AnswerWay, asker: Asker, { id, to }: { readonly id: number; readonly to: Addressee }) {
    this.#way = way
    this.#asker = asker
    this.id = id
    this.#to = to
  }

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal
  }

  begin(): void {
    this.#asker.begin(this.#to, this.id)
  }

  abort(why: Error): void {
    this.#controller?.abort(why)
  }

  answer(value: unknown): void {
    if (this.#close()) this.#way.answer(this.#asker, this.id, value)
  }

  fail(error: unknown): void {
    if (this.#close()) this.#way.fail(this.#asker, this.id, error)
  }

  cancel(why: Error): void {
    if (this.#close()) this.#controller?.abort(why)
  }

  #close(): boolean {
    if (this.closed) return false
    this.closed = true
    this.#asker.replies.take(this.id)
    this.carrier?.closed()
    return true
  }
}
