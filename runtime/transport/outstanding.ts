// Outstanding — the asks that left this host and wait for an answer from another.
// O1  An entry is here from the moment its envelope is posted until it is answered, failed, given up, or its host is down.
// O2  When a host dies, the oldest ask of each actor there may have been at work; the younger ones cannot have begun,
//     because an actor takes one sender's messages in order, one at a time (promises M1, M2). When the host said before it
//     ended what became of its messages, what is still here never reached it.

import type { ReplyTo } from "../actor/delivery.js"
import { DiedBeforeStartError, DiedWhileHandlingError } from "../errors.js"
import type { HostId } from "../ids.js"
import type { Addressee } from "../wire/envelope.js"

/** What a host that is down was perhaps still at work on, as far as its owner knows. */
export type AtWork = "perhaps" | "nothing"

interface Entry {
  readonly host: HostId
  readonly to: Addressee
  readonly name: string
  readonly reply: ReplyTo
}

export class Outstanding {
  readonly #entries = new Map<number, Entry>()
  #next = 1

  get size(): number {
    return this.#entries.size
  }

  /** Keeps an ask and gives its number. `gaveUp` is called when the caller does not wait any more. */
  add(entry: Entry, gaveUp: (id: number) => void): number {
    const id = this.#next++
    this.#entries.set(id, entry)
    entry.reply.onClose = () => {
      if (this.#entries.delete(id)) gaveUp(id)
    }
    return id
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

  /** Fails every ask, because this host goes away. */
  failAll(error: Error): void {
    for (const [id, { reply }] of this.#entries) {
      this.#entries.delete(id)
      reply.fail(error)
    }
  }
}
