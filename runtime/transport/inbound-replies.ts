// InboundReplies — the asks that other hosts have made of this one and not yet got answered.
// I1  Each is answered at most once; an ask that its caller gave up is not answered at all.

import type { Carrier, ReplyTo } from "../actor/delivery.js"
import { CancelledError } from "../errors.js"
import type { HostId } from "../ids.js"

/** How answers get back. */
export interface AnswerWay {
  answer(to: HostId, id: number, value: unknown): void
  fail(to: HostId, id: number, error: unknown): void
}

export class InboundReplies {
  readonly #way: AnswerWay
  readonly #open = new Map<HostId, Map<number, InboundReply>>()

  constructor(way: AnswerWay) {
    this.#way = way
  }

  /** Where the answer to an ask goes. */
  add(from: HostId, id: number): ReplyTo {
    let replies = this.#open.get(from)
    if (replies === undefined) {
      replies = new Map()
      this.#open.set(from, replies)
    }
    const reply = new InboundReply({ way: this.#way, open: replies }, from, id)
    replies.set(id, reply)
    return reply
  }

  /** The caller gave up. */
  cancel(from: HostId, id: number): void {
    this.#open.get(from)?.get(id)?.cancel(new CancelledError("the ask"))
  }

  /** Callers in a host that is down, or below it, wait no more. */
  hostDown(host: HostId, reason: string): void {
    for (const [from, replies] of this.#open) {
      if (from !== host && !from.startsWith(`${host}-`)) continue
      this.#open.delete(from)
      for (const reply of replies.values()) reply.cancel(new CancelledError(`an ask of ${from}`, reason))
    }
  }
}

class InboundReply implements ReplyTo {
  readonly #place: { readonly way: AnswerWay; readonly open: Map<number, InboundReply> }
  readonly #from: HostId
  readonly #id: number
  #controller: AbortController | undefined
  closed = false
  carrier: Carrier | undefined = undefined

  constructor(place: { way: AnswerWay; open: Map<number, InboundReply> }, from: HostId, id: number) {
    this.#place = place
    this.#from = from
    this.#id = id
  }

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal
  }

  abort(why: Error): void {
    this.#controller?.abort(why)
  }

  answer(value: unknown): void {
    if (this.#close()) this.#place.way.answer(this.#from, this.#id, value)
  }

  fail(error: unknown): void {
    if (this.#close()) this.#place.way.fail(this.#from, this.#id, error)
  }

  cancel(why: Error): void {
    if (this.#close()) this.#controller?.abort(why)
  }

  #close(): boolean {
    if (this.closed) return false
    this.closed = true
    this.#place.open.delete(this.#id)
    this.carrier?.closed()
    return true
  }
}
